"""What counts: the points of a submission, of a student, of a class. Nothing here is stored; it is computed when
asked.

Points of a question come from its tests, unless a person's mark gives points: then from the mark. What a submission
earned, less what lateness takes off, is its total. Which submission counts is the lab's rule (latest or best).

A class of ninety is read in a fixed number of queries (`Ledger`), whatever it has handed in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch

from seodang.site.courses.models import Enrollment, Role
from seodang.site.labs.models import (
    Counting,
    Grading,
    GradingState,
    HiddenTestsShown,
    Lab,
    LabExtension,
    Mark,
    MarkSource,
    PointsShown,
    RubricItem,
    Submission,
    SubmissionState,
)
from seodang.site.labs.services import arithmetic
from seodang.site.labs.services.late import Deadline, deadline_of, late_days

if TYPE_CHECKING:
    from seodang.grade.results import Check, Flag

ZERO = Decimal(0)
WAITING = "waiting"  # grade.results.Status.WAITING, without loading the toolkit
BY_HAND = ("manual", "task")  # grade.results.Kind
HISTOGRAM_BINS = 10


@dataclass(frozen=True)
class ItemGiven:
    """One rubric item that a mark bears."""

    id: int
    text: str
    points: Decimal


@dataclass(frozen=True)
class QuestionPoints:
    """One question of one submission.

    kind: grade.results.Kind. status: grade.results.Status, or "unmarked" where the submission is not marked yet.
    auto_points, auto_status: what the tests gave; None for a question that a person marks, and before marking.
    points: what counts; None while a person has yet to mark it.
    mark: the person's, with `.source` (carried over or not) and `.marked_by`; for staff.
    comment, items: of the mark.
    """

    id: str
    title: str
    kind: str
    max_points: Decimal
    auto_points: Decimal | None = None
    auto_status: str = "unmarked"
    points: Decimal | None = None
    status: str = "unmarked"
    mark: Mark | None = None
    checks: tuple[Check, ...] = ()
    answer_ids: tuple[str, ...] = ()
    comment: str = ""
    items: tuple[ItemGiven, ...] = ()
    seconds: float = 0.0

    @property
    def by_hand(self) -> bool:
        return self.kind in BY_HAND

    @property
    def waits(self) -> bool:
        """A person has yet to mark it."""
        return self.status == WAITING and self.points is None

    @property
    def is_overridden(self) -> bool:
        """A person's points stand instead of the tests'."""
        return not self.by_hand and self.mark is not None and self.points != self.auto_points

    @property
    def is_carried(self) -> bool:
        return self.mark is not None and self.mark.source == MarkSource.CARRIED


@dataclass(frozen=True)
class SubmissionPoints:
    """One submission. `raw` is what it earned so far, `penalty` what lateness takes off, `total` the rest.

    complete: every question has its points. marked: the autograder is done. hidden: points are kept from this
        reader (`seen_by_student`), and `raw`, `penalty`, `total` are 0.
    """

    submission: Submission
    questions: tuple[QuestionPoints, ...]
    raw: Decimal
    late_days: int
    late_percent: int
    penalty: Decimal
    total: Decimal
    max_points: Decimal
    complete: bool
    marked: bool
    hidden: bool = False

    def question(self, id: str) -> QuestionPoints | None:
        return next((one for one in self.questions if one.id == id), None)

    @property
    def n_waiting(self) -> int:
        """Questions that wait for a person."""
        return sum(question.waits for question in self.questions)


class StandingState(StrEnum):
    NOTHING = "nothing"  # not handed in, still time
    MISSING = "missing"  # not handed in, and closed
    WAITING = "waiting"  # handed in, waits for the autograder or is in it
    BY_HAND = "by_hand"  # marked by the autograder; a person has yet to mark some questions
    MARKED = "marked"


@dataclass(frozen=True)
class Standing:
    """Where one student stands in a lab. `submission` is the one that counts; `points` are None without one.

    latest: the last one handed in, whatever became of it. n_attempts: those that cost an attempt.
    """

    user: Any
    submission: Submission | None
    points: SubmissionPoints | None
    n_attempts: int
    state: StandingState
    deadline: Deadline
    latest: Submission | None = None
    student_number: str = ""
    flag_level: str = ""

    @property
    def late_days(self) -> int:
        return self.points.late_days if self.points else 0


@dataclass(frozen=True)
class ClassCounts:
    enrolled: int = 0
    handed_in: int = 0
    marked: int = 0  # everything has its points
    waiting: int = 0  # for the autograder
    by_hand: int = 0  # for a person
    missing: int = 0  # nothing handed in
    late: int = 0
    flagged: int = 0  # a person should look, and has not


@dataclass(frozen=True)
class ClassProgress:
    """One row for each enrolled student, by name; who left the course is not among them."""

    rows: tuple[Standing, ...]
    counts: ClassCounts
    max_points: Decimal


@dataclass(frozen=True)
class QuestionStatistics:
    """How a class did on one question, over the submissions that count and have points there.

    histogram: number of submissions in each tenth of 0 … max_points. missed: share of the points that was not
        earned.
    """

    id: str
    title: str
    kind: str
    max_points: Decimal
    n: int
    n_waiting: int
    mean: Decimal | None
    median: Decimal | None
    full: int
    zero: int
    histogram: tuple[int, ...]
    missed: float | None
    failed_checks: tuple[tuple[str, int], ...] = field(default=())

    @property
    def mean_share(self) -> float | None:
        return None if self.missed is None else 1 - self.missed


# --- one submission -------------------------------------------------------------------------------------------


def points_of(submission: Submission) -> SubmissionPoints:
    """The points of one submission with its checks, as staff see them."""
    return Ledger(submission.lab, users=[submission.user_id], whole=True).points(submission)


def standing_of(*, lab: Lab, user) -> Standing:
    """Where a student stands, with checks, as staff see it; for the student `seen_by_student` comes after."""
    return Ledger(lab, users=[user.pk], whole=True).standing(user)


def attempts_of(*, lab: Lab, user) -> tuple[SubmissionPoints, ...]:
    """Every attempt of a student, newest first, refused ones included."""
    ledger = Ledger(lab, users=[user.pk], whole=True)
    return tuple(ledger.points(one) for one in reversed(ledger.submissions[user.pk]))


# --- a class --------------------------------------------------------------------------------------------------


def class_progress(lab: Lab) -> ClassProgress:
    rows = class_standings(lab)
    return ClassProgress(tuple(rows), _counts(rows), lab.current.max_points if lab.current else ZERO)


def class_standings(lab: Lab, *, whole: bool = False) -> list[Standing]:
    """The standing of each enrolled student, by name. `whole` reads the checks, too."""
    students = list(
        Enrollment.objects.filter(course_id=lab.course_id, role=Role.STUDENT)
        .select_related("user")
        .order_by("user__name", "pk")
    )
    ledger = Ledger(lab, users=[student.user_id for student in students], whole=whole)
    return [replace(ledger.standing(one.user), student_number=one.student_number) for one in students]


def _counts(rows: Sequence[Standing]) -> ClassCounts:
    states = [row.state for row in rows]
    return ClassCounts(
        enrolled=len(rows),
        handed_in=sum(row.submission is not None for row in rows),
        marked=states.count(StandingState.MARKED),
        waiting=states.count(StandingState.WAITING),
        by_hand=states.count(StandingState.BY_HAND),
        missing=states.count(StandingState.NOTHING) + states.count(StandingState.MISSING),
        late=sum(row.late_days > 0 for row in rows),
        flagged=sum(
            row.flag_level in {"look", "tampering"} and not (row.submission and row.submission.flags_seen_at)
            for row in rows
        ),
    )


def question_statistics(lab: Lab, *, standings: Sequence[Standing] | None = None) -> tuple[QuestionStatistics, ...]:
    """Each question of the current revision, in its order, over the submissions that count.

    Args:
        standings: whole ones, where they were read already.
    """
    read = class_standings(lab, whole=True) if standings is None else standings
    standings = [row for row in read if row.points and row.points.marked]
    return tuple(_statistics(asked, standings) for asked in (lab.current.questions if lab.current else ()))


def most_missed(statistics: Iterable[QuestionStatistics]) -> list[QuestionStatistics]:
    """Those of which the class earned the least, the worst first."""
    return sorted((one for one in statistics if one.missed), key=lambda one: -(one.missed or 0))


def _statistics(asked: Mapping[str, Any], standings: Sequence[Standing]) -> QuestionStatistics:
    found = [one for row in standings if row.points and (one := row.points.question(asked["id"])) is not None]
    most = Decimal(str(asked["max_points"]))
    earned = [one.points for one in found if one.points is not None]
    mean = arithmetic.rounded(sum(earned, ZERO) / len(earned)) if earned else None
    failed: dict[str, int] = defaultdict(int)
    for one in found:
        for number, check in enumerate(one.checks, start=1):
            if check.passed is False:
                failed[check.title or f"#{number}"] += 1
    return QuestionStatistics(
        id=asked["id"],
        title=asked["title"],
        kind=asked["kind"],
        max_points=most,
        n=len(earned),
        n_waiting=sum(one.waits for one in found),
        mean=mean,
        median=arithmetic.median(earned) if earned else None,
        full=sum(points >= most for points in earned),
        zero=sum(points == 0 for points in earned),
        histogram=tuple(arithmetic.histogram(earned, most, HISTOGRAM_BINS)),
        missed=float(1 - mean / most) if mean is not None and most else None,
        failed_checks=tuple(sorted(failed.items(), key=lambda pair: -pair[1])),
    )


# --- what students see ----------------------------------------------------------------------------------------


def seen_by_student(points: SubmissionPoints, lab: Lab) -> SubmissionPoints:
    """The same with what a student may not see yet taken out.

    Until points are released, marks by people and their comments stay with staff; where the lab shows points only
    then, all points do. Hidden tests keep to what the lab shows of them, and traces for staff always go.
    """
    released = lab.released_at is not None
    hidden = lab.points_shown == PointsShown.RELEASED and not released
    questions = tuple(_question_seen(one, lab, released=released, hidden=hidden) for one in points.questions)
    return _summed(points, questions, hidden=hidden)


def standing_seen_by_student(standing: Standing, lab: Lab) -> Standing:
    """The same for a standing. The state does not tell that a person has marked what is not released."""
    if standing.points is None:
        return replace(standing, flag_level="")
    seen = seen_by_student(standing.points, lab)
    state = standing.state
    if state in {StandingState.MARKED, StandingState.BY_HAND}:
        state = StandingState.MARKED if seen.complete else StandingState.BY_HAND
    return replace(standing, points=seen, state=state, flag_level="")


def counting_of(attempts: Iterable[SubmissionPoints], lab: Lab) -> Submission | None:
    """Which of a student's attempts counts, told by no more than the points given here.

    Of points as the student sees them: while those are hidden, “the best counts” would say which attempt is better.
    """
    costing = [one for one in attempts if one.submission.state != SubmissionState.REFUSED]
    best = lab.counting == Counting.BEST
    if best and len(costing) > 1 and any(one.hidden for one in costing):
        return None
    chosen = arithmetic.which_counts(
        (
            arithmetic.Attempt(
                one.submission.attempt, one.submission.submitted_at, one.total if one.marked else None
            )
            for one in costing
        ),
        best=best,
    )
    return next((one.submission for one in costing if chosen and one.submission.attempt == chosen.attempt), None)


def flags_for_student(flags: Iterable[Flag]) -> list[Flag]:
    """What students are told of their notebook: a restored cell, cut output. What a person should look at stays."""
    return [flag for flag in flags if flag.severity == "info"]


def _question_seen(question: QuestionPoints, lab: Lab, *, released: bool, hidden: bool) -> QuestionPoints:
    seen = replace(question, mark=None, checks=tuple(_check_seen(one, lab, hidden) for one in question.checks))
    if hidden:
        status = "unmarked" if question.status == "unmarked" else "hidden"
        return replace(seen, points=None, auto_points=None, status=status, auto_status=status, comment="", items=())
    if not released:
        # Neither that somebody marked it nor what they gave.
        seen = replace(seen, points=question.auto_points, status=question.auto_status, comment="", items=())
    return replace(seen, status="failed") if seen.status == "tampered" else seen


def _check_seen(check: Check, lab: Lab, hidden: bool) -> Check:
    if check.visible:
        return replace(check, staff_message="")
    shown = HiddenTestsShown.TITLE if hidden else lab.hidden_tests_shown
    passed = check.passed if shown != HiddenTestsShown.TITLE else None
    message = check.staff_message if shown == HiddenTestsShown.MESSAGE else ""
    return replace(check, passed=passed, message=message, staff_message="")


def _summed(points: SubmissionPoints, questions: tuple[QuestionPoints, ...], *, hidden: bool) -> SubmissionPoints:
    raw = sum((one.points or ZERO for one in questions), ZERO)
    penalty = arithmetic.late_penalty(raw, days=points.late_days, percent_per_day=points.late_percent)
    complete = points.marked and all(one.points is not None for one in questions)
    return replace(
        points, questions=questions, raw=raw, penalty=penalty, total=raw - penalty, complete=complete, hidden=hidden
    )


# --- the ledger -----------------------------------------------------------------------------------------------


class Ledger:
    """All that is needed to add up the points of some students in one lab, read at once.

    Args:
        whole: with checks and answers, out of each grading's whole result; else numbers only.
    """

    def __init__(self, lab: Lab, *, users: Sequence[int], whole: bool = False) -> None:
        self.lab = lab
        self.whole = whole
        self.extensions: dict[int, int] = {}
        self.rubric: dict[str, list[RubricItem]] = defaultdict(list)
        self.submissions: dict[int, list[Submission]] = defaultdict(list)
        self._points: dict[int, SubmissionPoints] = {}
        if users:
            _read({lab.pk: self}, users, whole=whole)

    @classmethod
    def of_labs(cls, labs: Iterable[Lab], *, user) -> dict[int, Ledger]:
        """By lab, one student's ledgers, numbers only; as many queries for ten labs as for one."""
        found = {lab.pk: cls(lab, users=()) for lab in labs}
        _read(found, [user.pk], whole=False)
        return found

    def deadline(self, user_id: int) -> Deadline:
        return deadline_for(self.lab, self.extensions.get(user_id, 0))

    def points(self, submission: Submission) -> SubmissionPoints:
        """Of a submission that was read here; one that came since is looked up by its number."""
        if submission.pk not in self._points:
            own = next((one for one in self.submissions[submission.user_id] if one.pk == submission.pk), submission)
            self._points[submission.pk] = self._add_up(own)
        return self._points[submission.pk]

    def standing(self, user) -> Standing:
        found = self.submissions[user.pk]
        costing = [one for one in found if one.state != SubmissionState.REFUSED]
        counts = self._which_counts(costing)
        points = self.points(counts) if counts else None
        deadline = self.deadline(user.pk)
        return Standing(
            user=user,
            submission=counts,
            points=points,
            n_attempts=len(costing),
            state=_state(points, deadline),
            deadline=deadline,
            latest=found[-1] if found else None,
            flag_level=counts.grading.flag_level if counts and counts.grading else "",
        )

    def _which_counts(self, submissions: Sequence[Submission]) -> Submission | None:
        attempts = []
        for one in submissions:
            points = self.points(one)
            attempts.append(
                arithmetic.Attempt(one.attempt, one.submitted_at, points.total if points.marked else None)
            )
        chosen = arithmetic.which_counts(attempts, best=self.lab.counting == Counting.BEST)
        return next((one for one in submissions if chosen and one.attempt == chosen.attempt), None)

    def under(self, submission: Submission, grading: Grading) -> SubmissionPoints:
        """What the submission's points would be if this grading counted."""
        return self._add_up(submission, grading)

    def _add_up(self, submission: Submission, grading: Grading | None = None) -> SubmissionPoints:
        grading = grading or submission.grading
        marked = grading is not None and grading.state == GradingState.DONE
        days = late_days(self.deadline(submission.user_id), submission.submitted_at)
        questions = self._questions(submission, grading if marked else None)
        empty = SubmissionPoints(
            submission=submission,
            questions=(),
            raw=ZERO,
            late_days=days,
            late_percent=self.lab.late_percent,
            penalty=ZERO,
            total=ZERO,
            max_points=sum((one.max_points for one in questions), ZERO),
            complete=False,
            marked=marked,
        )
        return _summed(empty, questions, hidden=False)

    def _questions(self, submission: Submission, grading: Grading | None) -> tuple[QuestionPoints, ...]:
        if grading is None:
            asked = self.lab.current.questions if self.lab.current else []
            return tuple(
                QuestionPoints(one["id"], one["title"], one["kind"], Decimal(str(one["max_points"])))
                for one in asked
            )
        marks = {mark.question: mark for mark in submission.marks.all()}
        graded = self._whole(grading) if self.whole else self._numbers(grading)
        return tuple(self._with_mark(question, marks.get(question.id)) for question in graded)

    def _whole(self, grading: Grading) -> list[QuestionPoints]:
        from seodang.grade.results import Graded

        return [
            QuestionPoints(
                id=one.id,
                title=one.title,
                kind=str(one.kind),
                max_points=one.max_points,
                auto_points=one.points,
                auto_status=str(one.status),
                points=one.points,
                status=str(one.status),
                checks=one.checks,
                answer_ids=one.answer_ids,
                seconds=one.seconds,
            )
            for one in Graded.from_json(grading.result).questions
        ]

    def _numbers(self, grading: Grading) -> list[QuestionPoints]:
        titles = {one["id"]: one["title"] for one in grading.revision.questions}
        return [
            QuestionPoints(
                id=score["id"],
                title=titles.get(score["id"], score["id"]),
                kind=score["kind"],
                max_points=Decimal(score["max_points"]),
                auto_points=(points := None if score["points"] is None else Decimal(score["points"])),
                auto_status=score["status"],
                points=points,
                status=score["status"],
            )
            for score in grading.scores
        ]

    def _with_mark(self, question: QuestionPoints, mark: Mark | None) -> QuestionPoints:
        if mark is None:
            return question
        items = tuple(ItemGiven(item.pk, item.text, item.points) for item in mark.items.all())
        given = arithmetic.points_of_mark(
            given=mark.points,
            items=[item.points for item in items],
            # On an autograded question a rubric alone says nothing: the tests' points stand until items are given.
            rubric=[item.points for item in self.rubric[question.id]] if question.by_hand or items else (),
            most=question.max_points,
        )
        points = question.points if given is None else given
        status = _status_of_mark(given, question.max_points) if given is not None else question.status
        return replace(question, mark=mark, points=points, status=status, comment=mark.comment, items=items)


def _read(ledgers: Mapping[int, Ledger], users: Sequence[int], *, whole: bool) -> None:
    """Fill the ledgers, in a fixed number of queries."""
    extensions = LabExtension.objects.filter(lab__in=ledgers, user_id__in=users)
    for lab_id, user_id, days in extensions.values_list("lab_id", "user_id", "days"):
        ledgers[lab_id].extensions[user_id] = days
    for item in RubricItem.objects.filter(lab__in=ledgers):
        ledgers[item.lab_id].rubric[item.question].append(item)
    gradings = Grading.objects.select_related("revision")
    if not whole:
        gradings = gradings.defer("result")
    marks = Mark.objects.select_related("marked_by").prefetch_related("items")
    for submission in (
        Submission.objects.filter(lab__in=ledgers, user_id__in=users)
        .order_by("attempt")
        .select_related("user")
        .prefetch_related(Prefetch("grading", queryset=gradings), Prefetch("marks", queryset=marks))
    ):
        ledger = ledgers[submission.lab_id]
        submission.lab = ledger.lab
        ledger.submissions[submission.user_id].append(submission)


def deadline_for(lab: Lab, extension_days: int) -> Deadline:
    return deadline_of(
        due_at=lab.due_at,
        zone=lab.course.tz,
        grace_minutes=lab.grace_minutes,
        late_days=lab.late_days,
        extension_days=extension_days,
    )


def _status_of_mark(points: Decimal, most: Decimal) -> str:
    if points >= most:
        return "passed"
    return "partial" if points else "failed"


def _state(points: SubmissionPoints | None, deadline: Deadline) -> StandingState:
    from django.utils import timezone

    if points is None:
        return StandingState.MISSING if timezone.now() > deadline.closes_at else StandingState.NOTHING
    if not points.marked:
        return StandingState.WAITING
    return StandingState.MARKED if points.complete else StandingState.BY_HAND
