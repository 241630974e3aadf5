"""How points are added up, at the edges."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from seodang.site.labs.services import arithmetic
from seodang.site.labs.services.arithmetic import Attempt, late_penalty, points_of_mark, which_counts

D = Decimal
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "days", "percent", "penalty"),
    [
        ("10", 0, 10, "0"),
        ("10", 1, 10, "1"),
        ("10", 3, 10, "3"),
        ("10", 11, 10, "10"),
        ("10", 1, 100, "10"),
        ("10", 5, 0, "0"),
        ("0", 3, 10, "0"),
        ("3.333", 1, 10, "0.333"),
        ("0.005", 1, 10, "0.001"),
        ("-1", 1, 10, "0"),
    ],
)
def test_lateness_takes_its_percentage_of_what_was_earned_and_never_more(raw, days, percent, penalty):
    assert late_penalty(D(raw), days=days, percent_per_day=percent) == D(penalty)


@pytest.mark.parametrize(
    ("given", "items", "rubric", "points"),
    [
        ("2.5", [], [], "2.5"),
        ("2.5", ["-1"], ["-1"], "2.5"),  # given points stand, whatever the items say
        ("9", [], [], "4"),
        ("-1", [], [], "0"),
        (None, [], [], None),  # a comment
        (None, [], ["2", "-1"], "0"),
        (None, ["2"], ["2", "-1"], "2"),
        (None, ["2", "-1"], ["2", "-1"], "1"),
        (None, ["-1"], ["2", "-1"], "0"),
        (None, [], ["-1", "-2"], "4"),  # items only take off: full points to begin with
        (None, ["-1"], ["-1", "-2"], "3"),
        (None, ["-3", "-2"], ["-3", "-2"], "0"),
        (None, ["3", "3"], ["3", "3"], "4"),
        (None, ["0"], ["0"], "0"),
        (None, ["-0.5"], ["-0.5", "0"], "3.5"),
    ],
)
def test_points_of_a_mark(given, items, rubric, points):
    found = points_of_mark(
        given=None if given is None else D(given),
        items=[D(i) for i in items],
        rubric=[D(r) for r in rubric],
        most=D(4),
    )
    assert found == (None if points is None else D(points))


def attempts(*totals):
    return [Attempt(n, NOW, None if total is None else D(total)) for n, total in enumerate(totals, start=1)]


@pytest.mark.parametrize(
    ("totals", "best", "latest"),
    [
        ((), None, None),
        (("1",), 1, 1),
        (("3", "5", "2"), 2, 3),
        (("5", "5", "2"), 2, 3),  # of equals the latest
        (("0", None), 1, 2),  # one that waits counts as the best only where nothing is marked
        ((None, None), 2, 2),
        (("0", "0"), 2, 2),
    ],
)
def test_which_submission_counts(totals, best, latest):
    found = which_counts(attempts(*totals), best=True), which_counts(attempts(*totals), best=False)
    assert tuple(one.attempt if one else None for one in found) == (best, latest)


def test_a_histogram_puts_full_points_into_the_last_part_and_none_elsewhere():
    found = arithmetic.histogram([D(0), D("0.39"), D("0.4"), D("3.99"), D(4), D(5)], D(4), 10)
    assert found == [2, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert arithmetic.histogram([D(0)], D(0), 3) == [1, 0, 0]


def test_the_median_of_an_even_number_lies_between():
    assert arithmetic.median([D(1), D(4), D(2), D(3)]) == D("2.5")
    assert arithmetic.median([D(3), D(1), D(2)]) == D(2)
