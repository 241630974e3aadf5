"""Making a lab in the browser: upload, read the check, publish, settings, revisions, extensions, delete."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from tests.site.labs import classroom

from seodang.site.jobs.models import Job
from seodang.site.labs.models import Lab, LabExtension, LabState, RevisionState

pytestmark = pytest.mark.django_db


def page(name: str, lab, *rest) -> str:
    return reverse(f"labs:{name}", args=[lab.course.slug, lab.slug, *rest])


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def source(name: str = "week-3.ipynb", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, classroom.to_bytes(classroom.source_notebook()) if content is None else content)


def filled(**fields) -> dict:
    return {"title": "Week 3", "notebook": source(), "due_at": "2030-01-31T23:59", **fields}


@pytest.fixture
def browser(client_for, professor):
    return client_for(professor)


@pytest.fixture
def new(course) -> str:
    return reverse("labs:create", args=[course.slug])


@pytest.fixture
def draft(course):
    """A lab whose only revision is being checked."""
    lab = classroom.make_lab(course, state=LabState.DRAFT, due_at=timezone.now() + timedelta(days=3))
    lab.revisions.update(state=RevisionState.CHECKING)
    Lab.objects.update(current=None)
    return Lab.objects.get()


@pytest.fixture
def lab(course):
    return classroom.make_lab(course, state=LabState.READY, due_at=timezone.now() + timedelta(days=3))


# --- a new lab ----------------------------------------------------------------------------------------------


def test_an_upload_becomes_a_draft_and_is_checked(browser, new):
    answer = browser.post(new, filled(data=[SimpleUploadedFile("points.csv", b"x,y\n1,2\n")]), follow=True)
    lab = Lab.objects.get()
    assert answer.redirect_chain[-1][0] == page("revision", lab, 1)
    assert "The notebook is being checked." in text_of(answer)
    assert lab.state == LabState.DRAFT
    assert [file.name for file in lab.revisions.get().files.all()] == ["points.csv"]
    assert Job.objects.filter(task="labs.check_revision").count() == 1


def test_a_zip_file_of_a_folder_works_too(browser, new):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("week-3/week-3.ipynb", classroom.to_bytes(classroom.source_notebook()))
        archive.writestr("week-3/points.csv", "x,y\n1,2\n")
    browser.post(new, filled(notebook=source("week-3.zip", packed.getvalue())))
    assert [file.name for file in Lab.objects.get().revisions.get().files.all()] == ["points.csv"]


def test_without_a_title_the_notebook_gives_it(browser, new):
    browser.post(new, filled(title=""))
    assert "gradient descent" in Lab.objects.get().title


def test_a_notebook_with_errors_names_each_cell_and_keeps_what_was_typed(browser, new):
    notebook = classroom.source_notebook()
    notebook.cells[3]["source"] = "### BEGIN SOLUTION\nx = 1"
    notebook.cells[6]["source"] = "### BEGIN SOLUTION\nx = 2"
    answer = browser.post(new, filled(notebook=source(content=classroom.to_bytes(notebook))))
    assert answer.status_code == 422
    body = answer.content.decode()
    assert "Cell gradient" in body
    assert "Cell descend" in body
    assert 'value="Week 3"' in body
    assert 'value="2030-01-31T23:59"' in body
    assert not Lab.objects.exists()


def test_what_is_no_notebook_is_refused_in_words(browser, new):
    answer = browser.post(new, filled(notebook=source(content=b"hello")))
    assert answer.status_code == 422
    assert not Lab.objects.exists()


def test_the_due_date_lies_after_the_opening(browser, new):
    answer = browser.post(new, filled(opens_at="2031-01-01T00:00"))
    assert "This is not after the opening." in answer.content.decode()


def test_students_and_assistants_make_no_labs(client_for, student, assistant, new):
    for user in (student, assistant):
        assert client_for(user).get(new).status_code == 403
        assert client_for(user).post(new, filled()).status_code == 403


# --- the check ----------------------------------------------------------------------------------------------


def test_a_checked_notebook_says_so_and_offers_to_publish(browser, lab):
    text = text_of(browser.get(page("revision", lab, 1)))
    assert "Your solution earns every point, and the notebook as handed out earns none." in text
    assert "Publish" in text
    assert "The gradient" in text


def test_a_check_that_waits_says_why(browser, draft):
    problem = {
        "code": "sandbox",
        "site": False,
        "template": "No sandbox holds.",
        "hint": "Install one.",
        "params": {},
    }
    draft.revisions.update(problem=problem)
    text = text_of(browser.get(page("revision", draft, 1)))
    assert "No sandbox holds." in text
    assert "Install one." in text
    assert "Take it as it is" in text


def test_a_refused_notebook_says_why(browser, draft):
    problem = {"code": "x", "site": False, "template": "It needs tea.", "hint": "Bring some.", "params": {}}
    draft.revisions.update(state=RevisionState.REFUSED, problem=problem)
    text = text_of(browser.get(page("revision", draft, 1)))
    assert "This notebook cannot be used." in text
    assert "It needs tea." in text


def test_a_doubtful_notebook_is_taken_knowingly(browser, draft, client_for, assistant):
    line = {"id": "gradient-tests", "solution_points": "0", "released_points": "0", "holds": False}
    report = {"holds": False, "questions": [line], "findings": [], "warnings": []}
    draft.revisions.update(state=RevisionState.DOUBTFUL, report=report)
    where = page("revision", draft, 1)
    assert "Some questions do not behave as expected." in text_of(browser.get(where))
    assert client_for(assistant).post(where).status_code == 403
    answer = browser.post(where, follow=True)
    assert "is taken as it is" in text_of(answer)
    draft.refresh_from_db()
    assert draft.state == LabState.READY
    assert draft.current.number == 1


def test_the_check_appears_without_a_reload(browser, draft):
    where = page("revision", draft, 1)
    body = browser.get(where).content.decode()
    assert f'data-live="{page("staff_live", draft)}"' in body
    draft.revisions.update(state=RevisionState.GOOD)
    part = browser.get(where, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "earns every point" in part


def test_staff_get_the_source_and_students_nothing_of_it(browser, lab, client_for, student):
    where = page("revision_file", lab, 1)
    assert b"BEGIN SOLUTION" in b"".join(browser.get(where).streaming_content)
    assert b"BEGIN SOLUTION" not in b"".join(browser.get(where + "?what=released").streaming_content)
    Lab.objects.update(state=LabState.PUBLISHED)
    for name in ("revision", "revision_file"):
        assert client_for(student).get(page(name, lab, 1)).status_code == 403


# --- settings -----------------------------------------------------------------------------------------------


def settings_of(lab, **changed) -> dict:
    values = {
        "title": lab.title,
        "summary": "",
        "description": "",
        "opens_at": "2030-01-01T00:00",
        "due_at": "2030-01-31T23:59",
        "grace_minutes": 15,
        "late_days": 3,
        "late_percent": 10,
        "counting": "latest",
        "attempts_limit": "",
        "points_shown": "at_once",
        "hidden_tests_shown": "title",
        "anonymous_marking": "on",
        **changed,
    }
    return {"action": "settings", **{f"settings-{name}": value for name, value in values.items()}}


def test_settings_are_saved(browser, lab):
    answer = browser.post(page("manage", lab), settings_of(lab, title="Third week", counting="best", late_days=1))
    assert answer.status_code == 302
    lab.refresh_from_db()
    assert (lab.title, lab.counting, lab.late_days) == ("Third week", "best", 1)
    assert lab.due_at.astimezone(lab.course.tz).strftime("%Y-%m-%d %H:%M") == "2030-01-31 23:59"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"due_at": "2029-01-01T00:00"}, "This is not after the opening."),
        ({"late_percent": 101}, "100"),
        ({"grace_minutes": -1}, "0"),
        ({"title": ""}, "This field is required"),
    ],
)
def test_a_wrong_setting_is_told_at_its_field_and_keeps_the_rest(browser, lab, changed, says):
    answer = browser.post(page("manage", lab), settings_of(lab, summary="typed a moment ago", **changed))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert "typed a moment ago" in answer.content.decode()
    lab.refresh_from_db()
    assert lab.summary != "typed a moment ago"


def test_publishing_says_what_will_happen_and_does_it(browser, lab, student, client_for):
    text = text_of(browser.get(page("manage", lab)))
    assert "1 student sees the lab at once, downloads the notebook, and can hand in." in text
    assert client_for(student).get(page("overview", lab)).status_code == 404
    browser.post(page("manage", lab), {"action": "publish"})
    assert client_for(student).get(page("overview", lab)).status_code == 200
    browser.post(page("manage", lab), {"action": "unpublish"})
    assert client_for(student).get(page("overview", lab)).status_code == 404


def test_a_draft_cannot_be_published(browser, draft):
    answer = browser.post(page("manage", draft), {"action": "publish"}, follow=True)
    draft.refresh_from_db()
    assert draft.state == LabState.DRAFT
    assert "note-error" in answer.content.decode()


def test_a_lab_with_submissions_stays(browser, lab, student):
    Lab.objects.update(state=LabState.PUBLISHED)
    lab.refresh_from_db()
    classroom.hand_in(lab, student)
    assert "Students have handed in, so this lab stays." in text_of(browser.get(page("manage", lab)))
    browser.post(page("manage", lab), {"action": "delete", "delete-title": lab.title})
    browser.post(page("manage", lab), {"action": "unpublish"})
    lab.refresh_from_db()
    assert lab.state == LabState.PUBLISHED


def test_deleting_asks_for_the_title(browser, lab):
    answer = browser.post(page("manage", lab), {"action": "delete", "delete-title": "something"})
    assert answer.status_code == 422
    assert f"Type “{lab.title}” exactly." in answer.content.decode()
    assert Lab.objects.exists()
    browser.post(page("manage", lab), {"action": "delete", "delete-title": lab.title})
    assert not Lab.objects.exists()


def test_assistants_read_the_settings_and_change_nothing(client_for, assistant, lab):
    browser = client_for(assistant)
    assert browser.get(page("manage", lab)).status_code == 200
    assert browser.post(page("manage", lab), {"action": "publish"}).status_code == 403
    assert browser.get(page("revise", lab)).status_code == 403


# --- revisions ----------------------------------------------------------------------------------------------


def test_a_new_revision_is_checked_while_the_old_one_stays(browser, lab):
    notebook = classroom.source_notebook()
    notebook.cells[0]["source"] = "# Another heading"
    answer = browser.post(
        page("revise", lab),
        {"notebook": source(content=classroom.to_bytes(notebook)), "note": "a clearer test"},
        follow=True,
    )
    assert answer.redirect_chain[-1][0] == page("revision", lab, 2)
    assert "a clearer test" in text_of(answer)
    lab.refresh_from_db()
    assert lab.current.number == 1
    listed = text_of(browser.get(page("manage", lab)))
    assert "Revision 2" in listed
    assert "being checked" in listed


def test_a_wrong_revision_is_told_and_keeps_the_note(browser, lab):
    answer = browser.post(page("revise", lab), {"notebook": source(content=b"hello"), "note": "a clearer test"})
    assert answer.status_code == 422
    assert 'value="a clearer test"' in answer.content.decode()
    assert lab.revisions.count() == 1


# --- extensions ---------------------------------------------------------------------------------------------


def test_an_extension_is_given_changed_and_taken_back(browser, lab, student):
    where = page("extensions", lab)
    answer = browser.post(where, {"user": student.pk, "days": 2, "reason": "ill"}, follow=True)
    assert "ill" in text_of(answer)
    browser.post(where, {"user": student.pk, "days": 5})
    assert LabExtension.objects.get().days == 5
    browser.post(where, {"action": "remove", "user": student.pk})
    assert not LabExtension.objects.exists()


@pytest.mark.parametrize("days", ["0", "-1", "many", "9999"])
def test_an_extension_of_impossible_days_is_refused(browser, lab, student, days):
    answer = browser.post(page("extensions", lab), {"user": student.pk, "days": days})
    assert answer.status_code == 422
    assert not LabExtension.objects.exists()


def test_only_students_of_the_course_get_one(browser, lab, outsider, assistant):
    for user in (outsider, assistant):
        assert browser.post(page("extensions", lab), {"user": user.pk, "days": 2}).status_code == 422


# --- what the check says of each question -------------------------------------------------------------------


def test_the_report_names_each_question_that_does_not_hold(browser, draft):
    from seodang.grade.errors import LabProblem

    template = "%(question)s: the released notebook earns %(points)s points with nothing done; test more."
    report = {
        "holds": False,
        "questions": [
            {"id": "gradient-tests", "solution_points": "4", "released_points": "2.5", "holds": False},
            {"id": "descent-tests", "solution_points": "6", "released_points": "0", "holds": True},
        ],
        "findings": [
            {
                "code": "released",
                "question": "gradient-tests",
                "template": template,
                "params": {"question": "gradient-tests", "points": "2.5"},
            }
        ],
        "warnings": [
            LabProblem("stray", "“%(kind)s” ends nothing.", {"kind": "SOLUTION"}, "descent", 2).kept(),
        ],
    }
    draft.revisions.update(state=RevisionState.DOUBTFUL, report=report)
    answer = browser.get(page("revision", draft, 1))
    row = text_of(answer).split("The gradient")[1].split("Gradient descent")[0]
    assert "the released notebook earns 2.5 points with nothing done" in row
    assert "Cell descent, line 2: “SOLUTION” ends nothing." in text_of(answer)


def test_a_check_without_a_report_still_lists_the_questions(browser, draft):
    draft.revisions.update(state=RevisionState.DOUBTFUL, report=None)
    text = text_of(browser.get(page("revision", draft, 1)))
    assert "Plot the loss" in text
    assert "This notebook was not checked." in text
    assert "do not behave as expected" not in text


def test_an_extension_keeps_the_time_of_day_when_clocks_change(browser, lab, student):
    from datetime import datetime
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Europe/Berlin")
    lab.course.time_zone = zone.key
    lab.course.save(update_fields=["time_zone"])
    lab.due_at = datetime(2026, 10, 24, 23, 59, tzinfo=zone)  # summer time ends in the night after
    lab.save(update_fields=["due_at"])
    answer = browser.post(page("extensions", lab), {"user": student.pk, "days": 2}, follow=True)
    assert "has until 2026-10-26 23:59" in text_of(answer)
