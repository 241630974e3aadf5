"""Metrics of ranks: one sort, then any number of weightings, each in linear time.

A value enters such a metric through its place in the order alone, so values become codes of their distinct levels
(0 the smallest) once. Weighted counts per level and running sums over levels are then all that a resample needs.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from seodang.score.metrics._base import Array, Metric
from seodang.score.metrics._terms import Floats, Ints

# With fewer rows of a class, a first-order expansion misses too much of the spread.
ENOUGH_FOR_EXPANSION = 500


class RankMetric(Metric):
    """A metric computed from levels. Subclasses give `prepare` and `from_prepared`."""

    @abstractmethod
    def prepare(self, y: Array, p: Array, n_classes: int) -> Any:
        """Whatever can be sorted once for all weightings."""

    @abstractmethod
    def from_prepared(self, prepared: Any, weights: Floats | None) -> float:
        """The score; NaN where the truth under these weights gives none."""

    def raw_score(self, y: Array, p: Array, n_classes: int, weights: Floats | None, **options: Any) -> float:
        return self.from_prepared(self.prepare(y, p, n_classes), weights)

    def resampled_scores(self, y: Array, p: Array, n_classes: int, weights: Array, **options: Any) -> Floats:
        prepared = self.prepare(y, p, n_classes)
        return np.array([self.from_prepared(prepared, row.astype(np.float64)) for row in weights])


def levels(values: Array) -> tuple[Ints, int]:
    """Codes of the distinct values in rising order, and how many there are."""
    order = np.argsort(values)
    in_order = values[order]
    first = np.empty(len(values), dtype=bool)
    first[:1] = True
    np.not_equal(in_order[1:], in_order[:-1], out=first[1:])
    rank = np.cumsum(first, dtype=np.int32)
    codes = np.empty(len(values), dtype=np.int32)
    codes[order] = rank - 1
    return codes, int(rank[-1]) if len(rank) else 0


def counts(codes: Ints, n_levels: int, weights: Floats | None) -> Floats:
    return np.bincount(codes, weights=weights, minlength=n_levels).astype(np.float64, copy=False)


def half_below(per_level: Floats) -> Floats:
    """For each level: what lies below it, and half of what lies on it."""
    return np.cumsum(per_level) - per_level / 2


def half_above(per_level: Floats) -> Floats:
    """For each level: what lies above it, and half of what lies on it."""
    return float(per_level.sum()) - half_below(per_level)
