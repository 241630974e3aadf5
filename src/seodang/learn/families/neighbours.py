"""Nearest neighbours: the answer of the most similar rows.

How it predicts: it finds the k training rows that are nearest, and averages their targets, near ones counting more.
Good at: smooth or local patterns, few columns; there is nothing to train. Bad at: many columns that do not matter
(distances then say little), and large tables (it keeps every row and searches them for each prediction).
Distances are between standardised columns; `weigh` multiplies each by how much it alone tells of the target, a
cheap cure for columns that do not matter. A row at the distance d counts 1 − (d / d_{k+1})², Epanechnikov's kernel
with the k-nearest width (Cleveland and Loader 1996); classes are smoothed by their shares. Every k is a checkpoint:
one search serves all. Source: Fix and Hodges 1951; Cover and Hart 1967.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.families import Family, _skops, register
from seodang.learn.families._common import Codes, Floats, StagedClassifier, StagedRegressor, Standardiser, told
from seodang.learn.rungs import Said
from seodang.learn.task import Facts, Feature, View

_KS = (1, 3, 5, 8, 12, 20, 35, 60, 100, 160)
_USUAL_K = 8
_MOST_ROWS = 30_000  # that are kept to be searched
_MOST_DISTANCES = 3e10  # rows × rows × columns of one fold's search, about a minute of one core


class _Searches:
    """Columns scaled and weighed, rows kept, the nearest found."""

    p: int
    weigh: bool
    most_k: int
    random_state: int | None
    stages_: list[int]

    def _keep(self, X: Floats, about: Floats) -> NDArray[np.int64]:
        """Learn the scale and keep the rows; about (n, m): numbers that tell of the target. Returns
        their places."""
        self.scale_ = Standardiser().fit(X)
        Z = self.scale_.transform(X)
        self.importance_ = told(X, about) if self.weigh else np.ones(Z.shape[1])
        kept = np.arange(len(Z))
        if len(Z) > _MOST_ROWS:
            kept = np.sort(np.random.default_rng(self.random_state).permutation(len(Z))[:_MOST_ROWS])
        self.rows_ = (Z * self.importance_)[kept]
        return kept

    def _checkpoints(self) -> tuple[list[int], int]:
        stages = [k for k in _KS if k <= self.most_k] or [1]
        return stages, min(stages, key=lambda k: abs(k - _USUAL_K))

    def _weights(self, X: Floats) -> tuple[NDArray[np.int64], Iterator[tuple[int, Floats]]]:
        from sklearn.neighbors import NearestNeighbors

        wanted = min(self.stages_[-1] + 1, len(self.rows_))
        few_columns = self.rows_.shape[1] <= 12
        search = NearestNeighbors(
            n_neighbors=wanted, p=self.p, algorithm="kd_tree" if few_columns else "brute"
        ).fit(self.rows_)
        distances, places = search.kneighbors(self.scale_.transform(X) * self.importance_)
        return places, ((k, _kernel(distances, k)) for k in self.stages_)


def _kernel(distances: Floats, k: int) -> Floats:
    """Weights (n, k) that sum to one: 1 − (d / d_{k+1})²; equal where all distances are the same."""
    near = distances[:, :k]  # all there are where there are fewer
    edge = distances[:, min(k, distances.shape[1] - 1)][:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = 1.0 - np.where(edge > 0, near / edge, 0.0) ** 2
    weights = np.maximum(weights, 0.0) + 1e-3
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


class NeighboursClassifier(_Searches, StagedClassifier):
    """Shares of the classes among the k nearest rows.

    Args:
        p: 2 for Euclid's distance, 1 for the sum of the differences.
        weigh: whether columns count by how much each alone tells of the target.
        smoothing: imagined rows with the classes' overall shares that are added to the k.
        most_k: the largest k.
        random_state: which rows are kept of a table with more than 30,000.
    """

    def __init__(
        self,
        p: int = 2,
        weigh: bool = False,
        smoothing: float = 1.0,
        most_k: int = 160,
        random_state: int | None = None,
    ) -> None:
        self.p = p
        self.weigh = weigh
        self.smoothing = smoothing
        self.most_k = most_k
        self.random_state = random_state

    def _learn(self, X: Floats, codes: Codes, n_classes: int) -> None:
        truth = np.eye(n_classes)[codes]
        self.shares_ = truth.mean(axis=0)
        self.codes_ = codes[self._keep(X, truth)]

    def _staged(self, X: Floats) -> Iterator[Floats]:
        places, weighed = self._weights(X)
        found = self.codes_[places]
        for k, weights in weighed:
            shares = np.stack(
                [np.sum(weights * (found[:, :k] == c), axis=1) for c in range(len(self.shares_))], axis=1
            )
            rows = 1.0 / np.sum(weights**2, axis=1, keepdims=True)  # how many equal rows these weights are worth
            yield (rows * shares + self.smoothing * self.shares_) / (rows + self.smoothing)


class NeighboursRegressor(_Searches, StagedRegressor):
    """The mean target of the k nearest rows. Arguments as for `NeighboursClassifier`."""

    def __init__(self, p: int = 2, weigh: bool = False, most_k: int = 160, random_state: int | None = None) -> None:
        self.p = p
        self.weigh = weigh
        self.most_k = most_k
        self.random_state = random_state

    def _learn(self, X: Floats, y: Floats) -> None:
        self.targets_ = y[self._keep(X, y[:, None])]

    def _staged(self, X: Floats) -> Iterator[Floats]:
        places, weighed = self._weights(X)
        found = self.targets_[places]
        for k, weights in weighed:
            yield np.sum(weights * found[:, :k], axis=1)


@register
class Neighbours(Family):
    """The mean of the most similar training rows."""

    name = "neighbours"
    title = N_("Nearest neighbours")
    order = 20
    view = View.MATRIX

    def why_not(self, facts: Facts) -> Said | None:
        searched = min(facts.n_train, _MOST_ROWS)
        asked = max(1, facts.n_rows - facts.n_train)
        if float(searched) * asked * max(1, facts.n_columns) > _MOST_DISTANCES:
            return Said(
                "too_large",
                N_(
                    "Nearest neighbours compare every row with every other in all %(columns)s columns; "
                    "%(rows)s rows would take too long."
                ),
                {"columns": facts.n_columns, "rows": facts.n_rows},
            )
        return None

    def estimator(
        self, facts: Facts, features: Sequence[Feature], settings: Any, *, seed: int, threads: int
    ) -> Any:
        kind = NeighboursClassifier if facts.task.has_classes else NeighboursRegressor
        return kind(**settings, random_state=seed)

    def portfolio(self, facts: Facts) -> list[dict[str, Any]]:
        return [{"weigh": True}, {}, {"weigh": True, "p": 1}]

    def suggest(self, trial: Any, facts: Facts) -> dict[str, Any] | None:
        settings: dict[str, Any] = {
            "p": trial.suggest_categorical("p", [1, 2]),
            "weigh": trial.suggest_categorical("weigh", [True, False]),
        }
        if facts.task.has_classes:
            settings["smoothing"] = trial.suggest_float("smoothing", 0.1, 10.0, log=True)
        return settings

    def save(self, estimator: Any, folder: Path) -> None:
        _skops.save(estimator, folder)

    def load(self, folder: Path) -> Any:
        return _skops.load(folder)
