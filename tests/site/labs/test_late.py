"""Late days at their edges: pure functions on moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from seodang.site.labs.services.late import deadline_of, late_days, moved

SEOUL = ZoneInfo("Asia/Seoul")
DUE = datetime(2026, 11, 20, 23, 59, tzinfo=SEOUL)
SECOND = timedelta(seconds=1)
DAY = timedelta(hours=24)


def deadline(**changed):
    given = {"due_at": DUE, "zone": SEOUL, "grace_minutes": 15, "late_days": 3, "extension_days": 0}
    return deadline_of(**{**given, **changed})


@pytest.mark.parametrize(
    ("after_grace", "days"),
    [
        (-timedelta(days=5), 0),
        (-SECOND, 0),
        (timedelta(0), 0),
        (timedelta(microseconds=1), 1),
        (SECOND, 1),
        (DAY, 1),
        (DAY + SECOND, 2),
        (2 * DAY, 2),
        (3 * DAY, 3),
        (3 * DAY + SECOND, 4),
    ],
)
def test_each_begun_day_after_the_grace_period_is_one_late_day(after_grace, days):
    assert late_days(deadline(), DUE + timedelta(minutes=15) + after_grace) == days


def test_the_lab_closes_with_its_last_late_day():
    found = deadline()
    assert found.closes_at == DUE + timedelta(minutes=15) + 3 * DAY
    assert late_days(found, found.closes_at) == 3
    assert deadline(late_days=0).closes_at == deadline(late_days=0).grace_until


def test_an_extension_moves_due_date_grace_and_close():
    found = deadline(extension_days=2)
    assert found.due_at == DUE
    assert found.extended_due_at == DUE + 2 * DAY
    assert late_days(found, DUE + 2 * DAY + timedelta(minutes=15)) == 0
    assert late_days(found, DUE + 2 * DAY + timedelta(minutes=16)) == 1
    assert found.closes_at - deadline().closes_at == 2 * DAY


def test_an_extension_keeps_the_time_of_day_when_clocks_change():
    berlin = ZoneInfo("Europe/Berlin")
    due = datetime(2026, 10, 24, 23, 59, tzinfo=berlin)  # the clocks go back the night after
    found = moved(due, 1, berlin)
    assert (found.hour, found.minute, found.day) == (23, 59, 25)
    assert found.astimezone(UTC) - due.astimezone(UTC) == timedelta(hours=25)


def test_the_zone_in_which_a_moment_is_written_does_not_matter():
    assert late_days(deadline(due_at=DUE.astimezone(UTC)), (DUE + timedelta(hours=1)).astimezone(UTC)) == 1
