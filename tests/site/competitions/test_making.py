"""Making a competition: drafts, tables, folders, preparing, publishing, and what may no longer change."""

from __future__ import annotations

import io
import stat
import unicodedata
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from seodang.score.errors import SpecInvalid, TableUnreadable
from seodang.score.spec import CompetitionSpec
from seodang.site.competitions import services
from seodang.site.competitions.errors import (
    CompetitionNotReady,
    SettingRefused,
)
from seodang.site.competitions.models import Competition, CompetitionFile, CompetitionState, FileRole
from seodang.site.courses import access as courses_access
from seodang.site.jobs.models import Job
from seodang.site.web.errors import FileTooLarge, FolderRefused, problem_text

pytestmark = pytest.mark.django_db


def table(n_rows: int = 120) -> bytes:
    lines = [f"{i},{(i * 7) % 13},{(i * 5) % 11},{i % 17}" for i in range(n_rows)]
    return "\n".join(["id,a,b,y", *lines, ""]).encode()


YAML = """
title: Yields
data: table.csv
id: id
target: y
metric: rmse
closes: 2030-12-01 18:00
daily_quota: 7
split: {seed: 3}
"""


@pytest.fixture
def access(professor, course):
    return courses_access.of(professor, course)


@pytest.fixture
def draft(access) -> Competition:
    return services.create_competition(access=access, title="Yields")


def spec(**fields) -> CompetitionSpec:
    values = {
        "title": "Yields",
        "data": "table.csv",
        "id": "id",
        "target": "y",
        "metric": "rmse",
        "closes": "2030-12-01 18:00",
        **fields,
    }
    return CompetitionSpec.model_validate(values)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    stream.seek(0)
    return stream


# --- drafts -------------------------------------------------------------------------------------------------


def test_draft_gets_a_free_address_from_its_title(access):
    slugs = [services.create_competition(access=access, title="House prices!").slug for _ in range(2)]
    assert slugs == ["house-prices", "house-prices-2"]
    assert services.create_competition(access=access, title="집값").slug
    assert services.create_competition(access=access, title="New").slug == "new-2"


def test_address_that_is_taken_or_none_is_refused(access, draft):
    for slug in ("yields", "Not This", "new", "a" * 61):
        with pytest.raises(SettingRefused) as refused:
            services.create_competition(access=access, title="Other", slug=slug)
        assert refused.value.field == "slug"


def test_only_instructors_make_competitions(assistant, student, course):
    for person in (assistant, student):
        with pytest.raises(PermissionDenied):
            services.create_competition(access=courses_access.of(person, course), title="Mine")


# --- tables -------------------------------------------------------------------------------------------------


def test_table_is_kept_once_it_proved_readable(draft, professor):
    row = services.store_source(
        competition=draft, by=professor, name="C:\\data\\table.csv", stream=io.BytesIO(table())
    )
    assert (row.name, row.role, row.n_rows) == ("table.csv", FileRole.SOURCE, 120)
    assert row.file.read() == table()


def test_unreadable_table_leaves_what_was_there(draft, professor, storage_of_its_own):
    services.store_source(competition=draft, by=professor, name="table.csv", stream=io.BytesIO(table()))
    for bad in (b"", b"PK\x03\x04 not a table", b"a,b\n1,2,3\n"):
        with pytest.raises(TableUnreadable):
            services.store_source(competition=draft, by=professor, name="table.csv", stream=io.BytesIO(bad))
    assert services.sources(draft)[0].file.read() == table()
    assert sum(path.is_file() for path in storage_of_its_own.rglob("*")) == 1


def test_too_large_a_table_is_refused(draft, professor, settings):
    settings.UPLOAD_BYTES = 50
    with pytest.raises(FileTooLarge):
        services.store_source(competition=draft, by=professor, name="table.csv", stream=io.BytesIO(table()))


def test_new_table_takes_the_place_of_the_old_one(
    draft, professor, storage_of_its_own, django_capture_on_commit_callbacks
):
    for name in ("one.csv", "two.csv"):
        with django_capture_on_commit_callbacks(execute=True):
            services.store_source(competition=draft, by=professor, name=name, stream=io.BytesIO(table()))
    assert [row.name for row in services.sources(draft)] == ["two.csv"]
    assert sum(path.is_file() for path in storage_of_its_own.rglob("*")) == 1
    services.store_source(
        competition=draft, by=professor, name="one.csv", stream=io.BytesIO(table()), keep_others=True
    )
    assert [row.name for row in services.sources(draft)] == ["one.csv", "two.csv"]


def test_table_names_can_always_be_named_in_a_spec(draft, professor):
    from seodang.score.spec import is_plain_name

    long = ("가" * 200 + ".csv", "가" * 95 + ".csv", unicodedata.normalize("NFD", "각" * 40) + ".csv")
    for name in ("../../etc/passwd", "a:b*.csv", ".hidden.csv", "", *long, "..", "-x.csv"):
        row = services.store_source(competition=draft, by=professor, name=name, stream=io.BytesIO(table()))
        assert is_plain_name(row.name)


# --- preparing ----------------------------------------------------------------------------------------------


def prepared(competition, professor, run_jobs, **fields) -> Competition:
    services.store_source(competition=competition, by=professor, name="table.csv", stream=io.BytesIO(table()))
    services.start_preparing(competition=competition, by=professor, spec=spec(**fields))
    competition.refresh_from_db()
    assert competition.state == CompetitionState.PREPARING
    run_jobs()
    competition.refresh_from_db()
    return competition


def test_preparing_makes_what_is_shown_and_what_is_hidden(draft, professor, run_jobs):
    competition = prepared(draft, professor, run_jobs, daily_quota=7)
    assert competition.state == CompetitionState.READY
    assert competition.problem is None
    assert (competition.metric, competition.daily_quota) == ("rmse", 7)
    roles = set(competition.files.values_list("role", flat=True))
    assert {FileRole.SOURCE, FileRole.TRAIN, FileRole.TEST, FileRole.SAMPLE, FileRole.TRUTH} <= roles
    for file in competition.files.all():
        wall = "hidden" if file.role in {FileRole.TRUTH, FileRole.SOURCE} else "shown"
        assert f"/{wall}/" in file.file.name


def test_sample_entry_of_a_prepared_competition_can_be_entered_and_scored(
    draft, professor, student, run_jobs, enter
):
    competition = prepared(draft, professor, run_jobs)
    services.publish(competition=competition, by=professor)
    competition.refresh_from_db()
    sample = competition.files.get(role=FileRole.SAMPLE).file.read()
    entry = enter(competition, student, content=sample)
    run_jobs()
    entry.refresh_from_db()
    assert (entry.state, entry.problem) == ("scored", "")
    assert entry.scorings.get().public_low is not None


def test_times_without_a_zone_are_the_courses(draft, professor, run_jobs):
    competition = prepared(draft, professor, run_jobs)
    assert competition.closes_at == datetime(2030, 12, 1, 9, tzinfo=UTC)


def test_what_cannot_be_prepared_goes_back_to_the_drafts_and_says_why(draft, professor, run_jobs):
    competition = prepared(draft, professor, run_jobs, target="z")
    assert competition.state == CompetitionState.DRAFT
    message, _hint = problem_text(competition.problem)
    assert "z" in message
    assert not competition.files.exclude(role=FileRole.SOURCE).exists()


def test_preparing_that_breaks_every_time_says_so_too(draft, professor, run_jobs, monkeypatch):
    def broken(*_arguments):
        raise RuntimeError("no disk")

    monkeypatch.setattr("seodang.score.prepare.prepare", broken)
    competition = prepared(draft, professor, run_jobs)
    assert competition.state == CompetitionState.DRAFT
    assert "no disk" in problem_text(competition.problem)[0]


def test_preparing_again_replaces_files_and_drops_the_old_ones(
    draft, professor, run_jobs, django_capture_on_commit_callbacks
):
    prepared(draft, professor, run_jobs)
    old = set(draft.files.values_list("sha256", flat=True))
    with django_capture_on_commit_callbacks(execute=True):
        prepared(draft, professor, run_jobs, split={"seed": 99})
    assert draft.state == CompetitionState.READY
    assert set(draft.files.values_list("sha256", flat=True)) != old
    assert draft.files.filter(role=FileRole.TRUTH).count() == 1
    for file in draft.files.all():
        assert file.file.storage.exists(file.file.name)


def test_drawn_seed_of_a_split_is_kept(draft, professor, run_jobs):
    competition = prepared(draft, professor, run_jobs)
    assert isinstance(competition.spec["split"]["seed"], int)


def test_nothing_is_prepared_without_a_table_or_twice_at_once(draft, professor):
    with pytest.raises(CompetitionNotReady):
        services.start_preparing(competition=draft, by=professor, spec=spec())
    services.store_source(competition=draft, by=professor, name="table.csv", stream=io.BytesIO(table()))
    services.start_preparing(competition=draft, by=professor, spec=spec())
    with pytest.raises(CompetitionNotReady):
        services.start_preparing(competition=draft, by=professor, spec=spec())
    assert Job.objects.count() == 1


def test_data_stay_once_somebody_has_entered(competition, professor, student, enter):
    enter(competition, student)
    Competition.objects.update(state=CompetitionState.READY)
    assert not services.may_prepare(Competition.objects.get())
    with pytest.raises(CompetitionNotReady):
        services.store_source(competition=competition, by=professor, name="t.csv", stream=io.BytesIO(table()))


# --- folders ------------------------------------------------------------------------------------------------


def test_folder_becomes_a_competition_as_a_zip_or_file_by_file(access, run_jobs):
    made = [
        services.create_from_folder(
            access=access, archive_or_files=zipped({"competition.yaml": YAML.encode(), "table.csv": table()})
        ),
        services.create_from_folder(
            access=access,
            archive_or_files={"competition.yaml": io.BytesIO(YAML.encode()), "table.csv": io.BytesIO(table())},
        ),
        services.create_from_folder(
            access=access,
            archive_or_files=zipped(
                {"y/competition.yaml": YAML.encode(), "y/table.csv": table(), "__MACOSX/y/._table.csv": b"x"}
            ),
        ),
    ]
    run_jobs()
    for competition, slug in zip(made, ("yields", "yields-2", "yields-3"), strict=True):
        competition.refresh_from_db()
        assert (competition.slug, competition.state, competition.daily_quota) == (slug, CompetitionState.READY, 7)


def test_folder_with_files_that_the_host_split(access, run_jobs):
    test = b"id,a\n" + b"".join(b"%d,%d\n" % (i, i) for i in range(60))
    truth = b"id,y\n" + b"".join(b"%d,%d\n" % (i, i % 7) for i in range(60))
    text = YAML.replace("data: table.csv", "data: {test: test.csv, truth: truth.csv}")
    competition = services.create_from_folder(
        access=access,
        archive_or_files=zipped({"competition.yaml": text.encode(), "test.csv": test, "truth.csv": truth}),
    )
    run_jobs()
    competition.refresh_from_db()
    assert (competition.state, competition.problem) == (CompetitionState.READY, None)


def test_wrong_spec_makes_nothing(access, storage_of_its_own):
    for text in (YAML.replace("metric: rmse", "metric: rmsee"), YAML.replace("table.csv", "other.csv")):
        with pytest.raises(SpecInvalid):
            services.create_from_folder(
                access=access, archive_or_files=zipped({"competition.yaml": text.encode(), "table.csv": table()})
            )
    assert not Competition.objects.exists()
    assert not any(path.is_file() for path in storage_of_its_own.rglob("*"))


def linked() -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        member = zipfile.ZipInfo("table.csv")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "/etc/passwd")
        archive.writestr("competition.yaml", YAML)
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(lambda: io.BytesIO(b"no zip"), id="no zip"),
        pytest.param(lambda: zipped({"table.csv": table()}), id="no competition.yaml"),
        pytest.param(lambda: zipped({"../competition.yaml": b"x", "competition.yaml": b"x"}), id="slip"),
        pytest.param(lambda: zipped({"/etc/competition.yaml": b"x", "competition.yaml": b"x"}), id="absolute"),
        pytest.param(lambda: zipped({"c:\\x.csv": b"x", "competition.yaml": b"x"}), id="drive"),
        pytest.param(linked, id="link"),
        pytest.param(lambda: zipped({f"{i}.csv": b"a" for i in range(201)}), id="too many"),
        pytest.param(lambda: zipped({"competition.yaml": b"x", "b.csv": bytes(20_000_000)}), id="bomb"),
    ],
)
def test_zip_that_means_harm_is_refused(access, stream, tmp_path):
    with pytest.raises(FolderRefused):
        services.create_from_folder(access=access, archive_or_files=stream())
    assert not Competition.objects.exists()


def broken(method: int) -> io.BytesIO:
    """A zip whose directory is whole and whose members are not."""
    content = bytearray(zipped({"competition.yaml": YAML.encode() * 9}, method).read())
    begin = content.find(b"competition.yaml") + len("competition.yaml") + 8
    content[begin : begin + 40] = b"\xff" * 40
    return io.BytesIO(bytes(content))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_that_broke_on_its_way_is_refused_in_words(access, method):
    with pytest.raises(FolderRefused, match="no zip file that can be read"):
        services.create_from_folder(access=access, archive_or_files=broken(method))


def test_name_longer_than_a_disk_can_keep_is_refused_in_words(access):
    name = "가" * 95 + ".csv"
    files = {"competition.yaml": YAML.encode(), name: table()}
    for folder in (zipped(files), {name: io.BytesIO(content) for name, content in files.items()}):
        with pytest.raises(FolderRefused, match="cannot be the name of a file"):
            services.create_from_folder(access=access, archive_or_files=folder)


def test_folder_above_the_limit_is_refused(access, settings):
    settings.UPLOAD_BYTES = 1000
    with pytest.raises((FolderRefused, FileTooLarge)):
        services.create_from_folder(
            access=access,
            archive_or_files={"competition.yaml": io.BytesIO(YAML.encode()), "table.csv": io.BytesIO(table())},
        )


# --- settings and states ------------------------------------------------------------------------------------


def test_settings_change_and_pages_hear_of_it(competition, professor):
    before = competition.board_version
    changed = services.update_settings(competition=competition, by=professor, title="Better", daily_quota=9)
    assert (changed.title, changed.daily_quota) == ("Better", 9)
    assert Competition.objects.get().board_version > before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("daily_quota", 0),
        ("daily_quota", None),
        ("total_quota", 0),
        ("team_size", 0),
        ("final_picks", 0),
        ("title", ""),
        ("title", "x" * 121),
        ("closes_at", datetime(2001, 1, 1, tzinfo=UTC)),
        ("closes_at", datetime(2030, 1, 1)),
        ("metric", "mae"),
        ("state", "published"),
    ],
)
def test_setting_that_cannot_be_names_its_field(competition, professor, field, value):
    with pytest.raises(SettingRefused) as refused:
        services.update_settings(competition=competition, by=professor, **{field: value})
    assert refused.value.field == field
    assert Competition.objects.get().metric == "rmse"


def test_teams_are_not_taken_apart_by_a_smaller_limit(make_competition, professor, make_students):
    competition = make_competition(team_size=3)
    one, two = make_students(2)
    team = services.create_team(competition=competition, by=one, name="Two")
    services.accept_offer(offer=services.invite_to_team(team=team, by=one, who=two.email), by=two)
    with pytest.raises(SettingRefused):
        services.update_settings(competition=competition, by=professor, team_size=1)
    services.update_settings(competition=competition, by=professor, team_size=2)


def test_close_stays_once_the_private_board_is_open(make_competition, professor):
    competition = make_competition(closes_at=timezone.now() - timedelta(minutes=1))
    services.update_settings(competition=competition, by=professor, closes_at=timezone.now() - timedelta(seconds=1))
    services.open_private_boards()
    with pytest.raises(SettingRefused):
        services.update_settings(
            competition=competition, by=professor, closes_at=timezone.now() + timedelta(days=1)
        )


def test_competition_is_published_when_ready_and_not_past(make_competition, professor):
    for state in (CompetitionState.DRAFT, CompetitionState.PREPARING):
        with pytest.raises(CompetitionNotReady):
            services.publish(competition=make_competition(state=state), by=professor)
    past = make_competition(state=CompetitionState.READY, closes_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(SettingRefused):
        services.publish(competition=past, by=professor)
    ready = make_competition(state=CompetitionState.READY)
    services.publish(competition=ready, by=professor)
    ready.refresh_from_db()
    assert ready.state == CompetitionState.PUBLISHED


def test_competition_that_students_entered_is_neither_hidden_nor_deleted(competition, professor, student, enter):
    services.unpublish(competition=competition, by=professor)
    services.publish(competition=competition, by=professor)
    enter(competition, student)
    with pytest.raises(CompetitionNotReady):
        services.unpublish(competition=competition, by=professor)
    with pytest.raises(CompetitionNotReady):
        services.delete_competition(competition=competition, by=professor)


def test_deleted_competition_takes_its_files_along(
    competition, professor, enter, storage_of_its_own, django_capture_on_commit_callbacks
):
    enter(competition, professor, baseline_name="Mean")
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_competition(competition=competition, by=professor)
    assert not CompetitionFile.objects.exists()
    assert not any(path.is_file() for path in storage_of_its_own.rglob("*"))


def test_assistants_and_students_change_nothing(competition, assistant, student):
    for person in (assistant, student):
        for action in (
            lambda person=person: services.update_settings(competition=competition, by=person, title="Mine"),
            lambda person=person: services.unpublish(competition=competition, by=person),
            lambda person=person: services.delete_competition(competition=competition, by=person),
            lambda person=person: services.revise(competition=competition, by=person, reason="x", metric="mae"),
        ):
            with pytest.raises(PermissionDenied):
                action()
