"""Making a competition in the browser, from one table to published."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from seodang.site.competitions.models import Competition, CompetitionState, FileRole


def table(name: str = "houses.csv", rows: int = 100, *, target: str = "price") -> SimpleUploadedFile:
    lines = [f"rooms,area,{target}", *(f"{i % 5},{i * 1.5},{i * 100 + i % 7}" for i in range(rows)), ""]
    return SimpleUploadedFile(name, "\n".join(lines).encode(), content_type="text/csv")


def page(name: str, competition) -> str:
    return reverse(f"competitions:{name}", args=[competition.course.slug, competition.slug])


@pytest.fixture
def create(course) -> str:
    return reverse("competitions:create", args=[course.slug])


@pytest.fixture
def draft(client, professor, create) -> Competition:
    client.force_login(professor)
    client.post(create, {"title": "House prices", "table": table()})
    return Competition.objects.get()


def choices(client, competition, **changed) -> dict:
    """What the form on the page would send as it stands, with some choices changed."""
    form = client.get(page("prepare", competition)).context["form"]
    sent = {bound.html_name: bound.value() for bound in form}
    sent = {name: value for name, value in sent.items() if value is not None}
    for name in ("opens", "closes"):
        sent[name] = sent[name].strftime("%Y-%m-%dT%H:%M")
    return {**sent, **changed}


def test_one_table_becomes_a_published_competition(client, student, draft, run_jobs):
    assert client.get(page("prepare", draft)).context["form"].initial["target"] == "price"
    answer = client.post(page("prepare", draft), choices(client, draft), follow=True)
    assert "The data is being prepared." in answer.content.decode()
    run_jobs()
    preview = client.get(page("prepare", draft)).content.decode()
    assert "It is prepared" in preview
    assert "sample_entry.csv" in preview
    client.post(page("prepare", draft))
    draft.refresh_from_db()
    assert draft.state == CompetitionState.PUBLISHED
    client.force_login(student)
    assert client.get(page("data", draft)).status_code == 200


def test_fractions_of_the_form_decide_the_sizes_of_the_parts(client, draft, run_jobs):
    sent = choices(client, draft, split_kind="random", test_percent=20, public_percent=25, seed=7)
    client.post(page("prepare", draft), sent)
    run_jobs()
    context = client.get(page("prepare", draft)).context
    assert (context["n_train"], context["n_public"], context["n_private"]) == (80, 5, 15)


def test_dates_are_read_in_the_courses_time_zone(client, draft, course):
    client.post(page("prepare", draft), choices(client, draft, opens="2030-01-01T09:00", closes="2030-02-01T09:00"))
    draft.refresh_from_db()
    assert course.time_zone == "Asia/Seoul"
    assert draft.opens_at.isoformat() == "2030-01-01T00:00:00+00:00"


def test_a_close_before_the_opening_is_told_at_its_field(client, draft):
    sent = choices(client, draft, opens="2030-01-02T09:00", closes="2030-01-01T09:00")
    answer = client.post(page("prepare", draft), sent)
    assert answer.status_code == 422
    assert "closes" in answer.context["form"].errors


def test_a_split_by_group_without_its_column_is_told_at_its_field(client, draft):
    answer = client.post(page("prepare", draft), choices(client, draft, split_kind="group"))
    assert answer.status_code == 422
    assert "split_group" in answer.context["form"].errors


def test_metrics_that_fit_follow_the_target(client, draft):
    answer = client.get(page("prepare", draft), {"target": "rooms"}, headers={"HX-Request": "true"})
    fitting = dict(answer.context["form"].fields["metric"].choices)["Fit this target"]
    assert "accuracy" in dict(fitting)
    assert "<html" not in answer.content.decode()


def test_what_preparing_finds_wrong_comes_back_as_a_sentence_with_the_choices_kept(
    client, professor, create, run_jobs
):
    client.force_login(professor)
    lines = ["x,flag", *(f"{i},{'yes' if i == 3 else 'no'}" for i in range(40)), ""]
    client.post(create, {"title": "Rare", "table": SimpleUploadedFile("rare.csv", "\n".join(lines).encode())})
    draft = Competition.objects.get()
    client.post(page("prepare", draft), choices(client, draft, target="flag", metric="roc_auc", test_percent=35))
    run_jobs()
    answer = client.get(page("prepare", draft))
    draft.refresh_from_db()
    assert draft.state == CompetitionState.DRAFT
    assert answer.context["problem"]
    assert answer.context["problem"] in answer.content.decode().replace("&#x27;", "'")
    assert answer.context["form"].initial["test_percent"] == 35


def test_a_prepared_competition_can_be_decided_anew_until_it_is_published(client, draft, run_jobs):
    client.post(page("prepare", draft), choices(client, draft))
    run_jobs()
    again = page("prepare", draft) + "?again=1"
    assert "form" in client.get(again).context
    form = client.get(again).context["form"]
    assert form.initial["metric"] == "rmse"


def test_an_unreadable_table_leaves_no_draft_behind(client, professor, create):
    client.force_login(professor)
    answer = client.post(create, {"title": "Bad", "table": SimpleUploadedFile("bad.csv", b"")})
    assert answer.status_code == 422
    assert answer.context["form"].errors["table"]
    assert not Competition.objects.exists()


def test_files_that_are_split_already_are_kept_by_their_roles(client, professor, create, run_jobs):
    client.force_login(professor)
    ids = range(60)
    test = "\n".join(["id,x", *(f"{i},{i * 2}" for i in ids), ""]).encode()
    truth = "\n".join(["id,y", *(f"{i},{i * 3.5}" for i in ids), ""]).encode()
    client.post(
        create + "?way=split",
        {
            "title": "Split by the host",
            "train": table("data.csv", target="y"),
            "test": SimpleUploadedFile("data.csv", test),
            "truth": SimpleUploadedFile("data.csv", truth),
        },
    )
    draft = Competition.objects.get()
    names = set(draft.files.filter(role=FileRole.SOURCE).values_list("name", flat=True))
    assert names == {"train.csv", "test.csv", "truth.csv"}
    form = client.get(page("prepare", draft)).context["form"]
    assert "split_kind" not in form.fields
    client.post(page("prepare", draft), choices(client, draft, target="y", id="id", metric="rmse"))
    run_jobs()
    draft.refresh_from_db()
    assert draft.state == CompetitionState.READY, draft.problem


@pytest.mark.parametrize("as_zip", [True, False])
def test_a_folder_with_competition_yaml_comes_as_a_zip_or_as_files(client, professor, create, run_jobs, as_zip):
    yaml = b"title: Houses\ndata: houses.csv\ntarget: price\nmetric: mae\ncloses: 2090-01-01 18:00\n"
    data = table().read()
    if as_zip:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("competition.yaml", yaml)
            archive.writestr("houses.csv", data)
        files = [SimpleUploadedFile("houses.zip", packed.getvalue())]
    else:
        files = [SimpleUploadedFile("competition.yaml", yaml), SimpleUploadedFile("houses.csv", data)]
    client.force_login(professor)
    client.post(create + "?way=folder", {"files": files})
    run_jobs()
    made = Competition.objects.get()
    assert (made.title, made.metric, made.state) == ("Houses", "mae", CompetitionState.READY)


def test_a_wrong_competition_yaml_is_told_with_its_line(client, professor, create):
    client.force_login(professor)
    yaml = SimpleUploadedFile("competition.yaml", b"title: Houses\ndata: houses.csv\nmetirc: mae\n")
    answer = client.post(create + "?way=folder", {"files": [yaml, table()]})
    assert "competition.yaml:3" in answer.content.decode()
    assert not Competition.objects.exists()


def test_only_instructors_make_competitions(client, assistant, student, create):
    for person in (assistant, student):
        client.force_login(person)
        assert client.get(create).status_code == 403
        assert client.post(create, {"title": "Mine", "table": table()}).status_code == 403
    assert not Competition.objects.exists()
