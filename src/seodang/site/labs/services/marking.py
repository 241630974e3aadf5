"""A grading's life: asked for, begun, recorded or failed; what workers call.

Every step is one transaction that may be repeated: a worker that dies at any instant leaves a grading that the next
one begins again, and a late answer of a stale one is refused (`still_mine`). A grading that the site cannot make
right now (no sandbox holds, a package lacks) waits with the reason, costs nobody an attempt, and is tried again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from seodang.errors import SeodangError
from seodang.i18n import N_
from seodang.site.jobs import services as jobs
from seodang.site.jobs.errors import LeaseLost
from seodang.site.labs.errors import LabError
from seodang.site.labs.models import Grading, GradingState, Submission, SubmissionState
from seodang.site.labs.services import regrading_state
from seodang.site.labs.services._common import announce, locked_submission
from seodang.site.labs.services.carrying import carry_marks
from seodang.site.web import files
from seodang.site.web.errors import problem_json

if TYPE_CHECKING:
    from seodang.grade.lab import Lab as GradeLab
    from seodang.grade.merge import Merged
    from seodang.grade.results import Graded

UNSETTLED = (GradingState.WAITING, GradingState.RUNNING)
SEVERITIES = ("info", "look", "tampering")  # grade.results.Severity, the gravest last
MOST_FREE = 3  # submissions per student and lab that cost no attempt although they were marked
MOST_NOTEBOOK_BYTES = 64 * 1024 * 1024
StillMine = Callable[[], bool]


def enqueue_marking(grading: Grading, *, priority: int = 0, delay_seconds: float = 0) -> None:
    """Ask for a grading; in the caller's transaction, after the lab or the submission was locked."""
    job = jobs.enqueue(
        task="labs.mark_submission",
        arguments={"grading_id": grading.pk},
        key=f"labs.mark_submission:{grading.pk}",
        priority=priority,
        delay_seconds=delay_seconds,
    )
    if job is not None:
        grading.job_id = job.pk
        Grading.objects.filter(pk=grading.pk).update(job_id=job.pk)


def start_grading(*, grading: Grading) -> bool:
    """Say that it is being marked; False where there is nothing left to do."""
    with transaction.atomic():
        submission = locked_submission(grading.submission)
        begun = Grading.objects.filter(pk=grading.pk, state__in=UNSETTLED)
        if not begun.update(state=GradingState.RUNNING, started_at=timezone.now(), problem=None):
            return False
        _set_state(submission, grading, SubmissionState.MARKING)
    return True


def record_grading(
    *,
    grading: Grading,
    graded: Graded,
    answers: Mapping[str, str] | None = None,
    still_mine: StillMine = lambda: True,
) -> None:
    """What the autograder found: points, checks, flags, and the executed notebook as students may see it.

    Args:
        answers: `answer_digests` of the submission; marks of an earlier attempt with the same answer carry over.
        still_mine: asked inside the transaction.

    Raises:
        LeaseLost: another worker has the job by now; nothing was kept.
    """
    if graded.problem is not None:
        fail_grading(grading=grading, problem=graded.problem, still_mine=still_mine)
        return
    with files.undone_on_failure() as stored:
        if graded.notebook is not None:
            stored.append(_store_notebook(grading, graded.notebook))
        with transaction.atomic():
            submission = locked_submission(grading.submission)
            _require(still_mine)
            if not Grading.objects.filter(pk=grading.pk, state__in=UNSETTLED).exists():
                files.remove_after_commit(stored)
                return
            grading.state = GradingState.DONE
            grading.result = graded.as_json()
            grading.scores = [
                {
                    "id": question.id,
                    "kind": str(question.kind),
                    "points": None if question.points is None else str(question.points),
                    "max_points": str(question.max_points),
                    "status": str(question.status),
                }
                for question in graded.questions
            ]
            grading.answers = dict(answers or {})
            grading.points, grading.max_points = graded.points, graded.max_points
            grading.flag_level = gravest(str(flag.severity) for flag in graded.flags)
            grading.problem = None
            grading.finished_at = timezone.now()
            grading.save()
            if grading.regrade_id is None:
                _count_attempt(submission, {flag.code for flag in graded.flags})
                let_count(submission, grading)
            else:
                regrading_state.note_progress(grading.regrade_id)
            announce(submission.lab, submission.user)


def _count_attempt(submission: Submission, flags: set[str]) -> None:
    """What asked for a file or package that was not there costs no attempt: a few times, so that adding such a
    cell to every notebook gives nobody attempts without end."""
    from seodang.grade.lacking import LACKING

    free = Submission.objects.filter(lab=submission.lab, user=submission.user, costs_attempt=False)
    submission.costs_attempt = not flags & LACKING or free.exclude(pk=submission.pk).count() >= MOST_FREE
    submission.save(update_fields=["costs_attempt"])


def let_count(submission: Submission, grading: Grading) -> None:
    """Make a finished grading the one that counts, unless one that was asked for later does already."""
    counting = submission.grading
    if counting is not None and counting.state == GradingState.DONE and counting.created_at > grading.created_at:
        return
    submission.grading = grading
    submission.state = SubmissionState.MARKED
    submission.flags_seen_at = submission.flags_seen_by = None
    submission.save(update_fields=["grading", "state", "flags_seen_at", "flags_seen_by"])
    carry_marks(submission, grading.answers)


def fail_grading(*, grading: Grading, problem: dict[str, Any], still_mine: StillMine = lambda: True) -> None:
    """It could not be marked. A submission that nothing else marked is refused: that costs no attempt."""
    with transaction.atomic():
        submission = locked_submission(grading.submission)
        _require(still_mine)
        failing = Grading.objects.filter(pk=grading.pk, state__in=UNSETTLED)
        if not failing.update(state=GradingState.FAILED, problem=problem, finished_at=timezone.now()):
            return
        if grading.regrade_id is not None:
            regrading_state.note_progress(grading.regrade_id)
        _set_state(submission, grading, SubmissionState.REFUSED)


def let_wait(
    *, grading: Grading, error: SeodangError, delay_seconds: float, still_mine: StillMine = lambda: True
) -> None:
    """The site cannot mark right now: keep the reason for staff and student, and try again later."""
    with transaction.atomic():
        submission = locked_submission(grading.submission)
        _require(still_mine)
        waiting = Grading.objects.filter(pk=grading.pk, state__in=UNSETTLED)
        if not waiting.update(state=GradingState.WAITING, problem=problem_json(error)):
            return
        enqueue_marking(grading, delay_seconds=delay_seconds, priority=-5 if grading.regrade_id else 0)
        _set_state(submission, grading, SubmissionState.WAITING)


def given_up(*, grading: Grading, reason: str) -> None:
    """The job's attempts are used up: workers died over it, or something broke that nobody foresaw."""
    error = LabError(
        N_("The site could not mark this notebook."),
        hint=N_("It costs no attempt. The course's staff see the reason and can have it marked again."),
        code="broken",
        reason=reason,
    )
    fail_grading(grading=grading, problem=problem_json(error))


def _set_state(submission: Submission, grading: Grading, state: SubmissionState) -> None:
    """Only where this grading is the one that counts: a regrade leaves the submission as it is."""
    if submission.grading_id == grading.pk and submission.state != state:
        submission.state = state
        submission.save(update_fields=["state"])
    announce(submission.lab, submission.user)


def _require(still_mine: StillMine) -> None:
    if not still_mine():
        raise LeaseLost("The grading belongs to another worker by now.")


def gravest(severities) -> str:
    """The gravest of them; "" for none."""
    found = [SEVERITIES.index(one) for one in severities]
    return SEVERITIES[max(found)] if found else ""


# --- the executed notebook ------------------------------------------------------------------------------------


def _store_notebook(grading: Grading, notebook: dict[str, Any]) -> str:
    with tempfile.TemporaryDirectory(prefix="seodang-grading-") as folder:
        path = Path(folder) / "notebook.gz"
        path.write_bytes(gzip.compress(json.dumps(notebook).encode(), 6, mtime=0))
        return files.store(grading.notebook, path)


def notebook_of(grading: Grading | None) -> dict[str, Any] | None:
    """The executed notebook (nbformat 4) as students may see it; None where there is none."""
    if grading is None or not grading.notebook:
        return None
    with grading.notebook.open("rb") as file, gzip.open(file) as unpacked:
        content = unpacked.read(MOST_NOTEBOOK_BYTES + 1)
    if len(content) > MOST_NOTEBOOK_BYTES:
        return None
    found: dict[str, Any] = json.loads(content)
    return found


def graded_of(grading: Grading | None) -> Graded | None:
    """The whole result of a grading, flags included; for staff. None where it is not marked."""
    from seodang.grade.results import Graded

    return Graded.from_json(grading.result) if grading is not None and grading.result is not None else None


def answer_digests(lab: GradeLab, merged: Merged) -> dict[str, str]:
    """SHA-256 of each question's answer as it was handed in; a task's answer is all that the student wrote."""
    own = [cell.source for cell in merged.cells if cell.role in {"code", "markdown", "raw", "answer", "manual"}]
    found = {}
    for question in lab.questions:
        if str(question.kind) == "task":
            sources = own
        else:
            ids = [*question.answer_ids, *([question.id] if question.id not in question.answer_ids else [])]
            cells = [merged.find(id) for id in ids]
            sources = [cell.source for cell in cells if cell is not None and cell.role in {"answer", "manual"}]
        if sources:
            text = "\0".join(source.strip() for source in sources)
            found[question.id] = hashlib.sha256(text.encode()).hexdigest()
    return found
