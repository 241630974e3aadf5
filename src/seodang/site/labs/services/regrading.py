"""Marking again after a test was mended: everybody under a revision with a preview first, or one submission at
once.

A regrade makes a new grading beside the one that counts. Nothing changes for students until it is applied; then
each new grading counts, unless one that was asked for later already does. What was handed in meanwhile belongs to a
regrade
of everybody, too: applying it has those marked that it has not seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from seodang.i18n import N_
from seodang.site.jobs.models import Job, JobState
from seodang.site.labs.errors import RegradeRefused
from seodang.site.labs.models import (
    Counting,
    Grading,
    GradingState,
    Lab,
    LabRevision,
    Regrade,
    RegradeState,
    RevisionState,
    Submission,
    SubmissionState,
)
from seodang.site.labs.services._common import announce, announce_to_all, locked, locked_submission, require_staff
from seodang.site.labs.services.marking import enqueue_marking, let_count
from seodang.site.labs.services.points import Ledger, QuestionPoints, SubmissionPoints

REGRADE_PRIORITY = -5  # behind what students wait for
ZERO = Decimal(0)


@dataclass(frozen=True)
class QuestionChange:
    """One question before and after; None where a person has yet to mark it."""

    id: str
    title: str
    before: Decimal | None
    after: Decimal | None
    status_before: str
    status_after: str

    @property
    def changed(self) -> bool:
        return (self.before, self.status_before) != (self.after, self.status_after)


@dataclass(frozen=True)
class PreviewRow:
    """One submission before and after, late days taken off. after: None while it is not marked again, or failed.

    problem: why it could not be marked again, in the reader's language; its old points stand.
    skipped: a grading that was asked for later counts already, so applying leaves it alone.
    """

    submission: Submission
    before: Decimal | None
    after: Decimal | None
    questions: tuple[QuestionChange, ...]
    grading: Grading
    problem: str = ""
    skipped: bool = False

    @property
    def changed(self) -> bool:
        return self.after is not None and (
            self.before != self.after or any(question.changed for question in self.questions)
        )

    @property
    def moves(self) -> bool:
        """Whether a number changes: the total, or a question's points behind an equal total."""
        return self.after is not None and (
            self.difference != 0 or any(question.before != question.after for question in self.questions)
        )

    @property
    def difference(self) -> Decimal:
        return (self.after or ZERO) - (self.before or ZERO) if self.after is not None else ZERO


@dataclass(frozen=True)
class Preview:
    """Of a regrade. rows: those whose points change first, the largest loss at the top."""

    rows: tuple[PreviewRow, ...]
    done: int
    total: int
    n_up: int
    n_down: int
    n_same: int
    n_failed: int
    n_came_meanwhile: int


def may_count(lab: Lab) -> list[Submission]:
    """The submissions that count or may come to: each student's latest, or all of them where the best counts."""
    found = list(
        Submission.objects.filter(lab=lab)
        .costing()
        .filter(grading__state=GradingState.DONE)
        .select_related("grading")
        .order_by("user_id", "-attempt")
    )
    if lab.counting == Counting.BEST:
        return found
    latest: dict[int, Submission] = {}
    for one in found:
        latest.setdefault(one.user_id, one)
    return list(latest.values())


def start_regrade(
    *, lab: Lab, by, revision: LabRevision | None = None, submissions: Iterable[Submission] | None = None
) -> Regrade:
    """Mark these submissions (else all that may count) again under a revision (else the current one).

    Raises:
        RegradeRefused: one runs already, the revision cannot mark, or there is nothing to mark.
    """
    require_staff(by, lab)
    with transaction.atomic():
        current = locked(lab)
        revision = revision or current.current
        if revision is None or revision.lab_id != current.pk or revision.state not in _MARKS:
            raise RegradeRefused(
                N_("This revision cannot mark."), hint=N_("Wait until it is checked, or accept its problems.")
            )
        if current.regrades.filter(state__in=[RegradeState.RUNNING, RegradeState.READY]).exists():
            raise RegradeRefused(N_("A regrade of this lab is under way."), hint=N_("Apply it or cancel it first."))
        everybody = submissions is None
        chosen = may_count(current) if submissions is None else list(submissions)
        if any(one.lab_id != current.pk for one in chosen) or not chosen:
            raise RegradeRefused(N_("There is no submission to mark again."))
        regrade = Regrade.objects.create(lab=current, revision=revision, made_by=by, everybody=everybody)
        for one in chosen:
            _add(regrade, one)
        announce(current)
    return regrade


_MARKS = (RevisionState.GOOD, RevisionState.DOUBTFUL)


def _add(regrade: Regrade, submission: Submission) -> None:
    grading = Grading.objects.create(submission=submission, revision=regrade.revision, regrade=regrade)
    enqueue_marking(grading, priority=REGRADE_PRIORITY)


def preview(regrade: Regrade) -> Preview:
    """Whose points change, and on which questions; a fixed number of queries for any class."""
    gradings = list(regrade.gradings.select_related("submission__user", "revision").order_by("pk"))
    users = list({grading.submission.user_id for grading in gradings})
    ledger = Ledger(regrade.lab, users=users)
    rows = [_row(regrade, grading, ledger) for grading in gradings]
    rows.sort(key=lambda row: (not row.changed, row.difference, row.submission.pk))
    ended = [row for row in rows if row.after is not None]
    return Preview(
        rows=tuple(rows),
        done=sum(grading.state in _ENDED for grading in gradings),
        total=len(gradings),
        n_up=sum(row.difference > 0 for row in ended),
        n_down=sum(row.difference < 0 for row in ended),
        n_same=sum(row.difference == 0 for row in ended),
        n_failed=sum(grading.state == GradingState.FAILED for grading in gradings),
        n_came_meanwhile=len(_came_meanwhile(regrade)),
    )


_ENDED = (GradingState.DONE, GradingState.FAILED)


def _row(regrade: Regrade, grading: Grading, ledger: Ledger) -> PreviewRow:
    found = next(one for one in ledger.submissions[grading.submission.user_id] if one.pk == grading.submission_id)
    before = ledger.points(found)
    counting = found.grading
    skipped = counting is not None and counting.pk != grading.pk and counting.created_at > grading.created_at
    after = ledger.under(found, grading) if grading.state == GradingState.DONE else None
    return PreviewRow(
        submission=found,
        before=before.total if before.marked else None,
        after=after.total if after else None,
        questions=_changes(before, after) if after else (),
        grading=grading,
        problem=" ".join(filter(None, grading.problem_texts)) if grading.state == GradingState.FAILED else "",
        skipped=skipped,
    )


def _changes(before: SubmissionPoints, after: SubmissionPoints) -> tuple[QuestionChange, ...]:
    found = []
    for new in after.questions:
        old = before.question(new.id) or replace(new, points=ZERO, status="missing")
        found.append(QuestionChange(new.id, new.title, old.points, new.points, old.status, new.status))
    gone = [old for old in before.questions if after.question(old.id) is None]
    return (*found, *(_taken_out(old) for old in gone))


def _taken_out(old: QuestionPoints) -> QuestionChange:
    return QuestionChange(old.id, old.title, old.points, ZERO, old.status, "missing")


def _came_meanwhile(regrade: Regrade) -> list[Submission]:
    """Submissions that may count, which neither this regrade nor its revision has marked."""
    if not regrade.everybody:
        return []
    seen = set(regrade.gradings.values_list("submission_id", flat=True))
    return [
        one
        for one in may_count(regrade.lab)
        if one.pk not in seen and one.grading is not None and one.grading.revision_id != regrade.revision_id
    ]


def apply(*, regrade: Regrade, by) -> int:
    """Let the new gradings count; the number of submissions whose points change by it.

    Raises:
        RegradeRefused: it still runs, or is over.
    """
    require_staff(by, regrade.lab)
    with transaction.atomic():
        lab = locked(regrade.lab)
        current = Regrade.objects.select_for_update().get(pk=regrade.pk)
        if current.state == RegradeState.RUNNING:
            raise RegradeRefused(N_("The regrade still runs."), hint=N_("Wait until every submission is marked."))
        if current.state != RegradeState.READY:
            raise RegradeRefused(N_("This regrade is over already."))
        changed = sum(row.moves and not row.skipped for row in preview(current).rows)
        for grading in current.gradings.filter(state=GradingState.DONE).order_by("pk"):
            submission = locked_submission(grading.submission)
            let_count(submission, grading)
        for submission in _came_meanwhile(current):
            _again(submission, current.revision)
        _end(current, RegradeState.APPLIED)
        announce_to_all(lab)
    return changed


def cancel(*, regrade: Regrade, by) -> None:
    """Leave everything as it was; what still waits is not marked any more.

    Raises:
        RegradeRefused: it is over.
    """
    require_staff(by, regrade.lab)
    with transaction.atomic():
        lab = locked(regrade.lab)
        left = regrade.gradings.filter(state__in=[GradingState.WAITING, GradingState.RUNNING])
        Job.objects.filter(pk__in=left.values("job_id"), state=JobState.WAITING).delete()
        left.update(state=GradingState.FAILED, finished_at=timezone.now())
        # Gradings first: who records one locks it and then the regrade.
        current = Regrade.objects.select_for_update().get(pk=regrade.pk)
        if current.state not in {RegradeState.RUNNING, RegradeState.READY}:
            raise RegradeRefused(N_("This regrade is over already."))
        _end(current, RegradeState.CANCELLED)
        announce(lab)


def _end(regrade: Regrade, state: RegradeState) -> None:
    regrade.state, regrade.ended_at = state, timezone.now()
    regrade.save(update_fields=["state", "ended_at"])


def regrade_now(*, submission: Submission, by) -> Grading:
    """Mark one submission again under the current revision, without a preview; it counts when it is done.

    Also the way back for one that could not be marked.

    Raises:
        RegradeRefused: it is being marked already.
    """
    require_staff(by, submission.lab)
    with transaction.atomic():
        current = locked_submission(submission)
        if current.lab.current is None:
            raise RegradeRefused(N_("This revision cannot mark."))
        waiting = current.gradings.filter(
            regrade__isnull=True, state__in=[GradingState.WAITING, GradingState.RUNNING]
        )
        if waiting.exists():
            raise RegradeRefused(N_("It is being marked already."), hint=N_("Wait until that is done."))
        return _again(current, current.lab.current)


def _again(submission: Submission, revision: LabRevision) -> Grading:
    grading = Grading.objects.create(submission=submission, revision=revision)
    if submission.state == SubmissionState.REFUSED:  # nothing marked it: this grading is the one to follow
        submission.grading = grading
        submission.state = SubmissionState.WAITING
        submission.save(update_fields=["grading", "state"])
    enqueue_marking(grading)
    announce(submission.lab, submission.user)
    return grading


def under_way(lab: Lab) -> Regrade | None:
    """The regrade that runs or waits to be applied."""
    return lab.regrades.filter(state__in=[RegradeState.RUNNING, RegradeState.READY]).first()
