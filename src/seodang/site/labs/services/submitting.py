"""Handing in: a notebook is read and compared with the lab, then taken, in that order: a wrong file costs nothing.

The clock that counts is the server's at the moment the whole file has arrived. Reading it and waiting for other
writers takes time of its own, and neither makes work late.

What is taken is one short transaction: it asks again for everything that may have changed meanwhile, counts the
attempts, gives the ordinal and writes the submission together with its grading and its job. The lab's lock makes
these a queue, so fifty at once get fifty ordinals. The file is in storage before, under a name of its own, and goes
away again if the transaction fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext

from seodang.i18n import N_
from seodang.site.courses import access as courses_access
from seodang.site.jobs import services as jobs
from seodang.site.jobs.models import Job, JobState
from seodang.site.labs.errors import AttemptsUsedUp, Closed, LabNotReady, NotOpen, SameFile
from seodang.site.labs.models import Grading, GradingState, Lab, LabExtension, Submission, SubmissionState
from seodang.site.labs.services import inputs
from seodang.site.labs.services._common import access_of, announce, in_words, locked
from seodang.site.labs.services.late import Deadline
from seodang.site.labs.services.late import late_days as late_days_at
from seodang.site.labs.services.marking import enqueue_marking
from seodang.site.labs.services.points import deadline_for
from seodang.site.web import files

if TYPE_CHECKING:
    from seodang.grade.merge import Merged

TOO_LARGE = N_("Clear the notebook's outputs and hand it in again: marking makes them anew.")


@dataclass(frozen=True)
class Progress:
    """How far marking is: cells `done` of `total` (0 while unknown). place: in the queue, 1 is next, 0 when
    running.

    reason, hint: said while the site cannot mark at all; what keeps it is for staff (`Grading.problem_texts`).
    """

    done: int = 0
    total: int = 0
    place: int = 0
    reason: str = ""
    hint: str = ""


def deadline(*, lab: Lab, user) -> Deadline:
    """When this person's work is due."""
    days = LabExtension.objects.filter(lab=lab, user=user).values_list("days", flat=True).first()
    return deadline_for(lab, days or 0)


def late_days(*, deadline: Deadline, at: datetime) -> int:
    return late_days_at(deadline, at)


def attempts_left(*, lab: Lab, user) -> int | None:
    """None: no limit."""
    if lab.attempts_limit is None:
        return None
    return max(0, lab.attempts_limit - lab.submissions.filter(user=user).using_attempts().count())


def check_submission(*, lab: Lab, path: Path, filename: str) -> Merged:
    """Read a notebook and line it up with the current revision; nothing is executed, nothing is kept.

    Raises:
        SubmissionRefused: what is wrong and what to do.
    """
    from seodang.grade.merge import merge
    from seodang.grade.notebook import read_notebook

    source = inputs.read_lab(_handed_out(lab), with_data=False)
    return merge(source, read_notebook(path, name=filename), compat=False)


def submit(*, lab: Lab, user, stream: BinaryIO, filename: str, received_at: datetime | None = None) -> Submission:
    """Take a student's notebook and ask for its marking.

    Args:
        received_at: when the file had arrived; now, if not given.

    Raises:
        SubmissionRefused, FileTooLarge: the file. NotOpen, Closed, AttemptsUsedUp, SameFile: the rules.
        PermissionDenied: who is no student of the course.
    """
    now = received_at or timezone.now()
    courses_access.require(access_of(user, lab).may_take_part)
    filename = files.shown_name(filename)
    # Said early, so that nobody waits for a check that cannot help; what counts is asked again below.
    _require_open(lab, user, now)
    _require_attempts(lab, user)
    with files.received(stream, filename, hint=TOO_LARGE) as upload:
        _require_another_file(lab, user, upload.sha256)
        check_submission(lab=lab, path=upload.path, filename=filename)
        submission = Submission(
            lab=lab,
            user=user,
            filename=filename,
            size_bytes=upload.size_bytes,
            sha256=upload.sha256,
            submitted_at=now,
        )
        with files.undone_on_failure() as stored:
            stored.append(files.store(submission.file, upload.path))
            _take(submission)
    return submission


def _take(submission: Submission) -> None:
    with transaction.atomic():
        lab, user = locked(submission.lab), submission.user
        courses_access.require(access_of(user, lab).may_take_part)
        _require_open(lab, user, submission.submitted_at)
        _require_attempts(lab, user)
        _require_another_file(lab, user, submission.sha256)
        last = Submission.objects.filter(lab=lab, user=user).aggregate(last=Max("attempt"))["last"]
        submission.lab = lab
        submission.attempt = (last or 0) + 1
        submission.save(force_insert=True)
        grading = Grading.objects.create(submission=submission, revision=_handed_out(lab))
        Submission.objects.filter(pk=submission.pk).update(grading=grading)
        submission.grading = grading
        enqueue_marking(grading)
        announce(lab, user)


def _handed_out(lab: Lab):
    if lab.current is None:
        raise LabNotReady(N_("This lab has no notebook yet."), hint=N_("Ask the course's staff."))
    return lab.current


def _require_open(lab: Lab, user, now: datetime) -> None:
    if not lab.is_open(now):
        raise NotOpen(
            N_("Work is taken from %(when)s on."),
            hint=N_("The notebook can be downloaded from then on, too."),
            when=in_words(lab.opens_at, lab),
        )
    closes_at = deadline(lab=lab, user=user).closes_at
    if now > closes_at:
        raise Closed(
            N_("This lab closed on %(when)s."),
            hint=N_("The file arrived after that, so it was not taken. Ask the course's staff for an extension."),
            when=in_words(closes_at, lab),
        )


def _require_attempts(lab: Lab, user) -> None:
    if attempts_left(lab=lab, user=user) == 0:
        raise AttemptsUsedUp(
            N_("You have handed in %(most)s times, as often as this lab allows."),
            hint=N_("What you handed in stands."),
            most=lab.attempts_limit,
        )


def _require_another_file(lab: Lab, user, sha256: str) -> None:
    latest = Submission.objects.filter(lab=lab, user=user).costing().order_by("-attempt").first()
    if latest is not None and latest.sha256 == sha256:
        raise SameFile(
            N_("This file is already here: it is your attempt %(attempt)s."),
            hint=N_("If you have changed something since, save the notebook first, then choose it again."),
            attempt=latest.attempt,
        )


# --- following it ---------------------------------------------------------------------------------------------


def place_in_queue(submission: Submission) -> int | None:
    """1 for the one that is marked next; None for one that does not wait in the queue. Only submissions count."""
    job = _job(submission)
    return jobs.queue_position(job, among=job.task) or None if job is not None else None


def progress_of(submission: Submission) -> Progress | None:
    """How far the marking of a submission is; None once it is settled."""
    grading = submission.grading
    if grading is None or grading.state not in {GradingState.WAITING, GradingState.RUNNING}:
        return None
    job = _job(submission)
    told = (job.progress if job is not None else None) or {}
    waits = job is not None and job.state == JobState.WAITING
    return Progress(
        done=int(told.get("done", 0)),
        total=int(told.get("total", 0)),
        place=jobs.queue_position(job, among=job.task) if waits and job is not None else 0,
        reason=gettext("The site cannot mark right now.") if grading.problem else "",
        hint=gettext("It does so by itself as soon as it can. Your notebook is safe and in time.")
        if grading.problem
        else "",
    )


def _job(submission: Submission) -> Job | None:
    grading = submission.grading
    if submission.state == SubmissionState.REFUSED or grading is None or grading.job_id is None:
        return None
    return Job.objects.filter(pk=grading.job_id).first()
