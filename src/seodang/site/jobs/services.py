"""What may happen to a job: the only writers of the queue.

A job is held by a token until a deadline. Every change that a worker makes names its token, so one that was
stopped, swapped out or cut off from the database for longer than its lease changes nothing when it comes back.

The same statements run on SQLite (where the IMMEDIATE transaction serialises writers) and on PostgreSQL (where
`skip_locked` lets workers claim side by side).
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q, Subquery
from django.utils import timezone

from seodang.site.jobs import registry
from seodang.site.jobs.errors import JobError, LeaseLost
from seodang.site.jobs.models import Announcement, Job, JobState, WorkerBeat

log = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
ERROR_CHARACTERS = 6000
KEEP_DONE = timedelta(days=3)
KEEP_FAILED = timedelta(days=90)
KEEP_ANNOUNCEMENTS = timedelta(hours=1)
KEEP_BEATS = timedelta(minutes=10)


# --- asking for work ---------------------------------------------------------------------------------------


def enqueue(
    *, task: str, arguments: dict[str, Any], key: str = "", priority: int = 0, delay_seconds: float = 0
) -> Job | None:
    """Write a job beside the caller's own rows, in the caller's transaction.

    Args:
        key: names the work. While a job of this key waits, asking again adds none.

    Returns:
        The job, or None where one of this key waits already (it will see what this transaction wrote).

    Raises:
        JobError: no task of that name.
    """
    registered = registry.get(task)
    job = Job(
        task=task,
        arguments=arguments,
        key=key,
        priority=priority or registered.priority,
        max_attempts=registered.max_attempts,
        run_after=timezone.now() + timedelta(seconds=delay_seconds),
    )
    if not key:
        job.save(force_insert=True)
        return job
    return _enqueue_once(job)


def _enqueue_once(job: Job) -> Job | None:
    with transaction.atomic():
        for _attempt in range(20):
            # The lock keeps the waiting job from being claimed before this transaction's rows can be read.
            if Job.objects.select_for_update().filter(key=job.key, state=JobState.WAITING).first():
                return None
            try:
                with transaction.atomic():
                    job.save(force_insert=True)
                return job
            except IntegrityError:
                job.pk = None
    raise JobError("The job “%(key)s” was asked for by too many at once.", hint="Try again.", key=job.key)


# --- holding work ------------------------------------------------------------------------------------------


def claim(*, worker: str, lease_seconds: float = LEASE_SECONDS, tasks: Collection[str] | None = None) -> Job | None:
    """Take the next due job, or None. Jobs whose workers died too often are given up on the way.

    Args:
        tasks: only these; every task when None.
    """
    while (job := _claim_next(worker, lease_seconds, tasks)) is not None:
        if job.attempts <= job.max_attempts:
            return job
        fail(job, reason=_died_too_often(job))
    return None


def _claim_next(worker: str, lease_seconds: float, tasks: Collection[str] | None) -> Job | None:
    now = timezone.now()
    due = Job.objects.claimable(now)
    if tasks is not None:
        due = due.filter(task__in=list(tasks))
    if not due.exists():  # an idle worker reads only, and takes no write lock
        return None
    token = uuid.uuid4()
    with transaction.atomic():
        # A scalar subquery, not IN: PostgreSQL evaluates it once, so exactly one row is locked.
        following = due.select_for_update(skip_locked=True).in_turn().values("pk")[:1]
        claimed = due.filter(pk=Subquery(following)).update(
            state=JobState.RUNNING,
            lease_token=token,
            lease_until=now + timedelta(seconds=lease_seconds),
            worker=worker,
            attempts=F("attempts") + 1,
            started_at=now,
            progress=None,
        )
        return Job.objects.held(token).get() if claimed else None


def _died_too_often(job: Job) -> str:
    return (
        f"{job.error}\nBegun {job.max_attempts} times, and each time it failed or its worker died in the middle of "
        "it. Look for “SIGKILL” or “out of memory” in the logs of that time."
    ).strip()


def renew(job: Job, *, lease_seconds: float = LEASE_SECONDS) -> None:
    """Hold the job for longer.

    Raises:
        LeaseLost: another worker may have it by now.
    """
    until = timezone.now() + timedelta(seconds=lease_seconds)
    _held(job).update(lease_until=until) or _refuse(job)


def still_holds(job: Job) -> bool:
    """Whether the lease stands. Inside a transaction the row stays locked, so the answer holds until its commit."""
    rows = Job.objects.held(job.lease_token).filter(pk=job.pk)
    if transaction.get_connection().in_atomic_block:
        rows = rows.select_for_update()
    return rows.first() is not None


def record_progress(job: Job, progress: dict[str, Any]) -> None:
    _held(job).update(progress=progress) or _refuse(job)


# --- ending work -------------------------------------------------------------------------------------------


def finish(job: Job) -> None:
    """The work is done.

    Raises:
        LeaseLost: the answer came too late; nothing was changed.
    """
    every = _every_seconds(job)
    if every is not None:
        _put_back(job, delay_seconds=every, attempts=0, error="")
        return
    _held(job).update(
        state=JobState.DONE, lease_token=None, lease_until=None, error="", finished_at=timezone.now()
    ) or _refuse(job)


def fail(job: Job, *, reason: str, final: bool = False) -> bool:
    """The attempt failed: wait and try again, or stop with a reason that staff can read.

    Args:
        final: trying again would not help.

    Returns:
        Whether the job was given up.

    Raises:
        LeaseLost: another worker may have it by now; nothing was changed.
    """
    reason = reason[-ERROR_CHARACTERS:]
    every = _every_seconds(job)
    if every is not None:
        _put_back(job, delay_seconds=every, attempts=0, error=reason)
        return False
    if not final and job.attempts < job.max_attempts:
        _put_back(job, delay_seconds=backoff_seconds(job.attempts), attempts=job.attempts, error=reason)
        return False
    with transaction.atomic():
        _held(job).update(
            state=JobState.FAILED,
            lease_token=None,
            lease_until=None,
            attempts=min(job.attempts, job.max_attempts),
            error=reason,
            finished_at=timezone.now(),
        ) or _refuse(job)
        _tell_of_failure(job, reason)
    log.error("job given up", extra={"job": job.pk, "task": job.task, "reason": Job(error=reason).reason})
    return True


def _tell_of_failure(job: Job, reason: str) -> None:
    hook = registry.failure_hook(job.task)
    if hook is None:
        return
    try:
        with transaction.atomic():
            hook(Job(error=reason).reason, **job.arguments)
    except Exception:  # whatever the hook meets, the job stays given up
        log.exception("what should follow a failed job failed", extra={"job": job.pk, "task": job.task})


def backoff_seconds(attempts: int, *, draw: float | None = None) -> float:
    """2, 4, 8 … up to 300 seconds, times a random half to one and a half, so that failures do not march in step."""
    jitter = 0.5 + (random.random() if draw is None else draw)  # noqa: S311 - spreading load, not a secret
    return min(300.0, 2.0**attempts) * jitter


def release(job: Job) -> None:
    """Give a job back unharmed: a worker that must stop begins it for nobody."""
    _put_back(job, delay_seconds=0, attempts=max(0, job.attempts - 1), error=job.error)


def release_held_by(worker: str) -> int:
    """Make free what a dead worker, or any that a dead keeper forked, still held; the attempt counts."""
    found = list(Job.objects.filter(state=JobState.RUNNING, worker__startswith=worker))
    for job in found:
        # To have ended with one worker is chance; after a second one the job itself is under suspicion.
        delay = backoff_seconds(job.attempts - 1) if job.attempts > 1 else 0
        try:
            _put_back(job, delay_seconds=delay, attempts=job.attempts, error=job.error)
        except LeaseLost:
            continue
    WorkerBeat.objects.filter(name__startswith=worker).delete()
    return len(found)


def _put_back(job: Job, *, delay_seconds: float, attempts: int, error: str) -> None:
    """Let the job wait again; where another of its key waits already, that one does the work."""
    values = {
        "state": JobState.WAITING,
        "lease_token": None,
        "lease_until": None,
        "run_after": timezone.now() + timedelta(seconds=delay_seconds),
        "attempts": attempts,
        "error": error,
        "progress": None,
    }
    with transaction.atomic():
        try:
            with transaction.atomic():
                _held(job).update(**values) or _refuse(job)
        except IntegrityError:
            _held(job).delete()


def _held(job: Job) -> models.QuerySet[Job]:
    return Job.objects.held(job.lease_token).filter(pk=job.pk)


def _refuse(job: Job) -> None:
    raise LeaseLost("Job %(id)s (%(task)s) is no longer held by this worker.", id=job.pk, task=job.task)


def _every_seconds(job: Job) -> float | None:
    try:
        return registry.get(job.task).every_seconds
    except JobError:  # the task was renamed or its app taken out while the job waited
        return None


# --- for people --------------------------------------------------------------------------------------------


def queue_position(job: Job, *, among: str = "") -> int:
    """1 for the job that is next, 0 for one that does not wait any more. `among`: count only jobs of that task."""
    job = Job.objects.filter(pk=job.pk, state=JobState.WAITING).first()
    if job is None:
        return 0
    ahead = Q(priority__gt=job.priority) | Q(priority=job.priority) & (
        Q(run_after__lt=job.run_after) | Q(run_after=job.run_after, pk__lt=job.pk)
    )
    due = Q(run_after__lte=max(timezone.now(), job.run_after))
    before = Job.objects.filter(ahead & due, state=JobState.WAITING)
    return (before.filter(task=among) if among else before).count() + 1


def retry(*, job: Job) -> None:
    """Begin a failed job anew, with all its attempts."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                Job.objects.filter(pk=job.pk, state=JobState.FAILED).update(
                    state=JobState.WAITING, attempts=0, run_after=timezone.now(), finished_at=None, progress=None
                )
        except IntegrityError:  # the same work was asked for again and waits
            Job.objects.filter(pk=job.pk, state=JobState.FAILED).delete()


def forget(*, job: Job) -> None:
    """Take a job that is not running off the list."""
    Job.objects.filter(pk=job.pk).exclude(state=JobState.RUNNING).delete()


# --- housekeeping ------------------------------------------------------------------------------------------


def beat(worker: str) -> None:
    now = timezone.now()
    if not WorkerBeat.objects.filter(name=worker).update(seen_at=now):
        WorkerBeat.objects.get_or_create(name=worker, defaults={"seen_at": now})


def stop_beating(worker: str) -> None:
    WorkerBeat.objects.filter(name=worker).delete()


def plan_periodic() -> None:
    """See to it that each periodic task has its one row."""
    for entry in registry.periodic_tasks():
        key = f"periodic:{entry.name}"
        if not Job.objects.filter(key=key, state__in=[JobState.WAITING, JobState.RUNNING]).exists():
            enqueue(task=entry.name, arguments={}, key=key, priority=entry.priority)


def purge() -> None:
    """Forget what nobody will ask for any more. Failed jobs stay longest, since people read them."""
    now = timezone.now()
    Job.objects.filter(state=JobState.DONE, finished_at__lt=now - KEEP_DONE).delete()
    Job.objects.filter(state=JobState.FAILED, finished_at__lt=now - KEEP_FAILED).delete()
    Announcement.objects.filter(created_at__lt=now - KEEP_ANNOUNCEMENTS).delete()
    WorkerBeat.objects.filter(seen_at__lt=now - KEEP_BEATS).delete()
