"""Pages on which staff follow a class, mark, mark again and compare."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.site.labs import classroom

from seodang.grade.results import Status
from seodang.site.courses.models import Enrollment, Role
from seodang.site.jobs.models import Job, WorkerBeat
from seodang.site.labs import services
from seodang.site.labs.models import (
    Grading,
    GradingState,
    Lab,
    LabState,
    Mark,
    Regrade,
    RegradeState,
    RubricItem,
    SimilarityReport,
    Submission,
    SubmissionState,
)
from seodang.site.labs.services.hand import QueuePlace, QueueQuestion
from seodang.site.labs.views import staff
from seodang.site.labs.views.marking import Turn, around, start

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    storages = {name: dict(value) for name, value in settings.STORAGES.items()}
    storages["default"]["OPTIONS"] = {"location": str(tmp_path / "files")}
    settings.STORAGES = storages


@pytest.fixture
def lab(course):
    return classroom.make_lab(course)


@pytest.fixture
def taken(lab, student) -> Submission:
    """The student's marked submission, whose written answers wait for a person."""
    own = "velocity = np.zeros(2)"
    return classroom.hand_in(lab, student, notebook=classroom.student_notebook(own=own), marked=classroom.graded())


@pytest.fixture
def second_student(make_user, course):
    user = make_user("Zoe Second")
    Enrollment.objects.create(course=course, user=user, role=Role.STUDENT, student_number="2026002")
    return user


@pytest.fixture
def both(lab, taken, second_student):
    return [taken, classroom.hand_in(lab, second_student, marked=classroom.graded(gradient="2"))]


def url(name: str, lab, *rest: object) -> str:
    return reverse(f"labs:{name}", args=[lab.course.slug, lab.slug, *rest])


def text_of(answer) -> str:
    """Without tags, and with one blank between words."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("\N{NARROW NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text)


def item(lab, question="why-diverge", text="Names the overshoot", points="2") -> RubricItem:
    return RubricItem.objects.create(lab=lab, question=question, text=text, points=Decimal(points))


# --- who may come in ------------------------------------------------------------------------------------------


def addresses(lab, taken) -> list[str]:
    user, attempt = taken.user_id, taken.attempt
    regrade = Regrade.objects.create(lab=lab, revision=lab.current, state=RegradeState.READY)
    return [
        url("progress", lab),
        url("questions", lab),
        url("student", lab, user),
        url("staff_submission", lab, user, attempt),
        url("staff_file", lab, user, attempt),
        url("staff_feedback", lab, user, attempt),
        url("marking", lab),
        url("mark", lab, "why-diverge", taken.pk),
        url("rubric", lab, "why-diverge"),
        url("regrade", lab),
        url("regrade_preview", lab, regrade.pk),
        url("similarity", lab),
        url("export", lab),
    ]


def test_instructors_and_assistants_open_every_page(client_for, professor, assistant, lab, taken):
    for page in addresses(lab, taken):
        for person in (professor, assistant):
            assert client_for(person).get(page).status_code == 200, page


def test_students_and_outsiders_open_none(client_for, student, outsider, lab, taken):
    for page in [*addresses(lab, taken), url("staff_live", lab)]:
        assert client_for(student).get(page).status_code == 403, page
        assert client_for(outsider).get(page).status_code == 404, page


def test_only_an_instructor_releases_points(client_for, professor, assistant, lab, taken):
    assert client_for(assistant).post(url("release", lab)).status_code == 403
    assert "Release the points" not in text_of(client_for(assistant).get(url("progress", lab)))
    client_for(professor).post(url("release", lab))
    lab.refresh_from_db()
    assert lab.released_at is not None


def test_taking_points_back_says_what_students_see_then(client_for, professor, lab, taken):
    browser = client_for(professor)
    browser.post(url("release", lab))
    page = text_of(browser.get(url("progress", lab)))
    assert "Students see all points, marks by people and comments." in page
    answer = browser.post(url("release", lab), {"action": "take_back"}, follow=True)
    assert "Marks by people and comments stay with staff until released." in text_of(answer)


@pytest.mark.parametrize("page", ["student", "staff_submission", "staff_file", "staff_feedback"])
def test_what_is_not_there_answers_404(client_for, professor, outsider, lab, taken, page):
    rest = [] if page == "student" else [1]
    assert client_for(professor).get(url(page, lab, outsider.pk, *rest)).status_code == 404


def test_a_submission_of_another_lab_is_not_marked_here(client_for, professor, course, student, lab, taken):
    other = classroom.make_lab(course, slug="other")
    there = classroom.hand_in(other, student, marked=classroom.graded())
    assert client_for(professor).get(url("mark", lab, "why-diverge", there.pk)).status_code == 404
    assert client_for(professor).get(url("mark", lab, "no-such-question", taken.pk)).status_code == 404
    assert client_for(professor).get(url("mark", lab, "gradient-tests", taken.pk)).status_code == 404


# --- the class ------------------------------------------------------------------------------------------------


def test_the_class_shows_who_has_handed_in_and_who_has_not(client_for, professor, lab, taken, second_student):
    page = text_of(client_for(professor).get(url("progress", lab)))
    assert re.search(r"Student 2026001 waits for a person 10", page)
    assert re.search(r"Zoe Second 2026002 not handed in", page)
    assert "waiting for a person 1" in page


def test_students_are_found_by_name_and_by_number(client_for, professor, lab, both):
    browser = client_for(professor)
    for search in ("zoe", "2026002"):
        page = text_of(browser.get(url("progress", lab), {"q": search}))
        assert "Zoe Second" in page
        assert "Student 2026001" not in page
    assert "Nobody fits" in text_of(browser.get(url("progress", lab), {"q": "nobody"}))


def test_the_class_sorts_by_points_both_ways(client_for, professor, lab, both):
    browser = client_for(professor)
    most = text_of(browser.get(url("progress", lab), {"sort": "-points"}))
    least = text_of(browser.get(url("progress", lab), {"sort": "points"}))
    assert most.index("2026001") < most.index("2026002")
    assert least.index("2026001") > least.index("2026002")


def test_an_unknown_sort_or_filter_is_no_error(client_for, professor, lab, both):
    page = client_for(professor).get(url("progress", lab), {"sort": "-__class__", "only": "<x>", "q": "<script>"})
    assert page.status_code == 200
    assert "<script>" not in page.content.decode()


def test_flags_that_nobody_looked_at_stand_out_until_somebody_has(client_for, assistant, lab, student):
    flagged = classroom.hand_in(lab, student, marked=classroom.graded(flags=(classroom.TAMPERS,)))
    browser = client_for(assistant)
    page = url("staff_submission", lab, student.pk, flagged.attempt)
    assert "tampering" in text_of(browser.get(url("progress", lab), {"only": "look"}))
    assert "a test passed that cannot pass" in text_of(browser.get(page))
    browser.post(page, {"action": "flags_seen"})
    assert "Assistant looked at it" in text_of(browser.get(page))
    assert "Nobody fits" in text_of(browser.get(url("progress", lab), {"only": "look"}))


def test_a_script_asks_for_the_table_alone(client_for, professor, lab, both):
    answer = client_for(professor).get(url("progress", lab), **HTMX)
    assert b"<table" in answer.content
    assert b"<html" not in answer.content


def test_staff_read_why_nothing_is_being_marked(client_for, professor, lab, student):
    waiting = classroom.hand_in(lab, student)
    job = Job.objects.create(task="labs.mark_submission", error="Traceback\nRuntimeError: no bubblewrap here")
    waiting.grading = Grading.objects.create(submission=waiting, revision=lab.current, job_id=job.pk)
    waiting.save()
    page = text_of(client_for(professor).get(url("progress", lab)))
    assert "No worker is running" in page
    assert "failed and is tried again" in page
    assert "RuntimeError: no bubblewrap here" in page
    WorkerBeat.objects.create(name="one")
    assert "No worker is running" not in text_of(client_for(professor).get(url("progress", lab)))


def test_a_sandbox_that_does_not_hold_is_named_with_what_to_do(client_for, professor, lab, student):
    waiting = classroom.hand_in(lab, student)
    problem = {
        "code": "sandbox",
        "template": "The limit on memory does not hold.",
        "hint": "Install it.",
        "params": {},
    }
    waiting.grading = Grading.objects.create(submission=waiting, revision=lab.current, problem=problem)
    waiting.save()
    page = text_of(client_for(professor).get(url("progress", lab)))
    assert "1 submission cannot be marked yet." in page
    assert "The limit on memory does not hold." in page
    assert "Install it." in page


def test_points_come_as_a_table_for_a_spreadsheet(client_for, assistant, lab, taken):
    answer = client_for(assistant).get(url("export", lab))
    content = b"".join(answer.streaming_content).decode()
    assert answer["Content-Type"].startswith("text/csv")
    assert "student@example.com" in content


# --- questions ------------------------------------------------------------------------------------------------


def test_the_question_that_most_miss_stands_first(client_for, professor, lab, student, second_student):
    for user in (student, second_student):
        classroom.hand_in(lab, user, marked=classroom.graded(gradient="0", descent="6"))
    browser = client_for(professor)
    page = text_of(browser.get(url("questions", lab)))
    assert page.index("gradient-tests") < page.index("descent-tests")
    assert "Mean 0 of 4" in page
    by_order = text_of(browser.get(url("questions", lab), {"sort": "order"}))
    assert by_order.index("gradient-tests") < by_order.index("descent-tests")


def test_failing_checks_come_with_their_commonest_messages_hidden_ones_too(
    client_for, professor, lab, student, second_student
):
    for user in (student, second_student):
        classroom.hand_in(lab, user, marked=classroom.graded(gradient="2", message="AssertionError: odd shape"))
    page = text_of(client_for(professor).get(url("questions", lab)))
    assert "2 (100 %) Many columns at once hidden 2 × AssertionError: odd shape" in page


def test_the_picture_of_points_says_in_words_what_it_shows(client_for, professor, lab, both):
    page = client_for(professor).get(url("questions", lab)).content.decode()
    assert "<title>Points of 2 students, from 0 to 4; mean 3</title>" in page


# --- one submission -------------------------------------------------------------------------------------------


def test_staff_read_messages_of_hidden_tests(client_for, professor, lab, student):
    found = classroom.hand_in(lab, student, marked=classroom.graded(gradient="2"))
    page = text_of(client_for(professor).get(url("staff_submission", lab, student.pk, found.attempt)))
    assert "Many columns at once hidden Traceback" in page


def test_points_set_by_hand_stand_instead_of_the_tests_and_can_be_taken_away(client_for, assistant, lab, taken):
    browser = client_for(assistant)
    page = url("staff_submission", lab, taken.user_id, taken.attempt)
    values = {"action": "override", "question": "gradient-tests", "qgradient-tests-points": "1"}
    assert browser.post(page, values).status_code == 422  # no reason is given
    browser.post(
        page,
        {
            "action": "override",
            "question": "gradient-tests",
            "qgradient-tests-points": "2,5",
            "qgradient-tests-comment": "The test was right by chance.",
        },
    )
    assert services.points_of(taken).question("gradient-tests").points == Decimal("2.5")
    assert "the tests gave 4" in text_of(browser.get(page))
    browser.post(page, {"action": "remove_override", "question": "gradient-tests"})
    assert services.points_of(taken).question("gradient-tests").points == Decimal(4)


def test_points_beyond_the_question_are_refused_with_the_reason(client_for, assistant, lab, taken):
    page = url("staff_submission", lab, taken.user_id, taken.attempt)
    values = {"action": "override", "question": "gradient-tests", "qgradient-tests-points": "40"}
    answer = client_for(assistant).post(page, {**values, "qgradient-tests-comment": "x"}, follow=True)
    assert "from 0 to 4" in text_of(answer)
    assert not Mark.objects.exists()


def test_a_comment_on_the_whole_submission_is_kept(client_for, assistant, lab, taken):
    page = url("staff_submission", lab, taken.user_id, taken.attempt)
    answer = client_for(assistant).post(page, {"action": "comment", "text": "Well written. <b>x</b>"}, follow=True)
    assert "Well written. &lt;b&gt;x&lt;/b&gt;" in answer.content.decode()


def test_one_submission_is_marked_again(client_for, assistant, lab, taken):
    page = url("staff_submission", lab, taken.user_id, taken.attempt)
    client_for(assistant).post(page, {"action": "again"})
    assert taken.gradings.filter(state=GradingState.WAITING).count() == 1


def test_the_executed_notebook_comes_into_a_frame_that_runs_nothing(client_for, professor, lab, taken):
    browser = client_for(professor)
    page = browser.get(url("staff_submission", lab, taken.user_id, taken.attempt))
    assert b"sandbox" in page.content
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    document = browser.get(url("staff_feedback", lab, taken.user_id, taken.attempt))
    assert document["Content-Security-Policy"].startswith("sandbox;")
    assert document["X-Frame-Options"] == "SAMEORIGIN"


def test_the_file_comes_back_as_it_was_handed_in(client_for, professor, lab, taken):
    answer = client_for(professor).get(url("staff_file", lab, taken.user_id, taken.attempt))
    content = b"".join(answer.streaming_content)
    assert content == taken.file.open("rb").read()
    assert "attachment" in answer["Content-Disposition"]


# --- marking --------------------------------------------------------------------------------------------------


def test_the_queue_counts_what_is_done_of_each_question(client_for, assistant, lab, both):
    services.give_mark(submission=both[0], question="why-diverge", by=assistant, points=3)
    page = text_of(client_for(assistant).get(url("marking", lab)))
    assert "1 of 2" in page
    assert "0 of 2" in page


def test_marking_shows_no_name_while_it_is_anonymous(client_for, assistant, lab, taken):
    browser = client_for(assistant)
    pages = [url("mark", lab, "why-diverge", taken.pk), url("marking", lab) + "?question=why-diverge"]
    for page in pages:
        shown = browser.get(page).content.decode()
        assert "2026001" not in shown
        assert str(taken.user.email) not in shown
        assert f"/students/{taken.user_id}/" not in shown
        assert re.search(r"Student \d+", shown)
    lab.anonymous_marking = False
    lab.save()
    assert f"/students/{taken.user_id}/" in browser.get(pages[0]).content.decode()


def test_the_answer_the_question_and_the_teachers_answer_stand_on_the_page(client_for, assistant, lab, taken):
    page = text_of(client_for(assistant).get(url("mark", lab, "why-diverge", taken.pk)))
    assert "every step jumps over the minimum" in page
    assert "which quantity decides it" in page
    assert "The step overshoots" in page


def test_a_task_shows_its_mark_scheme_and_what_the_student_added(client_for, assistant, lab, taken):
    page = text_of(client_for(assistant).get(url("mark", lab, "own-trial", taken.pk)))
    assert "it is compared with what came before" in page
    assert "velocity" in page
    assert "Momentum, as in the lecture." in page
    assert "Write gradient(w, X, y)" not in page


def test_code_comes_with_what_it_printed(client_for, assistant, lab, taken):
    page = text_of(client_for(assistant).get(url("mark", lab, "plot-loss", taken.pk)))
    assert "plt . plot" in page.replace("plt.plot", "plt . plot")
    assert "loss 0.25" in page


def test_what_a_student_wrote_cannot_become_markup(client_for, assistant, lab, student):
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)> [x](javascript:alert(3))"
    notebook = classroom.student_notebook(why=hostile, plot=f"# {hostile}")
    found = classroom.hand_in(lab, student, notebook=notebook, marked=classroom.graded())
    for question in ("why-diverge", "plot-loss"):
        page = client_for(assistant).get(url("mark", lab, question, found.pk)).content.decode()
        answer = page[page.index('class="answer"') :]
        assert "<script>alert" not in answer
        assert "<img src=x" not in answer
        assert 'href="javascript' not in answer


def test_saving_goes_on_to_the_next_answer(client_for, assistant, lab, both):
    first = client_for(assistant)
    answer = first.post(url("mark", lab, "why-diverge", both[0].pk), {"points": "3,5", "comment": "Good."})
    assert answer["Location"] == url("mark", lab, "why-diverge", both[1].pk)
    mark = Mark.objects.get()
    assert (mark.points, mark.comment, mark.marked_by) == (Decimal("3.5"), "Good.", assistant)
    last = first.post(url("mark", lab, "why-diverge", both[1].pk), {"points": "1"})
    assert last["Location"] == url("marking", lab)


def test_a_script_gets_the_next_answer_and_a_form_that_marks_that_one(client_for, assistant, lab, both):
    answer = client_for(assistant).post(url("mark", lab, "why-diverge", both[0].pk), {"points": "3"}, **HTMX)
    following = url("mark", lab, "why-diverge", both[1].pk)
    assert answer["HX-Push-Url"] == following
    assert f'hx-post="{following}"' in answer.content.decode()
    assert url("mark", lab, "why-diverge", both[0].pk) + '" hx-post' not in answer.content.decode()
    done = client_for(assistant).post(following, {"points": "3"}, **HTMX)
    assert done["HX-Redirect"] == url("marking", lab)


def test_an_enter_by_mistake_gives_no_mark(client_for, assistant, lab, taken):
    item(lab)
    answer = client_for(assistant).post(url("mark", lab, "why-diverge", taken.pk), {})
    assert answer.status_code == 422
    assert not Mark.objects.exists()


def test_where_items_only_take_off_nothing_ticked_is_full_points(client_for, assistant, lab, taken):
    item(lab, points="-1")
    client_for(assistant).post(url("mark", lab, "why-diverge", taken.pk), {})
    assert services.points_of(taken).question("why-diverge").points == Decimal(5)


def test_nobodys_mark_is_overwritten_unseen(client_for, professor, assistant, lab, taken):
    page = url("mark", lab, "why-diverge", taken.pk)
    client_for(professor).post(page, {"points": "2", "seen": ""})
    answer = client_for(assistant).post(page, {"points": "5", "seen": ""})
    assert answer.status_code == 422
    assert "Professor marked this answer meanwhile." in text_of(answer)
    assert Mark.objects.get().points == 2
    seen = re.search(r'name="seen" value="([^"]+)"', answer.content.decode()).group(1)
    client_for(assistant).post(page, {"points": "5", "seen": seen})
    assert Mark.objects.get().points == 5


def test_a_mark_that_was_taken_away_meanwhile_is_not_written_unseen(client_for, professor, assistant, lab, taken):
    page = url("mark", lab, "why-diverge", taken.pk)
    mark = services.give_mark(submission=taken, question="why-diverge", by=professor, points=2)
    client_for(professor).post(page, {"action": "remove"})
    answer = client_for(assistant).post(page, {"points": "5", "seen": services.stamp_of(mark)})
    assert "Somebody took this mark away meanwhile." in text_of(answer)
    assert not Mark.objects.exists()


def places(n: int, done: set[int] = frozenset()) -> QueueQuestion:
    rows = tuple(QueuePlace(Submission(pk=pk), f"#{pk}", Decimal(1) if pk in done else None) for pk in range(n))
    return QueueQuestion("q", "Q", "manual", Decimal(5), rows)


def test_two_people_who_mark_at_once_begin_at_different_answers():
    queue = places(9)
    begins = [start(queue, Turn(index, 3)).submission.pk for index in range(3)]
    assert begins == [0, 3, 6]


def test_who_reaches_the_end_goes_on_at_the_beginning_past_what_is_marked():
    queue = places(4, done={0, 3})
    assert around(queue, Submission(pk=3)).following.submission.pk == 1
    assert around(queue, Submission(pk=2)).following.submission.pk == 1
    assert around(places(4, done={0, 1, 3}), Submission(pk=2)).following is None


def test_the_keys_and_the_script_are_on_the_page(client_for, assistant, lab, taken):
    item(lab)
    page = client_for(assistant).get(url("mark", lab, "why-diverge", taken.pk)).content.decode()
    assert "labs/marking.js" in page
    for hook in ("data-mark-points", "data-mark-comment", "data-mark-next", 'data-rubric-item="1"', "marking-keys"):
        assert hook in page


def test_an_answer_left_as_it_was_is_not_in_the_queue_but_can_be_marked(client_for, assistant, lab, student):
    found = classroom.hand_in(lab, student, marked=classroom.graded(why=Status.UNCHANGED))
    browser = client_for(assistant)
    assert "0 of 0" in text_of(browser.get(url("marking", lab)))
    page = url("mark", lab, "why-diverge", found.pk)
    assert "0 points unless you give some" in text_of(browser.get(page))
    browser.post(page, {"points": "1"})
    assert services.points_of(found).question("why-diverge").points == 1


# --- the rubric -----------------------------------------------------------------------------------------------


def test_changing_an_item_changes_every_mark_that_bears_it_and_says_how_many(client_for, assistant, lab, both):
    one = item(lab)
    for submission in both:
        services.give_mark(submission=submission, question="why-diverge", by=assistant, items=[one])
    browser = client_for(assistant)
    page = url("rubric", lab, "why-diverge")
    assert "2 marks bear it" in browser.get(page).content.decode()
    answer = browser.post(
        page, {"action": "change", "item": one.pk, "text": one.text, "points": "1,5"}, follow=True
    )
    assert "2 marks changed with it." in text_of(answer)
    assert {services.points_of(each).question("why-diverge").points for each in both} == {Decimal("1.5")}


def test_items_are_added_and_removed(client_for, assistant, lab, taken):
    browser, page = client_for(assistant), url("rubric", lab, "why-diverge")
    browser.post(page, {"action": "add", "text": "Clear", "points": "\N{MINUS SIGN}1"})
    one = RubricItem.objects.get()
    assert (one.text, one.points) == ("Clear", -1)
    browser.post(page, {"action": "remove", "item": one.pk})
    assert not RubricItem.objects.exists()


def test_a_wrong_item_is_told_and_what_was_typed_stays(client_for, assistant, lab, taken):
    answer = client_for(assistant).post(
        url("rubric", lab, "why-diverge"), {"action": "add", "text": "Clear words", "points": "many"}
    )
    assert answer.status_code == 422
    assert 'value="Clear words"' in answer.content.decode()
    assert not RubricItem.objects.exists()


def test_an_item_added_while_marking_leaves_the_ticked_boxes_ticked(client_for, assistant, lab, taken):
    one = item(lab)
    values = {"action": "add", "text": "Clear", "points": "1", "back": taken.pk, "items": [one.pk]}
    content = client_for(assistant).post(url("rubric", lab, "why-diverge"), values, **HTMX).content.decode()
    assert 'hx-swap-oob="innerHTML"' in content
    assert re.search(rf'name="items" value="{one.pk}" checked', content)
    assert content.count('name="items"') == 2


# --- marking again --------------------------------------------------------------------------------------------


def test_a_regrade_of_some_runs_those_alone(client_for, assistant, lab, both):
    page = url("regrade", lab)
    browser = client_for(assistant)
    none = browser.post(page, {"revision": lab.current_id, "which": "some"})
    assert none.status_code == 422
    answer = browser.post(page, {"revision": lab.current_id, "which": "some", "submissions": [both[1].pk]})
    regrade = Regrade.objects.get()
    assert answer["Location"] == url("regrade_preview", lab, regrade.pk)
    assert [grading.submission for grading in regrade.gradings.all()] == [both[1]]


def test_the_preview_says_whose_points_change_before_any_does(client_for, assistant, lab, both):
    mended = classroom.add_revision(lab, note="Mended the test")
    regrade = Regrade.objects.create(lab=lab, revision=mended, state=RegradeState.READY, made_by=assistant)
    for submission, gradient in zip(both, ("4", "4"), strict=True):
        content = submission.file.open("rb").read()
        classroom.record(submission, classroom.graded(gradient=gradient), content, revision=mended, regrade=regrade)
    browser = client_for(assistant)
    page = text_of(browser.get(url("regrade_preview", lab, regrade.pk)))
    assert "More points ▲ 1" in page
    assert "Zoe Second 8 10 ▲ +2 The gradient 2 → 4" in page
    assert "1 student whose points stay" in page
    assert services.points_of(both[1]).total == 8
    browser.post(url("regrade_preview", lab, regrade.pk), {"action": "apply"})
    both[1].refresh_from_db()
    assert services.points_of(both[1]).total == 10


def test_a_cancelled_regrade_changes_nothing(client_for, assistant, lab, both):
    regrade = services.start_regrade(lab=lab, by=assistant)
    answer = client_for(assistant).post(url("regrade_preview", lab, regrade.pk), {"action": "cancel"}, follow=True)
    assert "nobody's points changed" in text_of(answer).replace("&#x27;", "'")
    regrade.refresh_from_db()
    assert regrade.state == RegradeState.CANCELLED


def test_a_second_regrade_is_refused_while_one_is_undecided(client_for, assistant, lab, both):
    services.start_regrade(lab=lab, by=assistant)
    answer = client_for(assistant).post(url("regrade", lab), {"revision": lab.current_id, "which": "all"})
    assert answer.status_code == 422
    assert Regrade.objects.count() == 1


# --- similarity -----------------------------------------------------------------------------------------------


@pytest.fixture
def alike(lab, course, professor) -> SimilarityReport:
    """A report over a class in which two worked together."""
    students = classroom.add_students(course, 14)
    classroom.fill_class(lab, students)
    report = SimilarityReport.objects.create(lab=lab, made_by=professor)
    result, n = services.compare(report)
    services.record_similarity(report=report, result=result, n_submissions=n, still_mine=lambda: True)
    report.refresh_from_db()
    return report


def test_comparing_is_asked_for_and_listed(client_for, assistant, lab, taken):
    browser = client_for(assistant)
    assert "Not compared yet" in text_of(browser.get(url("similarity", lab)))
    browser.post(url("similarity", lab))
    assert "being compared" in text_of(browser.get(url("similarity", lab)))


def test_a_pair_stands_side_by_side_with_its_passages_numbered_on_both_sides(client_for, assistant, lab, alike):
    (found,) = services.pairs_of(alike)
    browser = client_for(assistant)
    listed = browser.get(url("similarity", lab))
    assert "Similar is not copied" in text_of(listed)
    page = url("similarity_pair", lab, alike.pk, found.a.pk, found.b.pk)
    assert page in listed.content.decode()
    shown = browser.get(page).content.decode()
    for number in range(1, len(alike.result["pairs"][0]["regions"]) + 1):
        assert f'id="a-{number}" href="#b-{number}"' in shown
        assert f'id="b-{number}" href="#a-{number}"' in shown
    assert "is-given" in shown
    assert "trial" in shown


def test_a_pair_that_is_in_no_report_answers_404(client_for, assistant, lab, alike):
    found = services.pairs_of(alike)[0]
    other = lab.submissions.exclude(pk__in=[found.a.pk, found.b.pk]).first()
    browser = client_for(assistant)
    assert browser.get(url("similarity_pair", lab, alike.pk, found.a.pk, other.pk)).status_code == 404
    assert browser.get(url("similarity_pair", lab, alike.pk + 1, found.a.pk, found.b.pk)).status_code == 404


# --- a whole class --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["progress", "questions", "marking", "regrade", "similarity"])
def test_a_page_asks_the_database_no_more_often_for_ninety_than_for_ten(client_for, professor, course, lab, name):
    browser = client_for(professor)
    page = url(name, lab) + ("?question=why-diverge" if name == "marking" else "")
    students = classroom.add_students(course, 90)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(page).status_code == 200
        return len(queries)

    first = classroom.fill_class(lab, students[:10])[0]
    Mark.objects.create(submission=first, question="why-diverge", points=3, marked_by=professor)
    count()  # what is read once and kept
    ten = count()
    classroom.fill_class(lab, students[10:])
    for submission in lab.submissions.filter(grading__isnull=False, marks__isnull=True)[:40]:
        Mark.objects.create(submission=submission, question="why-diverge", points=3, marked_by=professor)
    assert count() == ten


def test_every_page_says_its_words_in_korean(client_for, professor, lab, both):
    browser = client_for(professor)
    browser.cookies["django_language"] = "ko"
    page = text_of(browser.get(url("progress", lab)))
    assert "문항" in page or "학생" in page
    assert "Find a student" not in page


def test_every_state_of_a_standing_has_its_words():
    assert set(staff.STATES) == set(staff.StandingState)


# --- before anything is there ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["progress", "questions", "marking", "regrade", "similarity", "export"])
def test_pages_of_a_lab_without_revision_and_class_are_empty_not_broken(client_for, professor, course, name):
    lab = Lab.objects.create(course=course, slug="draft", title="Draft", due_at=timezone.now())
    assert client_for(professor).get(url(name, lab)).status_code == 200


def test_students_do_not_learn_that_an_unpublished_lab_is_there(client_for, student, lab):
    Lab.objects.update(state=LabState.READY)
    assert client_for(student).get(url("progress", lab)).status_code == 404


def test_a_submission_that_could_not_be_marked_says_why(client_for, professor, lab, student):
    found = classroom.hand_in(lab, student, state=SubmissionState.REFUSED)
    problem = {"code": "not_a_notebook", "template": "This is no notebook.", "hint": "Save it again.", "params": {}}
    found.grading = Grading.objects.create(
        submission=found, revision=lab.current, state=GradingState.FAILED, problem=problem
    )
    found.save()
    browser = client_for(professor)
    page = text_of(browser.get(url("staff_submission", lab, student.pk, found.attempt)))
    assert "It could not be marked; it cost no attempt." in page
    assert "This is no notebook." in page
    assert "Save it again." in page
    assert "latest could not be marked" in text_of(browser.get(url("progress", lab), {"only": "refused"}))
