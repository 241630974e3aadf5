"""A day of a quota begins and ends at the course's midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seodang.score.quota import quota_window

SEOUL, NEW_YORK, CAIRO, HAVANA = map(ZoneInfo, ("Asia/Seoul", "America/New_York", "Africa/Cairo", "America/Havana"))


def test_a_korean_day_begins_at_three_in_the_afternoon_of_utc():
    start, end = quota_window(datetime(2026, 3, 2, 14, 59, 59, tzinfo=UTC), SEOUL)
    assert start == datetime(2026, 3, 1, 15, tzinfo=UTC)
    assert end == datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_korean_midnight_belongs_to_the_new_day():
    midnight = datetime(2026, 3, 3, 0, 0, tzinfo=SEOUL)
    assert quota_window(midnight, SEOUL)[0] == midnight
    assert quota_window(midnight - timedelta(microseconds=1), SEOUL)[1] == midnight


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 8), 23), ((2026, 11, 1), 25), ((2026, 6, 1), 24)])
def test_a_day_on_which_clocks_change_has_23_or_25_hours(day, hours):
    start, end = quota_window(datetime(*day, 12, tzinfo=NEW_YORK), NEW_YORK)
    assert end - start == timedelta(hours=hours)


def test_a_skipped_midnight_begins_the_day_after_the_gap():
    # In Cairo the clock goes from 23:59:59 on 23 April to 01:00 on 24 April 2026.
    start, end = quota_window(datetime(2026, 4, 24, 12, tzinfo=CAIRO), CAIRO)
    assert start.astimezone(CAIRO).replace(tzinfo=None) == datetime(2026, 4, 24, 1)
    assert end - start == timedelta(hours=23)


def test_a_midnight_that_comes_twice_begins_the_day_at_the_first():
    # In Havana 01:00 becomes 00:00 again on 1 November 2026.
    start, end = quota_window(datetime(2026, 11, 1, 12, tzinfo=HAVANA), HAVANA)
    assert end - start == timedelta(hours=25)
    assert start.astimezone(HAVANA).fold == 0


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="aware"):
        quota_window(datetime(2026, 3, 2), SEOUL)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.sampled_from([SEOUL, NEW_YORK, CAIRO, HAVANA, UTC])
)
def test_now_lies_in_its_window_and_windows_follow_each_other(moment, tz):
    now = moment.replace(tzinfo=UTC)
    start, end = quota_window(now, tz)
    assert start <= now < end
    assert quota_window(end, tz)[0] == end
    assert quota_window(start - timedelta(microseconds=1), tz)[1] == start
