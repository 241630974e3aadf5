"""Is the site well? One look for monitors: the database, the workers' signs of life, how long work waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import Error
from django.db.models import Count, Min
from django.utils import timezone

from seodang import __version__
from seodang.site.jobs.models import Job, JobState, WorkerBeat

ALIVE = timedelta(seconds=20)


def report() -> tuple[bool, dict[str, Any]]:
    """Whether all is well, and the numbers; nothing in it is secret."""
    try:
        numbers = {"workers": workers_alive(), "jobs": jobs()}
    except (Error, OSError):
        return False, {"status": "failing", "database": "unreachable", "version": __version__}
    well = numbers["workers"] > 0
    return well, {
        "status": "ok" if well else "failing",
        "database": "ok",
        **numbers,
        "version": __version__,
    }


def workers_alive() -> int:
    return WorkerBeat.objects.filter(seen_at__gte=timezone.now() - ALIVE).count()


def jobs() -> dict[str, Any]:
    now = timezone.now()
    counts = dict(
        Job.objects.exclude(state=JobState.DONE)
        .order_by()
        .values_list("state")
        .annotate(n=Count("pk"))
        .values_list("state", "n")
    )
    due = Job.objects.filter(state=JobState.WAITING, run_after__lte=now).aggregate(oldest=Min("run_after"))
    age = (now - due["oldest"]).total_seconds() if due["oldest"] else 0.0
    return {
        "waiting": counts.get(JobState.WAITING, 0),
        "running": counts.get(JobState.RUNNING, 0),
        "failed": counts.get(JobState.FAILED, 0),
        "oldest_waiting_seconds": round(age, 1),
    }
