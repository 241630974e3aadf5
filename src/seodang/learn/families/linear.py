"""Linear models: ridge and lasso, for numbers and for classes.

How it predicts: each column has a weight; a row's weighted sum is the prediction, or goes through the softmax to
become probabilities (logistic regression). Good at: effects that add up, few rows, many columns; the weights can
be read. Bad at: curves and interactions that nobody wrote down as columns. A penalty keeps weights small: their
squares (ridge; Hoerl and Kennard 1970) or their sizes (lasso; Tibshirani 1996), which makes many exactly zero. All
strengths are fitted along one path, each from the solution before it (Friedman, Hastie, Tibshirani 2010), and each
is a checkpoint. `curves` gives each number a piecewise linear curve between quantiles, so that the sum becomes a
generalised additive model (Hastie and Tibshirani 1986; encoding: Gorishniy et al. 2022, eq. 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from seodang.i18n import N_
from seodang.learn.families import Family, _skops, register
from seodang.learn.families._common import (
    Codes,
    Floats,
    StagedClassifier,
    StagedRegressor,
    Standardiser,
    TargetScale,
    log_sum_exp,
    softmax,
)
from seodang.learn.task import Facts, Feature, Task, View

_RIDGE_STRENGTHS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.0005, 0.00005, 0.000005)  # per row
_LASSO_STRENGTHS = (0.5, 0.25, 0.1, 0.05, 0.025, 0.01, 0.004, 0.0015, 0.0005)  # of the least that zeroes all
_FEW_CELLS = 200_000
_MOST_LOOKED_AT = 20_000  # rows, for medians, quantiles, means
_BLOCK = 4_096


class Curves:
    """Each column with more than two values as up to `pieces` slopes between its quantiles.

    A value that has passed a piece counts 1 there, one that has not reached it 0, one within it its share; the
    first and last piece end at the least and greatest training value, so that the curve is flat outside.
    """

    def __init__(self, pieces: int = 8) -> None:
        self.pieces = pieces

    def fit(self, X: Floats) -> Curves:
        places = np.linspace(0, 1, self.pieces + 1)
        knots = [np.unique(np.quantile(column, places)) for column in X.astype(np.float64).T]
        bent = [j for j, found in enumerate(knots) if len(found) > 2]
        self.columns = np.repeat(bent, [len(knots[j]) - 1 for j in bent]).astype(np.int64)
        self.starts = np.concatenate([knots[j][:-1] for j in bent] or [np.empty(0)])
        self.ends = np.concatenate([knots[j][1:] for j in bent] or [np.empty(0)])
        return self

    def transform(self, X: Floats) -> Floats:
        """The slopes alone, (n, as many as there are)."""
        passed = (X[:, self.columns] - self.starts) / (self.ends - self.starts)
        return np.asarray(np.clip(passed, 0.0, 1.0))


def fit_softmax(X: Floats, truth: Floats, start: Floats, *, ridge: float, lasso: float, most_steps: int) -> Floats:
    """Weights (p + 1, k), the intercepts last, that minimise mean log loss + ridge/2 · Σw² + lasso · Σ|w|.

    For the lasso each weight is the difference of two that are not negative, so that the penalty is smooth
    and L-BFGS-B (Byrd et al. 1995) can stand on zero.
    """
    n, p = X.shape
    k = truth.shape[1]
    split = lasso > 0

    def joined(flat: Floats) -> Floats:
        if not split:
            return flat.reshape(p + 1, k)
        up, down, intercepts = np.split(flat, [p * k, 2 * p * k])
        return np.vstack([(up - down).reshape(p, k), intercepts])

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = joined(flat)
        scores = (X @ weights[:p].astype(X.dtype)).astype(np.float64) + weights[p]
        totals = log_sum_exp(scores)
        error = (np.exp(scores - totals) - truth) / n
        slopes = (X.T @ error.astype(X.dtype)).astype(np.float64)
        value = float(np.sum(totals) - np.sum(truth * scores)) / n + ridge / 2 * float(np.sum(weights[:p] ** 2))
        slopes += ridge * weights[:p]
        if not split:
            return value, np.vstack([slopes, error.sum(axis=0)]).ravel()
        value += lasso * float(flat[: 2 * p * k].sum())
        return value, np.concatenate([slopes.ravel() + lasso, lasso - slopes.ravel(), error.sum(axis=0)])

    if split:
        body = start[:p].ravel()
        flat = np.concatenate([np.maximum(body, 0), np.maximum(-body, 0), start[p]])
        bounds: Any = [(0, None)] * (2 * p * k) + [(None, None)] * k
    else:
        flat, bounds = start.ravel(), None
    found = minimize(
        loss, flat, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": most_steps, "ftol": 1e-7}
    )
    return joined(found.x)


class _Prepares:
    """Columns as the linear models see them: numbers drawn in, curves where asked for, all standardised.

    Rows go through in blocks, so that nothing wide stands in memory in double precision.
    """

    curves: int

    def _look(self, X: Floats) -> None:
        some = X[np.linspace(0, len(X) - 1, min(len(X), _MOST_LOOKED_AT)).astype(int)]
        self.curves_ = Curves(self.curves).fit(some) if self.curves else None
        self.scale_ = Standardiser().fit(some)
        pieces = self._wide(some)
        self.means_, spreads = pieces.mean(axis=0), pieces.std(axis=0)
        self.spreads_ = np.where(spreads > 1e-10, spreads, np.inf)

    def _wide(self, X: Floats) -> Floats:
        straight = self.scale_.transform(X)
        return straight if self.curves_ is None else np.hstack([straight, self.curves_.transform(X)])

    def _blocks(self, X: Floats) -> Iterator[tuple[slice, Floats]]:
        """Places of some rows, and those rows prepared."""
        for first in range(0, len(X), _BLOCK):
            rows = slice(first, first + _BLOCK)
            yield rows, (self._wide(X[rows]) - self.means_) / self.spreads_

    def _prepared(self, X: Floats) -> Floats:
        """All rows; in single precision where there are many, which is twice as fast."""
        q = len(self.means_)
        result = np.empty((len(X), q), dtype=np.float32 if len(X) * q > _FEW_CELLS else np.float64)
        for rows, block in self._blocks(X):
            result[rows] = block
        return result


class LinearClassifier(_Prepares, StagedClassifier):
    """Logistic regression along a path of penalties, the strongest first.

    Args:
        penalty: "ridge" or "lasso".
        curves: pieces of each number's curve; 0 for straight lines.
        most_steps: L-BFGS steps for each strength.
    """

    def __init__(self, penalty: str = "ridge", curves: int = 0, most_steps: int = 100) -> None:
        self.penalty = penalty
        self.curves = curves
        self.most_steps = most_steps

    def _learn(self, X: Floats, codes: Codes, n_classes: int) -> None:
        self._look(X)
        X = self._prepared(X)
        truth = np.eye(n_classes)[codes]
        weights = np.vstack([np.zeros((X.shape[1], n_classes)), np.log(truth.mean(axis=0))])
        path = []
        for ridge, lasso in self._path(X, truth):
            weights = fit_softmax(X, truth, weights, ridge=ridge, lasso=lasso, most_steps=self.most_steps)
            path.append(weights)
        self.weights_ = np.stack(path)  # (stages, p + 1, k)

    def _checkpoints(self) -> tuple[list[int], int]:
        return _along(_RIDGE_STRENGTHS)

    def _path(self, X: Floats, truth: Floats) -> list[tuple[float, float]]:
        if self.penalty == "ridge":
            return [(strength, 0.0) for strength in _RIDGE_STRENGTHS]
        if self.penalty != "lasso":
            raise ValueError(f'penalty must be "ridge" or "lasso". Received: penalty={self.penalty!r}')
        tilt = (truth - truth.mean(axis=0)).astype(X.dtype)
        most = float(np.abs(X.T @ tilt).max()) / len(X)
        return [(1e-5, max(most, 1e-12) * share) for share in _LASSO_STRENGTHS]

    def _staged(self, X: Floats) -> Iterator[Floats]:
        k = self.weights_.shape[2]
        scores = np.empty((len(self.weights_), len(X), k))
        for rows, block in self._blocks(X):
            scores[:, rows] = block @ self.weights_[:, :-1] + self.weights_[:, -1:]
        return (softmax(one) for one in scores)


def _along(strengths: Sequence[float]) -> tuple[list[int], int]:
    places = list(range(len(strengths)))
    return places, places[-1 - len(places) // 4]


class LinearRegressor(_Prepares, StagedRegressor):
    """Least squares along a path of penalties, the strongest first.

    Args:
        penalty: "ridge" or "lasso".
        curves: pieces of each number's curve; 0 for straight lines.
        target: "plain" or "log" (see `TargetScale`).
    """

    def __init__(self, penalty: str = "ridge", curves: int = 0, target: str = "plain") -> None:
        self.penalty = penalty
        self.curves = curves
        self.target = target

    def _learn(self, X: Floats, y: Floats) -> None:
        self._look(X)
        self.target_ = TargetScale(self.target).fit(y)
        z = self.target_.there(y)
        gram, aim = self._products(X, z)
        if self.penalty == "ridge":
            self.weights_ = _ridge_path(gram, aim, _RIDGE_STRENGTHS)
        elif self.penalty == "lasso":
            self.weights_ = _lasso_path(gram, aim, _LASSO_STRENGTHS)
        else:
            raise ValueError(f'penalty must be "ridge" or "lasso". Received: penalty={self.penalty!r}')
        if self.target == "log":
            self.target_.smear(self._raw(X, self.weights_[[self.stage_]])[0], y)

    def _products(self, X: Floats, z: Floats) -> tuple[Floats, Floats]:
        """XᵀX/n (p, p) and Xᵀz/n (p,) of the prepared columns, less their means."""
        q = len(self.means_)
        gram, aim, sums = np.zeros((q, q)), np.zeros(q), np.zeros(q)
        for rows, block in self._blocks(X):
            gram += block.T @ block
            aim += block.T @ z[rows]
            sums += block.sum(axis=0)
        self.centre_ = sums / len(X)
        return gram / len(X) - np.outer(self.centre_, self.centre_), aim / len(X) - self.centre_ * z.mean()

    def _raw(self, X: Floats, weights: Floats) -> Floats:
        """(stages, n) standardised predictions of weights (stages, p)."""
        raw = np.empty((len(weights), len(X)))
        for rows, block in self._blocks(X):
            raw[:, rows] = weights @ (block - self.centre_).T
        return raw

    def _checkpoints(self) -> tuple[list[int], int]:
        return _along(_RIDGE_STRENGTHS)

    def _staged(self, X: Floats) -> Iterator[Floats]:
        return (self.target_.back(raw) for raw in self._raw(X, self.weights_))


def _ridge_path(gram: Floats, aim: Floats, strengths: Sequence[float]) -> Floats:
    """Weights (stages, p): w = (XᵀX/n + λI)⁻¹ Xᵀz/n for every λ from one eigendecomposition."""
    values, vectors = np.linalg.eigh(gram)
    turned = vectors.T @ aim
    return np.stack([vectors @ (turned / (np.maximum(values, 0.0) + strength)) for strength in strengths])


def _lasso_path(gram: Floats, aim: Floats, shares: Sequence[float]) -> Floats:
    """Weights (stages, p) that minimise ½ wᵀ(XᵀX/n)w − wᵀ(Xᵀz/n) + λ Σ|w|, w split into two as in `fit_softmax`."""
    p = len(aim)
    most = max(float(np.abs(aim).max()), 1e-12)
    flat = np.zeros(2 * p)
    path = []
    for strength in (most * share for share in shares):

        def loss(flat: Floats, strength: float = strength) -> tuple[float, Floats]:
            weights = flat[:p] - flat[p:]
            pull = gram @ weights
            slopes = pull - aim
            value = float(weights @ pull) / 2 - float(weights @ aim) + strength * float(flat.sum())
            return value, np.concatenate([slopes, -slopes]) + strength

        found = minimize(
            loss,
            flat,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0, None)] * (2 * p),
            options={"maxiter": 300, "ftol": 1e-9},
        )
        flat = found.x
        path.append(flat[:p] - flat[p:])
    return np.stack(path)


@register
class Linear(Family):
    """A weighted sum of the columns, with small weights (ridge) or few of them (lasso)."""

    name = "linear"
    title = N_("Linear model")
    order = 10
    view = View.MATRIX

    def estimator(
        self, facts: Facts, features: Sequence[Feature], settings: Any, *, seed: int, threads: int
    ) -> Any:
        return (LinearClassifier if facts.task.has_classes else LinearRegressor)(**settings)

    def portfolio(self, facts: Facts) -> list[dict[str, Any]]:
        curved: list[dict[str, Any]] = [{"penalty": "ridge", "curves": 8}, {"penalty": "lasso", "curves": 8}]
        if facts.task is Task.REGRESSION:
            curved.insert(1, {"penalty": "ridge", "curves": 8, "target": "log"})
        return [*curved, {"penalty": "ridge"}, {"penalty": "lasso"}]

    def suggest(self, trial: Any, facts: Facts) -> dict[str, Any] | None:
        settings: dict[str, Any] = {
            "penalty": trial.suggest_categorical("penalty", ["ridge", "lasso"]),
            "curves": trial.suggest_categorical("curves", [0, 4, 8, 16, 32]),
        }
        if facts.task is Task.REGRESSION:
            settings["target"] = trial.suggest_categorical("target", ["plain", "log"])
        return settings

    def save(self, estimator: Any, folder: Path) -> None:
        _skops.save(estimator, folder)

    def load(self, folder: Path) -> Any:
        return _skops.load(folder)
