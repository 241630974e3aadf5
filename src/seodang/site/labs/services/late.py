"""Deadlines and late days: pure functions on moments.

The due date moves by an extension's days, on the clock of the course's time zone, so that “23:59” stays 23:59 when
clocks change. Then comes the grace period. Every 24 hours that have begun after its end are one late day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Deadline:
    """When one student's work is due.

    due_at: of the whole class. extended_due_at: theirs, with their extension.
    grace_until: up to then, included, nothing is late. closes_at: up to then, included, work is taken.
    extension_days: 0 for none.
    """

    due_at: datetime
    extended_due_at: datetime
    grace_until: datetime
    closes_at: datetime
    extension_days: int = 0


def deadline_of(
    *, due_at: datetime, zone: tzinfo, grace_minutes: int, late_days: int, extension_days: int = 0
) -> Deadline:
    """The deadline from a lab's settings and one student's extension."""
    extended = moved(due_at, extension_days, zone)
    grace_until = extended.astimezone(UTC) + timedelta(minutes=grace_minutes)
    return Deadline(due_at, extended, grace_until, grace_until + late_days * DAY, extension_days)


def moved(moment: datetime, days: int, zone: tzinfo) -> datetime:
    """The same time of day in that zone, some days later."""
    local = moment.astimezone(zone)
    return (local.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=zone) if days else moment


def late_days(deadline: Deadline, at: datetime) -> int:
    """Begun late days of work that came at `at`; 0 up to the end of the grace period."""
    over = at - deadline.grace_until
    return -(-over // DAY) if over > timedelta(0) else 0
