"""How points are added up: pure functions on plain values. Points are `Decimal`s with three places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

PLACES = Decimal("0.001")
ZERO = Decimal(0)


def rounded(points: Decimal) -> Decimal:
    return points.quantize(PLACES, rounding=ROUND_HALF_UP)


def clamped(points: Decimal, most: Decimal) -> Decimal:
    """No less than nothing, no more than the question has."""
    return min(max(points, ZERO), most)


def rubric_base(rubric: Sequence[Decimal], most: Decimal) -> Decimal:
    """Where counting begins: at full points where a question's items only take off, at nothing otherwise."""
    only_takes_off = any(item < 0 for item in rubric) and not any(item > 0 for item in rubric)
    return most if only_takes_off else ZERO


def points_of_mark(
    *, given: Decimal | None, items: Sequence[Decimal], rubric: Sequence[Decimal], most: Decimal
) -> Decimal | None:
    """What a person's mark comes to.

    Args:
        given: points that stand as they are, whatever the items say.
        items: points of the items that the mark bears. rubric: those of all items of the question.
        most: the question's points.

    Returns:
        None for a mark that gives no points at all, but a comment: no points, no items and no rubric.
    """
    if given is not None:
        return clamped(given, most)
    if not items and not rubric:
        return None
    return clamped(rounded(rubric_base(rubric, most) + sum(items, ZERO)), most)


def late_penalty(raw: Decimal, *, days: int, percent_per_day: int) -> Decimal:
    """What lateness takes off the points that the work earned; never more than all of them."""
    percent = min(100, days * percent_per_day)
    return rounded(max(raw, ZERO) * percent / 100)


@dataclass(frozen=True)
class Attempt:
    """One submission where it is asked which counts. `total` is None while it is not marked."""

    attempt: int
    submitted_at: datetime
    total: Decimal | None


def which_counts(attempts: Iterable[Attempt], *, best: bool) -> Attempt | None:
    """The latest; or the best, of equals the latest, and one that is not marked only where nothing is."""
    found = list(attempts)
    if not best:
        return max(found, key=lambda one: one.attempt, default=None)
    return max(found, key=lambda one: (one.total is not None, one.total or ZERO, one.attempt), default=None)


def median(values: Sequence[Decimal]) -> Decimal:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def histogram(points: Iterable[Decimal], most: Decimal, bins: int) -> list[int]:
    """How many lie in each of `bins` equal parts of 0 … most; full points lie in the last."""
    counts = [0] * bins
    for one in points:
        share = one / most if most else ZERO
        counts[min(bins - 1, max(0, int(share * bins)))] += 1
    return counts
