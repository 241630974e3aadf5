"""What counts for a student and a class, what a student sees of it, and in how many queries."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.site import world

from seodang.site.courses.models import Enrollment, Role
from seodang.site.labs import services
from seodang.site.labs.models import Lab, Submission
from seodang.site.labs.services import StandingState

pytestmark = pytest.mark.django_db
D = Decimal


def change(lab, **fields):
    Lab.objects.filter(pk=lab.pk).update(**fields)
    return Lab.objects.select_related("course", "current").get(pk=lab.pk)


@pytest.fixture
def marked(lab, student) -> Submission:
    return world.mark(world.hand_in(lab, student))


def seen(lab, submission):
    return services.seen_by_student(services.points_of(submission), lab)


# --- one submission -------------------------------------------------------------------------------------------


def test_a_waiting_submission_has_its_questions_and_no_points(lab, student):
    found = services.points_of(world.hand_in(lab, student))
    assert [question.id for question in found.questions] == ["test_double", "why", "own"]
    assert all(question.points is None for question in found.questions)
    assert (found.marked, found.complete, found.total, found.max_points) == (False, False, D(0), D(9))


def test_tests_and_people_add_up(lab, marked, assistant):
    found = services.points_of(marked)
    assert (found.raw, found.total, found.max_points) == (D(4), D(4), D(9))
    assert (found.complete, found.n_waiting) == (False, 2)
    services.give_mark(submission=marked, question="why", by=assistant, points="2.5")
    services.give_mark(submission=marked, question="own", by=assistant, points=0)
    found = services.points_of(marked)
    assert (found.raw, found.complete, found.n_waiting) == (D("6.5"), True, 0)
    assert [question.status for question in found.questions] == ["passed", "partial", "failed"]


def test_lateness_takes_its_percentage_off_what_was_earned(lab, student):
    lab = change(lab, due_at=timezone.now() - timedelta(days=1, hours=1), late_percent=10)
    found = services.points_of(world.mark(world.hand_in(lab, student)))
    assert (found.late_days, found.raw, found.penalty, found.total) == (2, D(4), D("0.8"), D("3.2"))


def test_a_longer_grace_period_or_an_extension_mends_lateness_at_once(lab, student, assistant):
    lab = change(lab, due_at=timezone.now() - timedelta(hours=1))
    submission = world.mark(world.hand_in(lab, student))
    assert services.points_of(submission).late_days == 1
    services.set_extension(lab=lab, user=student, by=assistant, days=1)
    assert services.points_of(submission).late_days == 0
    services.remove_extension(lab=lab, user=student, by=assistant)
    submission.lab = change(lab, grace_minutes=90)
    assert services.points_of(submission).penalty == 0


def test_a_persons_points_stand_instead_of_the_tests(lab, marked, assistant):
    services.give_mark(submission=marked, question="test_double", by=assistant, points=1, comment="by luck")
    question = services.points_of(marked).question("test_double")
    assert (question.points, question.auto_points, question.is_overridden) == (D(1), D(4), True)
    services.remove_mark(submission=marked, question="test_double", by=assistant)
    assert services.points_of(marked).question("test_double").points == D(4)


def test_a_comment_alone_leaves_the_points_of_the_tests(lab, marked, assistant):
    services.give_mark(submission=marked, question="test_double", by=assistant, comment="well done")
    question = services.points_of(marked).question("test_double")
    assert (question.points, question.comment, question.is_overridden) == (D(4), "well done", False)


# --- a student ------------------------------------------------------------------------------------------------


def test_states_of_a_student(lab, student, assistant):
    def state():
        return services.standing_of(lab=lab, user=student).state

    assert state() == StandingState.NOTHING
    submission = world.hand_in(lab, student)
    assert state() == StandingState.WAITING
    world.mark(submission)
    assert state() == StandingState.BY_HAND
    for question in ("why", "own"):
        services.give_mark(submission=submission, question=question, by=assistant, points=1)
    assert state() == StandingState.MARKED
    Submission.objects.all().delete()
    assert services.standing_of(lab=lab, user=student).submission is None
    lab = change(lab, due_at=timezone.now() - timedelta(days=30), opens_at=timezone.now() - timedelta(days=40))
    assert services.standing_of(lab=lab, user=student).state == StandingState.MISSING


def test_the_latest_counts_or_the_best_as_the_lab_says(lab, student):
    best = world.mark(world.hand_in(lab, student, world.answered(why="1")), world.graded("4"))
    latest = world.mark(world.hand_in(lab, student, world.answered(why="2")), world.graded("1"))
    assert services.standing_of(lab=lab, user=student).submission == latest
    lab = change(lab, counting="best")
    found = services.standing_of(lab=lab, user=student)
    assert (found.submission, found.latest, found.n_attempts) == (best, latest, 2)


def test_a_late_better_one_may_count_less_than_an_early_one(lab, student):
    lab = change(lab, counting="best", late_percent=50)
    early = world.mark(
        world.hand_in(lab, student, world.answered(why="1"), received_at=lab.due_at - timedelta(hours=1)),
        world.graded("3"),
    )
    late = world.mark(
        world.hand_in(lab, student, world.answered(why="2"), received_at=lab.due_at + timedelta(hours=1)),
        world.graded("4"),
    )
    assert services.points_of(late).total == D(2)
    assert services.standing_of(lab=lab, user=student).submission == early


def test_one_that_could_not_be_marked_leaves_the_earlier_one_standing(lab, student):
    first = world.mark(world.hand_in(lab, student))
    second = world.hand_in(lab, student, world.answered(why="Broken"))
    problem = {"code": "broken", "template": "It broke.", "hint": "", "params": {}}
    world.mark(second, world.graded(problem=problem))
    assert second.state == "refused"
    found = services.standing_of(lab=lab, user=student)
    assert (found.submission, found.latest, found.n_attempts) == (first, second, 1)
    assert [one.submission.attempt for one in services.attempts_of(lab=lab, user=student)] == [2, 1]


# --- what students see ----------------------------------------------------------------------------------------


def test_marks_by_people_and_comments_wait_for_the_release(lab, marked, assistant, professor):
    services.give_mark(submission=marked, question="why", by=assistant, points=2, comment="nearly")
    services.give_mark(submission=marked, question="test_double", by=assistant, points=0, comment="copied")
    services.add_comment(submission=marked, by=assistant, text="See me.")
    found = seen(lab, marked)
    assert [question.points for question in found.questions] == [D(4), None, None]
    assert [question.status for question in found.questions] == ["passed", "waiting", "waiting"]
    assert not any(question.comment or question.mark or question.items for question in found.questions)
    assert (found.raw, found.complete) == (D(4), False)
    assert services.comments_for_student(marked) == []
    services.release_points(lab=lab, by=professor)
    lab.refresh_from_db()
    marked.lab = lab
    found = seen(lab, marked)
    assert [question.points for question in found.questions] == [D(0), D(2), None]
    assert [question.comment for question in found.questions] == ["copied", "nearly", ""]
    assert [one.text for one in services.comments_for_student(marked)] == ["See me."]
    services.take_back(lab=lab, by=professor)
    lab.refresh_from_db()
    assert seen(lab, marked).questions[1].points is None


def test_a_mark_does_not_show_in_the_standing_before_the_release(lab, marked, student, assistant):
    for question in ("why", "own"):
        services.give_mark(submission=marked, question=question, by=assistant, points=1)
    standing = services.standing_of(lab=lab, user=student)
    assert standing.state == StandingState.MARKED
    found = services.standing_seen_by_student(standing, lab)
    assert (found.state, found.points.raw) == (StandingState.BY_HAND, D(4))


def test_no_points_show_before_the_release_where_the_lab_says_so(lab, student, professor):
    lab = change(lab, points_shown="released")
    submission = world.mark(world.hand_in(lab, student), world.graded("1"))
    found = seen(lab, submission)
    assert found.hidden
    assert (found.raw, found.total) == (D(0), D(0))
    assert {question.status for question in found.questions} == {"hidden"}
    assert all(question.points is None and question.auto_points is None for question in found.questions)
    visible, hidden = found.questions[0].checks
    assert visible.passed is True
    assert hidden.passed is None
    services.release_points(lab=lab, by=professor)
    lab.refresh_from_db()
    assert seen(lab, submission).raw == D(1)


@pytest.mark.parametrize(
    ("shown", "passed", "told"), [("title", None, False), ("result", False, False), ("message", False, True)]
)
def test_of_hidden_tests_students_see_what_the_lab_shows(lab, student, shown, passed, told):
    lab = change(lab, hidden_tests_shown=shown)
    submission = world.mark(world.hand_in(lab, student), world.graded("1"))
    visible, hidden = seen(lab, submission).questions[0].checks
    assert (hidden.title, hidden.passed, world.HIDDEN in hidden.message) == ("negative numbers", passed, told)
    assert visible.staff_message == hidden.staff_message == ""
    assert world.HIDDEN in services.points_of(submission).questions[0].checks[1].staff_message


def test_students_are_told_of_restored_cells_and_not_of_suspicions(lab):
    from seodang.grade.results import Flag, Severity

    flags = [Flag("restored", Severity.INFO, "restored"), Flag("ctypes", Severity.LOOK, "ctypes")]
    assert [flag.code for flag in services.flags_for_student(flags)] == ["restored"]


# --- a class --------------------------------------------------------------------------------------------------


def test_progress_counts_each_student_once(lab, student, add_student, assistant):
    world.mark(world.hand_in(lab, student))
    waiting = add_student("Waiting")
    world.hand_in(lab, waiting)
    add_student("Missing")
    late = add_student("Late")
    submission = world.mark(world.hand_in(lab, late, received_at=lab.due_at + timedelta(hours=1)))
    for question in ("why", "own"):
        services.give_mark(submission=submission, question=question, by=assistant, points=1)
    found = services.class_progress(lab)
    assert [row.user.name for row in found.rows] == ["Late", "Missing", "Student", "Waiting"]
    counts = found.counts
    assert (counts.enrolled, counts.handed_in, counts.marked, counts.waiting) == (4, 3, 1, 1)
    assert (counts.by_hand, counts.missing, counts.late, counts.flagged) == (1, 1, 1, 0)


def test_flagged_submissions_count_until_somebody_has_looked(lab, student, assistant):
    from seodang.grade.results import Flag, Severity

    flags = [Flag("a", Severity.INFO, "a"), Flag("b", Severity.TAMPERING, "b"), Flag("c", Severity.LOOK, "c")]
    submission = world.mark(world.hand_in(lab, student), world.graded(flags=flags))
    assert submission.grading.flag_level == "tampering"
    assert services.class_progress(lab).counts.flagged == 1
    services.flags_seen(submission=submission, by=assistant)
    assert services.class_progress(lab).counts.flagged == 0


def test_statistics_of_questions_and_the_most_missed(lab, add_student):
    for number, points in enumerate(["4", "4", "0", "2"]):
        world.mark(world.hand_in(lab, add_student(f"S{number}")), world.graded(points, why="unchanged"))
    tests, why, own = services.question_statistics(lab)
    assert (tests.n, tests.mean, tests.median, tests.full, tests.zero) == (4, D("2.5"), D(3), 2, 1)
    assert sum(tests.histogram) == 4
    assert tests.missed == pytest.approx(0.375)
    assert tests.failed_checks == (("negative numbers", 2),)
    assert (why.n, why.zero, own.n, own.n_waiting) == (4, 4, 0, 4)
    assert [one.id for one in services.most_missed([tests, why, own])] == ["why", "test_double"]


def grow(lab, make_user, course, n):
    for number in range(n):
        user = make_user(f"Student {number} of {n}")
        Enrollment.objects.create(course=course, user=user, role=Role.STUDENT)
        world.mark(world.hand_in(lab, user))


def test_a_class_is_read_in_the_same_number_of_queries_whatever_its_size(lab, make_user, course, assistant):
    def queries(make) -> int:
        fresh = Lab.objects.select_related("course", "current").get(pk=lab.pk)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            make(fresh)
        return len(caught)

    reads = [
        services.class_progress,
        services.question_statistics,
        lambda one: services.queue(lab=one),
        lambda one: list(services.export_rows(lab=one)),
    ]
    grow(lab, make_user, course, 2)
    services.add_item(lab=lab, question="why", by=assistant, text="No reason", points=-1)
    few = [queries(read) for read in reads]
    grow(lab, make_user, course, 7)
    assert [queries(read) for read in reads] == few
    assert max(few) <= 12


# --- which attempt counts, as students may know it -------------------------------------------------------------


@pytest.fixture
def two_attempts(lab, student):
    """The first is the better one."""
    lab = change(lab, counting="best", points_shown="released")
    better = world.mark(world.hand_in(lab, student))
    worse = world.mark(world.hand_in(lab, student, world.answered("x * 3")), world.graded("1"))
    return lab, better, worse


def seen_by(user, lab):
    return [services.seen_by_student(one, lab) for one in services.attempts_of(lab=lab, user=user)]


def test_while_points_are_hidden_nobody_learns_which_attempt_was_better(two_attempts, student, professor):
    lab, better, _worse = two_attempts
    assert services.counting_of(seen_by(student, lab), lab) is None
    assert services.standing_of(lab=lab, user=student).submission == better
    services.release_points(lab=lab, by=professor)
    lab = Lab.objects.select_related("course", "current").get(pk=lab.pk)
    assert services.counting_of(seen_by(student, lab), lab) == better


def test_that_the_latest_counts_is_no_secret(two_attempts, student):
    _lab, _better, worse = two_attempts
    lab = change(worse.lab, counting="latest")
    assert services.counting_of(seen_by(student, lab), lab) == worse


def test_marks_that_are_not_released_do_not_show_in_which_attempt_counts(lab, student, assistant):
    lab = change(lab, counting="best")
    first = world.mark(world.hand_in(lab, student))
    second = world.mark(world.hand_in(lab, student, world.answered("x * 3")))
    services.give_mark(submission=first, question="why", by=assistant, points=3)
    assert services.standing_of(lab=lab, user=student).submission == first
    assert services.counting_of(seen_by(student, lab), lab) == second
