"""The pages of ladders, as each role meets them."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse
from tests.site.ladders.conftest import table, to_predict

from seodang.site.ladders import services
from seodang.site.ladders.models import Ladder

pytestmark = pytest.mark.django_db


def named(content: bytes, name: str) -> io.BytesIO:
    stream = io.BytesIO(content)
    stream.name = name
    return stream


def at(name: str, ladder: Ladder, *rest) -> str:
    return reverse(f"ladders:{name}", args=[ladder.course.slug, ladder.number, *rest])


def test_a_student_uploads_chooses_and_climbs(client_for, course, student, run_jobs):
    browser = client_for(student)
    answer = browser.post(
        reverse("ladders:create", args=[course.slug]),
        {"table": named(table(), "houses.csv"), "predict": named(to_predict(), "new.csv")},
    )
    ladder = Ladder.objects.get()
    assert answer["Location"] == at("choose", ladder)
    page = browser.get(answer["Location"])
    assert page.context["form"].initial["target"] == "price"
    assert page.context["form"].initial["leave_out"] == ["id"]
    chosen = {"target": "price", "budget_seconds": 5, "seed": 3, "leave_out": ["id"], "metric": "mae"}
    answer = browser.post(at("choose", ladder), chosen)
    assert answer["Location"] == at("ladder", ladder)
    assert b"It is next." in browser.get(at("ladder", ladder)).content
    run_jobs()
    page = browser.get(at("ladder", ladder)).content.decode()
    assert "The best rung is <strong>Ensemble</strong>" in page
    assert "Too many rows: 9." in page
    assert page.count('class="chart whisker"') == 8  # for a desk and for a phone


def test_a_file_that_is_no_table_is_refused_on_the_form(client_for, course, student):
    address = reverse("ladders:create", args=[course.slug])
    answer = client_for(student).post(address, {"table": named(b"\x00\x01\x02", "x.csv")})
    assert answer.status_code == 422
    assert answer.context["form"].errors["table"]
    assert not Ladder.objects.exists()


def test_a_choice_that_cannot_be_is_shown_at_its_field(client_for, make_ladder, student):
    ladder = make_ladder(student)
    chosen = {"target": "price", "budget_seconds": 9999, "seed": 0}
    answer = client_for(student).post(at("choose", ladder), chosen)
    assert answer.status_code == 422
    assert "budget_seconds" in answer.context["form"].errors


def test_another_target_offers_its_own_metrics(client_for, make_ladder, student):
    ladder = make_ladder(student)
    answer = client_for(student).get(at("choose", ladder), {"target": "colour"}, headers={"hx-request": "true"})
    assert answer.templates[0].name == "ladders/_metric_field.html"
    assert b"roc_auc" in answer.content


def test_the_ladder_grows_on_the_page(client_for, make_ladder, student):
    ladder = make_ladder(student)
    services.start(ladder=ladder, by=student)
    services.begin(ladder=ladder)
    rungs = [{"name": "forest", "title": "Random forest", "score": 1.5, "seconds": 1.0, "skipped": None}]
    progress = {"stage": "climbing", "seconds": 2.0, "best": "forest", "now": "forest", "rungs": rungs}
    services.record_progress(ladder=ladder, progress=progress)
    answer = client_for(student).get(at("ladder", ladder), headers={"hx-request": "true"})
    text = answer.content.decode()
    assert "<html" not in text
    assert "Random forest" in text
    assert "best so far" in text
    assert "3 seconds left" in text


def test_a_page_that_shows_the_climb_is_drawn_anew_when_it_is_done(client_for, climbed, student):
    ladder = climbed(student)
    answer = client_for(student).get(at("ladder", ladder), {"seen": "climbing"}, headers={"hx-request": "true"})
    assert answer["HX-Refresh"] == "true"


def test_the_report_opens_in_a_frame_without_scripts(client_for, climbed, student):
    ladder = climbed(student)
    browser = client_for(student)
    page = browser.get(at("ladder", ladder))
    assert f'src="{at("report", ladder)}" sandbox' in page.content.decode()
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    report = browser.get(at("report", ladder))
    assert b"a report" in report.content
    assert report["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert report["X-Frame-Options"] == "SAMEORIGIN"


def test_what_it_made_can_be_downloaded(client_for, climbed, student):
    ladder = climbed(student)
    browser = client_for(student)
    assert b"".join(browser.get(at("download", ladder, "model.zip"))) == b"a model"
    assert b"".join(browser.get(at("download", ladder, "table"))) == table()
    assert browser.get(at("download", ladder, "secret-key")).status_code == 404
    assert browser.get(at("download", ladder, "prediction-nothing.csv")).status_code == 404


def test_others_do_not_learn_that_a_ladder_exists(client_for, climbed, student, classmate, outsider):
    ladder = climbed(student)
    for person in (classmate, outsider):
        for name in ("ladder", "report", "choose", "live"):
            assert client_for(person).get(at(name, ladder)).status_code == 404


def test_a_shared_ladder_shows_no_model_and_no_table(client_for, climbed, professor, student):
    ladder = climbed(professor)
    browser = client_for(student)
    assert browser.get(at("ladder", ladder)).status_code == 404
    client_for(professor).post(at("ladder", ladder), {"action": "share", "shared": "1"})
    page = browser.get(at("ladder", ladder))
    assert page.status_code == 200
    assert b"model.zip" not in page.content
    assert browser.get(at("report", ladder)).status_code == 200
    for name in ("model.zip", "table", "prediction.csv"):
        assert browser.get(at("download", ladder, name)).status_code == 404


def test_a_student_cannot_share_or_delete_or_stop_what_is_not_theirs(client_for, climbed, professor, student):
    ladder = climbed(professor)
    services.share(ladder=ladder, by=professor, shared=True)
    browser = client_for(student)
    for action in ("share", "delete", "stop", "again", "rename"):
        assert browser.post(at("ladder", ladder), {"action": action}).status_code == 403
    assert Ladder.objects.filter(shared=True).exists()


def test_staff_see_all_and_delete_with_all_files(client_for, climbed, professor, student, own_storage, course):
    ladder = climbed(student)
    browser = client_for(professor)
    assert ladder.title in browser.get(reverse("ladders:list", args=[course.slug])).content.decode()
    assert any(path.is_file() for path in own_storage.rglob("*"))
    browser.post(at("ladder", ladder), {"action": "delete"})
    assert not Ladder.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_files_go_with_the_ladder_even_when_the_account_goes(climbed, student, own_storage):
    climbed(student)
    assert any(path.is_file() for path in own_storage.rglob("*"))
    student.delete()
    assert not any(path.is_file() for path in own_storage.rglob("*"))


def test_climbing_again_makes_a_draft_on_the_same_table(client_for, climbed, student):
    ladder = climbed(student, metric="mae")
    answer = client_for(student).post(at("ladder", ladder), {"action": "again"})
    again = Ladder.objects.get(number=2)
    assert answer["Location"] == at("choose", again)
    assert (again.metric, again.table.read()) == ("mae", ladder.table.read())
    assert again.table.name != ladder.table.name


def test_a_failed_ladder_says_why_and_may_be_chosen_anew(client_for, climbed, student):
    ladder = climbed(student, target="refused")
    page = client_for(student).get(at("ladder", ladder)).content.decode()
    assert "There is one class: 1." in page
    assert at("choose", ladder) in page


def test_the_course_shows_its_ladders(client_for, climbed, student, course):
    ladder = climbed(student)
    assert ladder.title in client_for(student).get(f"/courses/{course.slug}/").content.decode()


def test_another_table_is_uploaded_on_the_page(client_for, climbed, student, run_jobs):
    ladder = climbed(student)
    browser = client_for(student)
    answer = browser.post(at("ladder", ladder), {"action": "predict", "table": named(to_predict(), "later.csv")})
    assert answer.status_code == 302
    assert "“later.csv” is being predicted" in browser.get(at("ladder", ladder)).content.decode()
    run_jobs()
    assert b"t0,1.5" in b"".join(browser.get(at("download", ladder, "prediction.csv")))


def test_a_wrong_table_to_predict_is_refused_on_the_page(client_for, climbed, student):
    ladder = climbed(student)
    answer = client_for(student).post(
        at("ladder", ladder), {"action": "predict", "table": named(b"\x00\x00", "later.csv")}
    )
    assert answer.status_code == 422
    assert answer.context["predict_form"].errors["table"]
