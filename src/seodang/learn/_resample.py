"""Resampled scores of many predictions at once: in the bag, and out of it.

Rows are dealt at random into at most `UNITS` units of nearly equal size; up to that many rows each row is a unit,
and rows of one group always share one. A resample draws units with replacement. Every prediction's score on every
resample is then finished from one product of (resamples, units) and (units, terms), whatever the metric is, so that
a hundred predictions of fifty thousand rows take a second. Metrics of ranks take their first-order expansion where
it holds (`Metric.influence`), else they are computed row by row.

All predictions share the resamples of one seed, which makes differences of their scores paired.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.score.metrics import METRICS
from seodang.score.metrics._base import LABELLED, Metric, Needs

Array = NDArray[Any]
Floats = NDArray[np.float64]
Rows = NDArray[np.bool_]

UNITS = 2_048


def shaped_for(metric: Metric, prediction: Array) -> Array:
    """A model's output as the metric wants it: numbers within its limits, class codes, or probabilities.

    Args:
        prediction: (n,) values of a regression, (n, n_classes) probabilities of classes.
    """
    values = np.asarray(prediction, dtype=np.float64)
    if metric.needs is Needs.VALUES:
        return np.clip(values, *metric.prediction_limits)
    if metric.needs is Needs.LABELS:
        return np.asarray(values.argmax(axis=1))
    if metric.needs in LABELLED:
        # float32 rows miss a sum of one by some 1e-7.
        return np.asarray(values / values.sum(axis=1, keepdims=True))
    raise ValueError(f"a ladder has no prediction for a metric of {metric.needs}: {metric.name}")


def covered(oof: Array) -> Rows:
    """Which rows have an out-of-fold prediction, (n,)."""
    finite: Rows = np.isfinite(oof)
    return finite if finite.ndim == 1 else np.asarray(finite.all(axis=1))


@dataclass(frozen=True)
class Judge:
    """The truth, the metric, and the resamples that all predictions of a ladder share.

    Attributes:
        y: class codes or numbers, (n,).
        labels: of classes, in order; empty for a regression.
        groups: codes of groups that stay together, (n,), or None.
    """

    metric: Metric
    y: Array
    labels: tuple[str, ...] = ()
    groups: Array | None = None
    seed: int = 0

    @classmethod
    def of(
        cls, metric: str | Metric, y: Array, labels: Any = (), *, groups: Array | None = None, seed: int = 0
    ) -> Judge:
        found = METRICS.get(metric) if isinstance(metric, str) else metric
        return cls(found, np.asarray(y), tuple(labels), groups, seed)

    @property
    def sign(self) -> float:
        return 1.0 if self.metric.greater_is_better else -1.0

    def score(self, oof: Array, rows: Rows | None = None) -> float:
        """The metric on the rows that are covered (and in `rows`); NaN where it has no value."""
        y, p, n_classes = self._arrays(oof, rows)
        if not len(y):
            return float("nan")
        return float(self.metric.raw_score(y, p, n_classes, None, **self.metric.options))

    def resample(self, oof: Array, n_resamples: int, *, rows: Rows | None = None) -> Floats:
        """The score on each resample, (n_resamples,); NaN where it has no value."""
        return self._resampled(oof, self._weights(n_resamples), rows)

    def in_and_out(self, oof: Array, n_resamples: int) -> tuple[Floats, Floats]:
        """The score on each resample and on the rows that were not drawn in it, both (n_resamples,)."""
        both = self.__dict__.get("_kept_both")
        if both is None or len(both) != 2 * n_resamples:
            weights = self._weights(n_resamples)
            both = self.__dict__["_kept_both"] = np.vstack([weights, weights == 0])
        both = self._resampled(oof, both, None)
        return both[:n_resamples], both[n_resamples:]

    def _resampled(self, oof: Array, weights: Floats, rows: Rows | None) -> Floats:
        rows = covered(oof) if rows is None else rows & covered(oof)
        y, p, n_classes = self._arrays(oof, rows)
        units = self._units[rows]
        metric, options = self.metric, self.metric.options
        sizes = np.bincount(units, minlength=self._n_units).astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            if metric.is_decomposable:
                sums = metric.terms(y, p, n_classes, **options).block_sums(units, self._n_units)
                means = weights @ sums / (weights @ sizes)[:, None]
                return self._bounded(metric.finish(means, n_classes, **options))
            influence = metric.influence(y, p, n_classes, **options) if len(y) > UNITS else None
            if influence is not None:
                whole = float(metric.raw_score(y, p, n_classes, None, **options))
                moved = np.bincount(units, weights=influence, minlength=self._n_units)
                return self._bounded(whole + weights @ moved / (weights @ sizes))
            step = max(1, 2_000_000 // max(1, len(y)))
            chunks = [weights[first : first + step][:, units] for first in range(0, len(weights), step)]
            found = [metric.resampled_scores(y, p, n_classes, chunk, **options) for chunk in chunks]
            return self._bounded(np.concatenate(found))

    def _bounded(self, scores: Floats) -> Floats:
        return np.asarray(np.clip(scores, *self.metric.bounds), dtype=np.float64)

    def _arrays(self, oof: Array, rows: Rows | None) -> tuple[Array, Array, int]:
        rows = covered(oof) if rows is None else rows & covered(oof)
        shaped = shaped_for(self.metric, np.asarray(oof)[rows])
        return self.metric.arrays(self.y[rows], shaped, self.labels or None)

    @cached_property
    def _n_units(self) -> int:
        return int(self._units.max()) + 1 if len(self._units) else 0

    @cached_property
    def _units(self) -> NDArray[np.int64]:
        """The unit of each row: of its group where there are groups."""
        members = np.arange(len(self.y)) if self.groups is None else np.unique(self.groups, return_inverse=True)[1]
        n_members = int(members.max()) + 1 if len(members) else 0
        dealt = np.arange(n_members) % UNITS
        if n_members > UNITS:
            np.random.default_rng((self.seed, n_members, 2)).shuffle(dealt)
        return np.asarray(dealt[members], dtype=np.int64)

    def _weights(self, n_resamples: int) -> Floats:
        """How often each unit is drawn, (n_resamples, n_units); the first rows are the same for any number."""
        kept = self.__dict__.get("_kept_weights")
        if kept is None or len(kept) < n_resamples:
            n = self._n_units
            generator = np.random.default_rng((self.seed, n, 1))
            drawn = [np.bincount(generator.integers(0, n, size=n), minlength=n) for _ in range(n_resamples)]
            kept = np.asarray(drawn, dtype=np.float64).reshape(n_resamples, n)
            self.__dict__["_kept_weights"] = kept
        return np.asarray(kept[:n_resamples])
