"""Support vector machine with a Gaussian kernel.

How it predicts: it compares a row with the support vectors, those training rows that lie at the boundary between
the classes (or outside the tube around a regression's surface), and adds up their weighted similarities. Good at:
smooth boundaries of any shape in few to many columns, some thousand rows. Bad at: large tables (its cost grows
with the square of the rows), columns that do not matter (`weigh` is a cheap cure), and probabilities: it has none
of its own. One sigmoid (for several classes one softmax over the decision values of all pairs) is fitted on rows
that were held out inside the training rows (Platt 1999), so that the probabilities are honest. Above `most_exact`
rows the kernel is approximated through landmark rows (Nyström; Williams and Seeger 2001), and a linear machine
learns on those. Source: Cortes and Vapnik 1995.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.families import Family, _skops, register
from seodang.learn.families._common import (
    Codes,
    FamilyClassifier,
    FamilyRegressor,
    Floats,
    Standardiser,
    TargetScale,
    softmax,
    told,
)
from seodang.learn.families.linear import fit_softmax
from seodang.learn.rungs import Said
from seodang.learn.task import Facts, Feature, Task, View

_MOST_EXACT = 4_000
_MOST_ROWS = 60_000
_INNER_FOLDS = 3
_MOST_CELLS = 4_000_000  # rows × landmarks: liblinear keeps 16 bytes of each
_BLOCK = 4_096


class KernelMap:
    """Nyström's map: φ(x) = Λ^(−1/2) Vᵀ k(landmarks, x), so that φ(x)·φ(z) ≈ exp(−γ |x − z|²)."""

    def __init__(self, gamma: float, landmarks: int) -> None:
        self.gamma = gamma
        self.landmarks = landmarks

    def fit(self, X: Floats, seed: int | None) -> KernelMap:
        rows = np.random.default_rng(seed).permutation(len(X))[: self.landmarks]
        self.rows = np.ascontiguousarray(X[np.sort(rows)])
        values, vectors = np.linalg.eigh(self._kernel(self.rows))
        kept = values > 1e-8 * values[-1]
        self.whiten = vectors[:, kept] / np.sqrt(values[kept])
        return self

    def _kernel(self, X: Floats) -> Floats:
        squares = np.sum(X**2, axis=1)[:, None] + np.sum(self.rows**2, axis=1) - 2 * X @ self.rows.T
        return np.asarray(np.exp(-self.gamma * np.maximum(squares, 0.0)))

    def transform(self, X: Floats) -> Floats:
        result = np.empty((len(X), self.whiten.shape[1]))
        for first in range(0, len(X), _BLOCK):
            rows = slice(first, first + _BLOCK)
            result[rows] = self._kernel(X[rows]) @ self.whiten
        return result


def inner_folds(codes: Codes, seed: int | None) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Folds in which every class with two rows or more is in every training part; a class of one row is in all."""
    rng = np.random.default_rng(seed)
    fold = np.empty(len(codes), dtype=np.int64)
    for code in np.unique(codes):
        rows = rng.permutation(np.flatnonzero(codes == code))
        fold[rows] = (np.arange(len(rows)) + rng.integers(_INNER_FOLDS)) % _INNER_FOLDS if len(rows) > 1 else -1
    parts = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(_INNER_FOLDS)]
    return [(train, held) for train, held in parts if len(held)]


def fit_sigmoid(decisions: Floats, codes: Codes, n_classes: int) -> Floats:
    """Weights (m + 1, n_classes), the offsets last, with which softmax(d · W + b) has the least penalised log loss.

    decisions: (n, m) of held-out rows: one number for two classes, one for each pair of several. The penalty is
    worth ten rows, so that few rows give soft probabilities (Platt's smoothed targets, 1999, serve the same).
    """
    truth = np.eye(n_classes)[codes]
    start = np.vstack([np.zeros((decisions.shape[1], n_classes)), np.log(truth.mean(axis=0) + 1e-3)])
    ridge = (10.0 if n_classes > 2 else 1.0) / len(codes)
    return fit_softmax(decisions, truth, start, ridge=ridge, lasso=0.0, most_steps=200)


def _quietly(machine: Any, X: Floats, y: Any) -> Any:
    """Fit; a machine that stops at its bound of steps is good enough, and its warning says nothing to a student."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return machine.fit(X, y)


class _Kernels:
    C: float
    gamma: float
    landmarks: int
    most_exact: int
    weigh: bool
    random_state: int | None

    def _look(self, X: Floats, about: Floats) -> Floats:
        self.scale_ = Standardiser().fit(X)
        self.importance_ = np.ones(X.shape[1])
        if self.weigh:
            self.importance_ = np.sqrt(told(X, about))
        return self._prepared(X, learn=True)

    def _landmarks(self, rows: int) -> int:
        return max(50, min(self.landmarks, _MOST_CELLS // rows))

    def _prepared(self, X: Floats, *, learn: bool = False) -> Floats:
        Z = self.scale_.transform(X) * self.importance_
        if learn:
            self.gamma_ = self.gamma / max(1e-12, float(np.sum(Z.var(axis=0))))
            self.exact_ = len(X) <= self.most_exact
            self.map_ = (
                None if self.exact_ else KernelMap(self.gamma_, self._landmarks(len(Z))).fit(Z, self.random_state)
            )
        return Z if self.map_ is None else self.map_.transform(Z)


class SVMClassifier(_Kernels, FamilyClassifier):
    """A support vector classifier whose probabilities come from one sigmoid, fitted on held-out decision values.

    Args:
        C: the price of a row on the wrong side.
        gamma: how quickly similarity fades, in units of 1 / (the columns' total variance).
        landmarks, most_exact: above `most_exact` rows the kernel stands on so many landmark rows, fewer where the
            table is long.
        weigh: whether columns count by the root of how much each alone tells of the target.
        random_state: of the landmarks and the inner folds.
    """

    def __init__(
        self,
        C: float = 1.0,
        gamma: float = 1.0,
        landmarks: int = 400,
        most_exact: int = _MOST_EXACT,
        weigh: bool = False,
        random_state: int | None = None,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.landmarks = landmarks
        self.most_exact = most_exact
        self.weigh = weigh
        self.random_state = random_state

    def _learn(self, X: Floats, codes: Codes, n_classes: int) -> None:
        Z = self._look(X, np.eye(n_classes)[codes])
        decisions, held_rows = [], []
        for train, held in inner_folds(codes, self.random_state):
            if len(np.unique(codes[train])) < n_classes:
                continue
            machine = _quietly(self._machine(len(train)), Z[train], codes[train])
            decisions.append(_decisions(machine, Z[held]))
            held_rows.append(held)
        self.machine_ = _quietly(self._machine(len(Z)), Z, codes)
        if held_rows:
            self._learn_sigmoid(np.vstack(decisions), codes[np.concatenate(held_rows)], n_classes)
        else:  # some class has one row: what the machine says of rows that it has seen
            self._learn_sigmoid(_decisions(self.machine_, Z), codes, n_classes)

    def _learn_sigmoid(self, decisions: Floats, codes: Codes, n_classes: int) -> None:
        self.sizes_ = np.maximum(decisions.std(axis=0), 1e-9)
        self.sigmoid_ = fit_sigmoid(decisions / self.sizes_, codes, n_classes)

    def _machine(self, rows: int) -> Any:
        from sklearn.svm import SVC, LinearSVC

        if self.exact_:
            return SVC(
                C=self.C,
                gamma=self.gamma_,
                decision_function_shape="ovo",
                cache_size=100,
                max_iter=20 * rows + 10_000,
            )
        return LinearSVC(C=self.C, dual=False, tol=1e-3, max_iter=200)

    def _probabilities(self, X: Floats) -> Floats:
        decisions = _decisions(self.machine_, self._prepared(X)) / self.sizes_
        return softmax(decisions @ self.sigmoid_[:-1] + self.sigmoid_[-1])


def _decisions(machine: Any, Z: Floats) -> Floats:
    """(n, m): one number for two classes; for more one for each pair, or for each class (the linear machine)."""
    values = machine.decision_function(Z)
    return np.asarray(values[:, None] if values.ndim == 1 else values)


class SVMRegressor(_Kernels, FamilyRegressor):
    """Support vector regression on the standardised target.

    Args: as for `SVMClassifier`, and
        epsilon: half the tube's width, in standard deviations of the target.
        target: "plain" or "log" (see `TargetScale`).
    """

    def __init__(
        self,
        C: float = 3.0,
        gamma: float = 1.0,
        epsilon: float = 0.1,
        target: str = "plain",
        landmarks: int = 400,
        most_exact: int = _MOST_EXACT,
        weigh: bool = False,
        random_state: int | None = None,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.epsilon = epsilon
        self.target = target
        self.landmarks = landmarks
        self.most_exact = most_exact
        self.weigh = weigh
        self.random_state = random_state

    def _learn(self, X: Floats, y: Floats) -> None:
        from sklearn.svm import SVR, LinearSVR

        Z = self._look(X, y[:, None])
        self.target_ = TargetScale(self.target).fit(y)
        z = self.target_.there(y)
        if self.exact_:
            machine = SVR(
                C=self.C,
                gamma=self.gamma_,
                epsilon=self.epsilon,
                tol=1e-4,
                cache_size=100,
                max_iter=20 * len(Z) + 10_000,
            )
        else:
            machine = LinearSVR(
                C=self.C,
                epsilon=self.epsilon,
                loss="squared_epsilon_insensitive",
                dual=False,
                tol=1e-3,
                max_iter=200,
            )
        self.machine_ = _quietly(machine, Z, z)
        self.target_.smear(self.machine_.predict(Z), y)

    def _values(self, X: Floats) -> Floats:
        return self.target_.back(self.machine_.predict(self._prepared(X)))


@register
class SVM(Family):
    """Similarities to the rows at the boundary, added up."""

    name = "svm"
    title = N_("Support vector machine")
    order = 50
    view = View.MATRIX

    def why_not(self, facts: Facts) -> Said | None:
        if facts.n_train > _MOST_ROWS:
            return Said(
                "too_large",
                N_(
                    "A support vector machine's cost grows with the square of the rows; %(rows)s rows are too many."
                ),
                {"rows": facts.n_train},
            )
        return None

    def estimator(
        self, facts: Facts, features: Sequence[Feature], settings: Any, *, seed: int, threads: int
    ) -> Any:
        kind = SVMClassifier if facts.task.has_classes else SVMRegressor
        return kind(**settings, random_state=seed)

    def portfolio(self, facts: Facts) -> list[dict[str, Any]]:
        if facts.task is Task.REGRESSION:
            return [
                {"C": 3.0, "gamma": 0.5, "weigh": True},
                {"C": 3.0, "gamma": 0.5, "weigh": True, "target": "log"},
                {"C": 10.0, "gamma": 0.1},
            ]
        return [
            {"C": 3.0, "gamma": 0.5, "weigh": True},
            {"C": 10.0, "gamma": 2.0},
            {"C": 1.0, "gamma": 0.2, "weigh": True},
        ]

    def suggest(self, trial: Any, facts: Facts) -> dict[str, Any] | None:
        settings: dict[str, Any] = {
            "C": trial.suggest_float("C", 0.1, 100.0, log=True),
            "gamma": trial.suggest_float("gamma", 0.05, 5.0, log=True),
            "weigh": trial.suggest_categorical("weigh", [True, False]),
        }
        if facts.task is Task.REGRESSION:
            settings["epsilon"] = trial.suggest_float("epsilon", 0.01, 0.5, log=True)
            settings["target"] = trial.suggest_categorical("target", ["plain", "log"])
        return settings

    def save(self, estimator: Any, folder: Path) -> None:
        _skops.save(estimator, folder)

    def load(self, folder: Path) -> Any:
        return _skops.load(folder)
