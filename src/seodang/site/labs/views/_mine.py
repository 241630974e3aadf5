"""What a student's pages of a lab show: dates in words, attempts with points, what may be sent now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from seodang.site.courses.access import Access
from seodang.site.labs import services
from seodang.site.labs.models import Lab, LabState, Submission, SubmissionState
from seodang.site.labs.services.points import Ledger, SubmissionPoints

WAITING = (SubmissionState.WAITING, SubmissionState.MARKING)


@dataclass(frozen=True)
class Line:
    """One attempt as its student may see it. `before`: how many are marked first; None where it does not wait."""

    submission: Submission
    points: SubmissionPoints
    before: int | None
    counts: bool


def dates(access: Access, lab: Lab) -> dict[str, Any]:
    """The deadline that holds for this reader, and what it means now."""
    deadline = services.deadline(lab=lab, user=access.user)
    now = timezone.now()
    late_by = services.late_days(deadline=deadline, at=now) if access.may_take_part else 0
    return {
        "deadline": deadline,
        "due_at": deadline.extended_due_at,
        "late_by": late_by,
        "late_percent_now": min(100, late_by * lab.late_percent),
        "is_open": lab.state == LabState.PUBLISHED and lab.opens_at <= now and lab.current is not None,
        "is_closed": now > deadline.closes_at,
    }


def mine(access: Access, lab: Lab) -> dict[str, Any]:
    """A student's attempts, newest first, each with the points they may see, and which one counts."""
    if not access.may_take_part:
        return {}
    ledger = Ledger(lab, users=[access.user.pk])
    seen = [
        services.seen_by_student(ledger.points(submission), lab)
        for submission in reversed(ledger.submissions[access.user.pk])
    ]
    counting = services.counting_of(seen, lab)
    attempts = [
        Line(
            submission=points.submission,
            points=points,
            before=before(points.submission),
            counts=counting is not None and counting.pk == points.submission.pk,
        )
        for points in seen
    ]
    n_costing = sum(line.submission.state != SubmissionState.REFUSED for line in attempts)
    return {
        "attempts": attempts,
        "n_attempts": len(attempts),
        "is_waiting": any(line.submission.state in WAITING for line in attempts),
        "seen": fingerprint([(line, line.submission.state) for line in attempts], lab.released_at),
        "attempts_left": max(0, lab.attempts_limit - n_costing) if lab.attempts_limit is not None else None,
    }


def fingerprint(*parts: object) -> str:
    """Of what a changing part of a page shows."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def same_as_shown(request: HttpRequest, seen: str) -> bool:
    """Whether a page that asks again has it all already; then nothing is drawn anew, or read aloud again."""
    return bool(seen) and request.GET.get("seen") == seen


def before(submission: Submission) -> int | None:
    place = services.place_in_queue(submission) if submission.state == SubmissionState.WAITING else None
    return None if place is None else place - 1


def submit_command(request: HttpRequest, lab: Lab) -> str:
    """Ready to copy, with this lab's own names."""
    site = request.build_absolute_uri("/").rstrip("/")
    name = lab.current.name if lab.current else "lab.ipynb"
    return f"seodang login {site}\nseodang labs submit {lab.course.slug}/{lab.slug} {name}"
