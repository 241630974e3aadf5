"""The top rung: a weighted mean of candidates, chosen greedily on their out-of-fold predictions.

Source: R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes, Ensemble selection from libraries of models, ICML 2004:
members are added one at a time, with replacement, each the one that lowers the loss of the mean most; a member that
was added twice counts twice. Of all steps the best is kept.

Its own out-of-fold prediction is cross-fitted: rows of a fold are predicted with weights that were chosen on the
other folds, so that its score pays for the choosing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seodang.learn._resample import Judge, covered
from seodang.score.metrics._base import Needs

Array = NDArray[Any]
Floats = NDArray[np.float64]
Fold = tuple[NDArray[np.int64], NDArray[np.int64]]

STEPS = 40
# Members of the library, the best ones; greedy selection from more overfits and takes longer.
MOST_MEMBERS = 30
# A step must lower the loss by this share of it.
_BETTER = 1e-5
# Rows that metrics without a fast way are computed on, in each step.
_GENERIC_ROWS = 8_000
_TEMPERATURES = (0.5, 2.0)
_DOUBTING_ROWS = 300
# A temperature that is further from 1 than this makes even a single member worth a rung of its own.
NOTABLE = 0.02


@dataclass(frozen=True)
class Recipe:
    """How to make the ensemble's prediction from its members': weights that sum to one, then a temperature.

    weights: by the member's place in the library; only those above 0. temperature: of probabilities,
    p ∝ p^(1/T); 1 leaves them.
    """

    weights: dict[int, float]
    temperature: float = 1.0

    @property
    def is_more_than_a_member(self) -> bool:
        return len(self.weights) > 1 or abs(self.temperature - 1) > NOTABLE

    def apply(self, predictions: dict[int, Array]) -> NDArray[np.float32]:
        """(n,) or (n, n_classes), from those of the members."""
        mixed = sum(weight * np.asarray(predictions[place], np.float64) for place, weight in self.weights.items())
        return np.asarray(tempered(np.asarray(mixed), self.temperature), dtype=np.float32)


@dataclass(frozen=True)
class Blend:
    """A recipe with its cross-fitted out-of-fold prediction, float32 in the members' shape; NaN where they have
    none."""

    recipe: Recipe
    oof: NDArray[np.float32]


def tempered(p: Floats, temperature: float) -> Floats:
    """Probabilities (n, n_classes) sharpened (T < 1) or softened (T > 1); numbers (n,) as they are."""
    if temperature == 1.0 or p.ndim == 1:
        return p
    logits = np.log(np.clip(p, 1e-12, 1.0)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    raised = np.exp(logits)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def blend(
    oofs: Sequence[Array],
    y: Array,
    folds: Sequence[Fold],
    metric: str,
    labels: Sequence[str] = (),
    *,
    deadline: float | None = None,
) -> Blend | None:
    """The ensemble of a library; None where there are not two members that predict the same rows.

    Args:
        oofs: out-of-fold predictions, float32 (n,) or (n, n_classes), NaN in rows that no fold validates.
        y: class codes or numbers, (n,).
        deadline: of `time.monotonic()`; fewer steps and, past it, weights that are not cross-fitted.
    """
    judge = Judge.of(metric, y, labels)
    rows = covered(np.asarray(oofs[0])) if len(oofs) else np.zeros(0, dtype=bool)
    fits = [place for place, oof in enumerate(oofs) if np.array_equal(covered(oof), rows)]
    if len(fits) < 2 or not rows.any():
        return None
    losses = {place: loss_of(judge, oofs[place]) for place in fits}
    library = sorted((p for p in fits if math.isfinite(losses[p])), key=lambda p: (losses[p], p))[:MOST_MEMBERS]
    if len(library) < 2:
        return None
    predictions = [np.asarray(oofs[place]) for place in library]
    recipe = _recipe(judge, predictions, rows, deadline)
    oof = _cross_fitted(judge, predictions, rows, folds, recipe, deadline)
    return Blend(
        Recipe({library[place]: weight for place, weight in recipe.weights.items()}, recipe.temperature), oof
    )


def loss_of(judge: Judge, oof: Array, rows: NDArray[np.bool_] | None = None) -> float:
    """The score, lower is better; NaN where it has none."""
    return -judge.sign * judge.score(oof, rows)


def _recipe(judge: Judge, predictions: Sequence[Array], rows: NDArray[np.bool_], deadline: float | None) -> Recipe:
    objective = objective_of(judge, predictions, rows)
    counts = select(objective, STEPS, deadline)
    weights = counts / counts.sum()
    mixed = Recipe({int(k): float(weights[k]) for k in np.flatnonzero(weights)})
    if judge.metric.needs is not Needs.PROBABILITIES:
        return mixed
    p = mixed.apply(dict(enumerate(p[rows] for p in predictions)))
    return Recipe(mixed.weights, best_temperature(p, judge.y[rows]))


def _cross_fitted(
    judge: Judge,
    predictions: Sequence[Array],
    rows: NDArray[np.bool_],
    folds: Sequence[Fold],
    recipe: Recipe,
    deadline: float | None,
) -> NDArray[np.float32]:
    oof = np.full(predictions[0].shape, np.nan, dtype=np.float32)
    for _, valid in folds:
        inside = np.zeros(len(oof), dtype=bool)
        inside[valid] = True
        others = rows & ~inside
        own = recipe
        if others.any() and not _is_past(deadline):
            own = _recipe(judge, predictions, others, deadline)
        oof[valid] = own.apply({place: predictions[place][valid] for place in own.weights})
    oof[~rows] = np.nan
    return oof


# --- greedy selection --------------------------------------------------------------------------------------------


class Objective(Protocol):
    """The loss of a mean of members."""

    n_members: int

    def next_losses(self, counts: Floats) -> Floats:
        """The loss of the mean after each member in turn is added to `counts` (n_members,): (n_members,)."""
        ...


def select(objective: Objective, n_steps: int, deadline: float | None = None) -> Floats:
    """How often each member is taken, (n_members,), at the best of all steps; at least one is.

    A step that brings nothing does not end it: taking the best member once more makes room for another of less
    weight.
    """
    counts = np.zeros(objective.n_members)
    best, chosen = math.inf, counts
    for _ in range(n_steps):
        losses = objective.next_losses(counts)
        place = int(np.nanargmin(losses))
        counts = counts.copy()
        counts[place] += 1
        if not math.isfinite(best) or losses[place] < best - _BETTER * abs(best):
            best, chosen = float(losses[place]), counts
        if _is_past(deadline):
            break
    return chosen


def objective_of(judge: Judge, predictions: Sequence[Array], rows: NDArray[np.bool_]) -> Objective:
    """The fastest way to the metric: a Gram matrix for squares, the true class's column for log loss."""
    y = judge.y[rows]
    if judge.metric.name in ("rmse", "mse", "r2"):
        return Squares(np.stack([np.asarray(p[rows], np.float64) - y for p in predictions]))
    if judge.metric.name == "brier":
        truth = np.eye(predictions[0].shape[1])[y]
        return Squares(np.stack([(np.asarray(p[rows], np.float64) - truth).ravel() for p in predictions]))
    if judge.metric.name == "log_loss":
        own = np.arange(len(y)), y
        return TrueClass(np.stack([np.asarray(p[rows][own], np.float64) for p in predictions]))
    return AnyMetric(judge, predictions, rows)


class Squares:
    """Squared error: that of a mean of members is a quadratic form of their errors' second moments."""

    def __init__(self, errors: Floats) -> None:
        self.n_members = len(errors)
        self._gram = errors @ errors.T / errors.shape[1]

    def next_losses(self, counts: Floats) -> Floats:
        whole = counts @ self._gram @ counts
        squares = whole + 2 * (self._gram @ counts) + np.diag(self._gram)
        return np.asarray(np.sqrt(np.maximum(squares, 0.0)) / (counts.sum() + 1))


class TrueClass:
    """Log loss: only the probability of each row's true class counts, (n_members, n)."""

    def __init__(self, own: Floats) -> None:
        self.n_members = len(own)
        self._own = np.clip(own, 1e-15, 1.0).astype(np.float32)

    def next_losses(self, counts: Floats) -> Floats:
        total = (counts.astype(np.float32) @ self._own)[None, :]
        size = counts.sum() + 1
        return np.array([-np.log(row).mean(dtype=np.float64) for row in total + self._own]) + math.log(size)


class AnyMetric:
    """Any other metric, on at most some thousand rows; of equal losses the one with the better log loss wins."""

    def __init__(self, judge: Judge, predictions: Sequence[Array], rows: NDArray[np.bool_]) -> None:
        places = np.flatnonzero(rows)
        if len(places) > _GENERIC_ROWS:
            places = np.sort(np.random.default_rng(len(places)).choice(places, _GENERIC_ROWS, replace=False))
        self.n_members = len(predictions)
        self._judge = Judge.of(judge.metric, judge.y[places], judge.labels)
        self._predictions = [np.asarray(p[places], np.float64) for p in predictions]
        self._total = np.zeros_like(self._predictions[0])
        self._counted = np.zeros(self.n_members)
        own = (np.arange(len(places)), judge.y[places]) if self._total.ndim == 2 else None
        self._smooth = (
            TrueClass(np.stack([p[own] for p in self._predictions]))
            if own is not None and judge.metric.needs is Needs.LABELS
            else None
        )

    def next_losses(self, counts: Floats) -> Floats:
        for place in np.flatnonzero(counts - self._counted):
            self._total += (counts[place] - self._counted[place]) * self._predictions[place]
        self._counted = counts.copy()
        size = counts.sum() + 1
        losses = np.array([loss_of(self._judge, (self._total + p) / size) for p in self._predictions])
        return losses if self._smooth is None else losses + 0.02 * self._smooth.next_losses(counts)


def _is_past(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() > deadline


# --- calibration -------------------------------------------------------------------------------------------------


def best_temperature(p: Array, y: Array) -> float:
    """The temperature of least log loss on rows that the members did not learn from; 1 where it gains nothing.

    Source: C. Guo et al., On calibration of modern neural networks, ICML 2017, section 4.2.
    """
    from scipy.optimize import minimize_scalar

    logs = np.log(np.clip(np.asarray(p, np.float64), 1e-12, 1.0))
    own = np.arange(len(y)), np.asarray(y)

    def loss(log_temperature: float) -> float:
        scaled = logs / math.exp(log_temperature)
        top = scaled.max(axis=1)
        return float((np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top - scaled[own]).mean())

    low, high = (math.log(t) for t in _TEMPERATURES)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-3})
    if found.fun >= loss(0.0) - 1e-6:
        return 1.0
    # Few rows say little: as if so many more had said 1.
    return float(math.exp(found.x * len(y) / (len(y) + _DOUBTING_ROWS)))
