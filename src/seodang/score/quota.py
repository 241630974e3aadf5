"""The day in which a daily quota is counted: from midnight to midnight where the course is held."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo


def quota_window(now: datetime, tz: tzinfo) -> tuple[datetime, datetime]:
    """The first instant of today and of tomorrow in `tz`, in UTC; `now` lies in [start, end).

    A day on which clocks change is 23 or 25 hours long. Where midnight itself is skipped, the day begins at the
    first instant after the gap; where it comes twice, at the first of the two.

    Raises:
        ValueError: `now` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("quota_window expects an aware time, received a naive one")
    today = now.astimezone(tz).date()
    # In UTC, because Python subtracts two times of one zone by their wall clocks.
    start = datetime.combine(today, time.min, tzinfo=tz).astimezone(UTC)
    end = datetime.combine(today + timedelta(days=1), time.min, tzinfo=tz).astimezone(UTC)
    return start, end
