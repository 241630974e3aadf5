"""What a student sees of a lab: dates, files, handing in, and what became of it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.site.labs import classroom

from seodang.grade.results import Flag, Severity
from seodang.site.labs import services
from seodang.site.labs.models import (
    Counting,
    HiddenTestsShown,
    LabComment,
    LabExtension,
    LabState,
    Mark,
    PointsShown,
    Submission,
    SubmissionState,
)
from seodang.site.labs.templatetags.points import points

pytestmark = pytest.mark.django_db


def page(name: str, lab, *rest) -> str:
    return reverse(f"labs:{name}", args=[lab.course.slug, lab.slug, *rest])


def text_of(answer) -> str:
    """The page without its markup and runs of space, as one reads it."""
    body = answer.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def upload(notebook: bytes | None = None, name: str = "mine.ipynb") -> SimpleUploadedFile:
    content = (
        notebook if isinstance(notebook, bytes) else classroom.to_bytes(notebook or classroom.student_notebook())
    )
    return SimpleUploadedFile(name, content, content_type="application/x-ipynb+json")


@pytest.fixture
def lab(course):
    return classroom.make_lab(course, due_at=timezone.now() + timedelta(days=2))


@pytest.fixture
def browser(client_for, student):
    return client_for(student)


# --- the lab ------------------------------------------------------------------------------------------------


def test_the_page_of_a_lab_says_until_when_what_and_how(browser, lab):
    text = text_of(browser.get(page("overview", lab)))
    assert "in 2 days" in text
    assert "−10 % per day begun; closes" in text
    assert "gradient-descent.ipynb" in text
    assert "Hand in" in text
    assert "seodang labs submit deep-learning/gradient-descent gradient-descent.ipynb" in text
    assert "Nothing handed in yet." in text


def test_an_extension_is_told_with_both_dates(browser, lab, student):
    LabExtension.objects.create(lab=lab, user=student, days=3, reason="ill")
    text = text_of(browser.get(page("overview", lab)))
    assert "Due for you" in text
    assert "extended by 3 days; for the class" in text
    assert "in 5 days" in text
    assert "ill" not in text.split()


def test_a_late_student_reads_what_handing_in_now_costs(browser, course):
    lab = classroom.make_lab(course, due_at=timezone.now() - timedelta(hours=30))
    text = text_of(browser.get(page("overview", lab)))
    assert "You are 2 days late." in text
    assert "loses 20 % of the points it earns" in text


def test_a_closed_lab_offers_no_form_and_keeps_the_files(browser, course):
    lab = classroom.make_lab(course, due_at=timezone.now() - timedelta(days=9))
    answer = browser.get(page("overview", lab))
    assert "This lab is closed." in text_of(answer)
    assert b'type="file"' not in answer.content
    assert browser.get(page("download", lab, "gradient-descent.ipynb")).status_code == 200


def test_files_come_from_the_opening_on(browser, course, client_for, assistant):
    now = timezone.now()
    lab = classroom.make_lab(course, opens_at=now + timedelta(days=1), due_at=now + timedelta(days=8))
    answer = browser.get(page("overview", lab))
    assert "Notebook and data open" in text_of(answer)
    for name in ("gradient-descent.ipynb", "all.zip"):
        assert browser.get(page("download", lab, name)).status_code == 404
    assert client_for(assistant).get(page("download", lab, "gradient-descent.ipynb")).status_code == 200


def test_the_zip_file_holds_the_notebook_without_solutions(browser, lab):
    answer = browser.get(page("download", lab, "all.zip"))
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.namelist() == ["gradient-descent/gradient-descent.ipynb"]
        assert b"X.T @ error" not in archive.read(archive.namelist()[0])


@pytest.mark.parametrize("name", ["source-1.ipynb", "../hidden/source-1.ipynb", "nothing.csv"])
def test_no_other_file_can_be_downloaded(browser, lab, name):
    assert browser.get(page("download", lab, name)).status_code == 404


def test_an_unpublished_lab_is_not_there_for_students(browser, course):
    lab = classroom.make_lab(course, state=LabState.READY)
    for where in (page("overview", lab), page("submit", lab), page("submissions", lab), page("live", lab)):
        assert browser.get(where).status_code == 404
    assert "Gradient descent" not in browser.get(reverse("labs:list", args=[course.slug])).content.decode()


def test_the_list_groups_labs_and_says_what_was_handed_in(browser, course, student, lab):
    classroom.make_lab(course, "old", title="An old lab", due_at=timezone.now() - timedelta(days=30))
    classroom.hand_in(lab, student, marked=classroom.graded())
    text = text_of(browser.get(reverse("labs:list", args=[course.slug])))
    assert text.index("Open") < text.index("Gradient descent") < text.index("Closed") < text.index("An old lab")
    assert "handed in once" in text


def test_more_labs_and_more_attempts_ask_the_database_no_more_often(browser, course, student, lab):
    from django.db import connection

    def queries(where: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert browser.get(where).status_code == 200
        return len(found)

    listing = reverse("labs:list", args=[course.slug])
    classroom.hand_in(lab, student, marked=classroom.graded())
    browser.get(listing)
    few = queries(listing), queries(page("overview", lab))
    for number in range(4):
        other = classroom.make_lab(course, f"lab-{number}")
        classroom.hand_in(other, student, marked=classroom.graded())
        classroom.hand_in(lab, student, marked=classroom.graded())
    assert (queries(listing), queries(page("overview", lab))) == few


# --- handing in ---------------------------------------------------------------------------------------------


def test_a_notebook_is_taken_and_waits_with_its_place(browser, lab, make_user, course):
    answer = browser.post(page("submit", lab), {"file": upload()}, follow=True)
    assert answer.redirect_chain, text_of(answer)
    assert answer.redirect_chain[-1][0] == page("submission", lab, 1)
    text = text_of(answer)
    assert "Handed in. It waits to be marked." in text
    assert "It is next." in text
    assert Submission.objects.get().state == SubmissionState.WAITING


def test_points_come_without_a_reload(browser, lab, student):
    browser.post(page("submit", lab), {"file": upload()})
    made = Submission.objects.get()
    part = browser.get(page("submission", lab, 1), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'hx-trigger="every 4s"' in part
    classroom.record(made, classroom.graded(gradient="2"), classroom.to_bytes(classroom.student_notebook()))
    part = browser.get(page("submission", lab, 1), headers={"HX-Request": "true"}).content.decode()
    assert "every 4s" not in part
    assert "AssertionError: expected (2,), got (2, 1)" in part


def test_a_page_is_not_drawn_anew_while_nothing_changed(browser, lab, professor):
    def status(name: str, *rest) -> int:
        where = page(name, lab, *rest)
        part = browser.get(where, headers={"HX-Request": "true"}).content.decode()
        shown[name] = re.search(r'name="seen" id="seen" value="([^"]+)"', part)[1]
        return browser.get(where, {"seen": shown[name]}, headers={"HX-Request": "true"}).status_code

    shown: dict[str, str] = {}
    browser.post(page("submit", lab), {"file": upload()})
    made = Submission.objects.get()
    assert [status("submission", 1), status("submissions"), status("overview")] == [204, 204, 204]
    waiting = dict(shown)
    classroom.record(made, classroom.graded(), classroom.to_bytes(classroom.student_notebook()))
    assert status("submission", 1) == 204
    marked = dict(shown)
    Mark.objects.create(submission=made, question="why-diverge", points=Decimal(5), marked_by=professor)
    assert status("submission", 1) == 204
    assert shown["submission"] == marked["submission"]  # a mark that is not released is nothing to see
    lab.released_at = timezone.now()
    lab.save()
    assert status("submission", 1) == 204
    assert len({waiting["submission"], marked["submission"], shown["submission"]}) == 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"not a notebook at all", "notebook"),
        (json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode(), "no cells"),
    ],
)
def test_a_refused_file_says_what_to_do_and_loses_nothing(browser, lab, student, content, says):
    classroom.hand_in(lab, student, marked=classroom.graded())
    answer = browser.post(page("submit", lab), {"file": upload(content, "wrong.ipynb")})
    text = text_of(answer)
    assert answer.status_code == 422
    assert "“wrong.ipynb” was not taken." in text
    assert says in text
    assert "This cost no attempt, and what you handed in before stands as it was." in text
    assert "Submission 1" in text
    assert Submission.objects.count() == 1


def test_a_form_without_a_file_says_so(browser, lab):
    answer = browser.post(page("submit", lab), {})
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()


def test_the_same_file_again_names_the_attempt(browser, lab):
    content = classroom.to_bytes(classroom.student_notebook())
    browser.post(page("submit", lab), {"file": upload(content)})
    answer = browser.post(page("submit", lab), {"file": upload(content)})
    assert "This file is already here: it is your attempt 1." in text_of(answer)
    assert Submission.objects.count() == 1


def test_used_up_attempts_are_told_before_anything_is_uploaded(browser, course, student):
    lab = classroom.make_lab(course, due_at=timezone.now() + timedelta(days=1), attempts_limit=1)
    classroom.hand_in(lab, student, marked=classroom.graded())
    answer = browser.get(page("overview", lab))
    assert "All 1 submissions are made." in text_of(answer)
    assert b'type="file"' not in answer.content
    assert browser.post(page("submit", lab), {"file": upload()}).status_code == 422
    assert Submission.objects.count() == 1


def test_staff_do_not_hand_in(client_for, professor, lab):
    assert client_for(professor).get(page("submit", lab)).status_code == 403
    assert "Staff do not hand in." in client_for(professor).get(page("overview", lab)).content.decode()


# --- what became of it --------------------------------------------------------------------------------------


def test_a_submission_shows_points_words_and_messages_of_visible_tests(browser, lab, student):
    classroom.hand_in(lab, student, marked=classroom.graded(gradient="2"))
    text = text_of(browser.get(page("submission", lab, 1)))
    assert "part of the points" in text
    assert "full points" in text
    assert "waits for a person" in text
    assert "AssertionError: expected (2,), got (2, 1)" in text
    assert "so far; a person reads the rest" in text


def test_hidden_tests_show_their_title_and_nothing_else(browser, lab, student):
    classroom.hand_in(lab, student, marked=classroom.graded(gradient="2", message="the answer is 42"))
    answer = browser.get(page("submission", lab, 1)).content.decode()
    assert "Hidden test: Many columns at once" in re.sub(r"\s+", " ", answer)
    assert "Traceback" not in answer
    hidden = answer.split("Many columns at once")[0].rsplit("<li>", 1)[1]
    assert "not passed" not in hidden


def test_hidden_tests_show_more_where_staff_say_so(browser, course, student):
    lab = classroom.make_lab(course, hidden_tests_shown=HiddenTestsShown.MESSAGE)
    classroom.hand_in(lab, student, marked=classroom.graded(gradient="2", message="the answer is 42"))
    answer = browser.get(page("submission", lab, 1)).content.decode()
    assert "not passed" in answer.split("Many columns at once")[0].rsplit("<li>", 1)[1]


def test_points_wait_for_their_release_where_the_lab_says_so(browser, course, student):
    lab = classroom.make_lab(course, points_shown=PointsShown.RELEASED)
    classroom.hand_in(lab, student, marked=classroom.graded(gradient="2"))
    for where in (page("submission", lab, 1), page("overview", lab), page("submissions", lab)):
        answer = browser.get(where)
        assert "not released yet" in text_of(answer)
        assert "AssertionError" not in text_of(answer) or where == page("submission", lab, 1)
        assert "part of the points" not in text_of(answer)
    assert browser.get(page("feedback", lab, 1)).status_code == 404


def test_marks_and_comments_of_people_are_read_after_the_release(browser, lab, student, professor):
    made = classroom.hand_in(lab, student, marked=classroom.graded())
    Mark.objects.create(
        submission=made, question="why-diverge", points=Decimal("4.5"), comment="Well said.", marked_by=professor
    )
    LabComment.objects.create(submission=made, by=professor, text="A fine lab.")
    before = text_of(browser.get(page("submission", lab, 1)))
    assert "Well said." not in before
    assert "A fine lab." not in before
    assert "4.5" not in before
    lab.released_at = timezone.now()
    lab.save()
    after = text_of(browser.get(page("submission", lab, 1)))
    assert "Well said." in after
    assert "A fine lab." in after
    assert "4.5" in after


def test_late_work_shows_what_was_taken_off(browser, lab, student):
    classroom.hand_in(lab, student, marked=classroom.graded(), submitted_at=lab.due_at + timedelta(days=1))
    text = text_of(browser.get(page("submission", lab, 1)))
    assert "1 day late" in text
    assert "10 − 1 for lateness" in text


def test_the_attempt_that_counts_is_named(browser, course, student):
    lab = classroom.make_lab(course, counting=Counting.BEST)
    classroom.hand_in(lab, student, marked=classroom.graded())
    classroom.hand_in(lab, student, marked=classroom.graded(gradient="0"))
    body = browser.get(page("submissions", lab)).content.decode()
    first = body.split("Submission 1")[1].split("</th>")[0]
    second = body.split("Submission 2")[1].split("</th>")[0]
    assert "counts" in first
    assert "counts" not in second


def test_a_student_reads_of_mended_cells_and_not_of_suspicions(browser, lab, student):
    restored = Flag("restored", Severity.INFO, "A test was changed and has been restored.", {}, "gradient-tests")
    classroom.hand_in(lab, student, marked=classroom.graded(flags=(restored, classroom.LOOKS, classroom.TAMPERS)))
    for where in (page("submission", lab, 1), page("feedback", lab, 1)):
        body = browser.get(where).content.decode()
        assert "has been restored" in body
        assert "ctypes" not in body
        assert "cannot pass" not in body


def test_what_could_not_be_marked_says_why_and_that_it_cost_nothing(browser, lab, student):
    made = classroom.hand_in(lab, student)
    problem = {"code": "schema", "template": "It is broken.", "hint": "Mend it.", "params": {}}
    made.grading = made.gradings.create(revision=lab.current, state="failed", problem=problem)
    made.state = SubmissionState.REFUSED
    made.save()
    text = text_of(browser.get(page("submission", lab, 1)))
    assert "It cost no attempt." in text
    assert "It is broken." in text
    assert "Mend it." in text


def test_the_notebook_comes_in_a_frame_under_a_policy_of_its_own(browser, lab, student):
    classroom.hand_in(lab, student, marked=classroom.graded())
    outer = browser.get(page("submission", lab, 1))
    assert "sandbox title=" in outer.content.decode()
    assert "frame-src 'self'" in outer["Content-Security-Policy"]
    inner = browser.get(page("feedback", lab, 1))
    policy = inner["Content-Security-Policy"]
    assert policy.startswith("sandbox;")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert inner["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script" not in inner.content.decode()


def test_the_notebook_shows_no_points_of_people_before_the_release(browser, lab, student, professor):
    made = classroom.hand_in(lab, student, marked=classroom.graded())
    Mark.objects.create(submission=made, question="why-diverge", points=Decimal("4.25"), marked_by=professor)
    assert "4.25" not in browser.get(page("feedback", lab, 1)).content.decode()


def test_nobody_reads_the_submission_of_another_student(browser, lab, make_user, course):
    other = classroom.add_students(course, 1)[0]
    classroom.hand_in(lab, other, marked=classroom.graded())
    for name in ("submission", "submission_file", "feedback"):
        assert browser.get(page(name, lab, 1)).status_code == 404


def test_one_gets_back_the_very_file(browser, lab):
    content = classroom.to_bytes(classroom.student_notebook(why="mine"))
    browser.post(page("submit", lab), {"file": upload(content)})
    answer = browser.get(page("submission_file", lab, 1))
    assert b"".join(answer.streaming_content) == content
    assert 'filename="mine.ipynb"' in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("2.000"), "2"),
        ("1.50", "1.5"),
        (Decimal("-0.5"), "−0.5"),
        (Decimal(100), "100"),
        (0, "0"),
        (None, "–"),
    ],
)
def test_points_are_shown_without_empty_decimals(value, shown):
    assert points(value) == shown


def test_the_pages_are_korean_too(browser, lab, student):
    classroom.hand_in(lab, student, marked=classroom.graded(gradient="2"))
    browser.cookies["django_language"] = "ko"
    text = text_of(browser.get(page("overview", lab)))
    assert "제출하기" in text
    assert "부분 점수" in text_of(browser.get(page("submission", lab, 1)))


def test_the_list_shows_the_points_that_a_student_may_see(browser, course, student, lab):
    where = reverse("labs:list", args=[course.slug])
    classroom.hand_in(lab, student, marked=classroom.graded())
    own = services.seen_by_student(services.attempts_of(lab=lab, user=student)[0], lab)
    shown = f"{points(own.total)} / {points(own.max_points)}"
    assert shown in text_of(browser.get(where))
    type(lab).objects.filter(pk=lab.pk).update(points_shown="released")
    text = text_of(browser.get(where))
    assert shown not in text
    assert "points are not released yet" in text


def test_an_attempt_that_does_not_count_waits_for_nobody(browser, lab, student):
    classroom.hand_in(lab, student, marked=classroom.graded())
    classroom.hand_in(lab, student, marked=classroom.graded())
    assert "so far; a person reads the rest" in text_of(browser.get(page("submission", lab, 2)))
    text = text_of(browser.get(page("submission", lab, 1)))
    assert "a person reads the rest" not in text
    assert "another submission counts" in text
