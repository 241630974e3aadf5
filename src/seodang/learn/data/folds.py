"""The folds that all families share: who learns from which rows and is judged on which.

Every function is pure and drawn from the seed alone. Classes of one row are allowed: they are then missing from
the training part of one fold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.data._dice import dice
from seodang.learn.errors import ChoiceInvalid
from seodang.learn.task import Task

Rows = NDArray[np.int64]
Fold = tuple[Rows, Rows]

FEW_ROWS = 1_000
# Beyond so many groups, balancing the classes among folds group by group would cost more than it gives.
MOST_GROUPS_BALANCED = 5_000


def usual_n_folds(n_rows: int) -> int:
    """10 folds below 1,000 rows, where each row counts, else 5; fewer where there are hardly any rows."""
    return min(10 if n_rows < FEW_ROWS else 5, n_rows)


def make_folds(
    y: NDArray[Any],
    task: Task,
    *,
    groups: NDArray[Any] | None = None,
    times: NDArray[np.float64] | None = None,
    n_folds: int | None = None,
    seed: int = 0,
) -> list[Fold]:
    """(training rows, validation rows) of each fold, both sorted.

    Args:
        y: class codes or numbers, shape (n,). Both are stratified: numbers by rank.
        groups: shape (n,); no group stands on both sides of a fold.
        times: shape (n,); rolling origin: each fold learns from what came before its validation rows. The earliest
            rows are then validated by no fold.

    Raises:
        ChoiceInvalid: too few rows, groups or times for two folds, or no training part with two classes.
    """
    n_rows = len(y)
    wanted = usual_n_folds(n_rows) if n_folds is None else n_folds
    if wanted < 2 or n_rows < max(2, wanted):
        raise ChoiceInvalid(
            N_("%(rows)s rows cannot be cut into %(folds)s folds."),
            hint=N_("Give more rows, or ask for fewer folds; two at least."),
            rows=n_rows,
            folds=wanted,
        )
    rng = dice(seed, "folds")
    if times is not None:
        folds = _rolling(np.asarray(times, dtype=np.float64), wanted)
    elif groups is not None:
        folds = _from_homes(_by_group(y, task, np.asarray(groups), wanted, rng), wanted)
    else:
        folds = _from_homes(_stratified(y, wanted, rng), wanted)
    return _learnable(folds, y, task)


def _from_homes(home: Rows, n_folds: int) -> list[Fold]:
    return [(np.flatnonzero(home != k), np.flatnonzero(home == k)) for k in range(n_folds)]


def _stratified(y: NDArray[Any], n_folds: int, rng: np.random.Generator) -> Rows:
    """Rows in the order of y are dealt out round after round, each round in an order of its own."""
    n_rows = len(y)
    order = rng.permutation(n_rows)
    order = order[np.argsort(y[order], kind="stable")]
    n_rounds = -(-n_rows // n_folds)
    deal = np.argsort(rng.random((n_rounds, n_folds)), axis=1).ravel()
    # The last round deals to the folds that it reaches; any of them may come first.
    home = np.empty(n_rows, dtype=np.int64)
    home[order] = deal[:n_rows]
    return home


def _by_group(y: NDArray[Any], task: Task, groups: NDArray[Any], n_folds: int, rng: np.random.Generator) -> Rows:
    """Large groups first, each to the fold that is furthest from its share of rows, and of classes."""
    names, group_of = np.unique(groups, return_inverse=True)
    if len(names) < n_folds:
        raise ChoiceInvalid(
            N_("The group column has %(found)s different values; %(needed)s folds need at least as many."),
            hint=N_("Choose a column with more groups, or ask for fewer folds."),
            found=len(names),
            needed=n_folds,
        )
    balanced = task.has_classes and len(names) <= MOST_GROUPS_BALANCED
    classes = y.astype(np.int64) if balanced else np.zeros(len(y), dtype=np.int64)
    n_classes = int(classes.max()) + 1
    counts = np.zeros((len(names), n_classes + 1))
    np.add.at(counts, (group_of.ravel(), classes), 1)
    # One more column counts the rows, whatever their class: it weighs as much as all classes together.
    counts[:, -1] = counts.sum(axis=1)
    weight = 1 / np.maximum(counts.sum(axis=0), 1) ** 2
    weight[-1] *= n_classes
    filled = np.zeros((n_folds, n_classes + 1))
    order = rng.permutation(len(names))
    order = order[np.argsort(-counts[order, -1], kind="stable")]
    home_of = np.empty(len(names), dtype=np.int64)
    for group in order:
        # Adding c to a fold holding f changes Σ f² by 2fc + c²: least where most is missing.
        home_of[group] = k = int(np.argmin((filled * (counts[group] * weight)).sum(axis=1)))
        filled[k] += counts[group]
    return np.asarray(home_of[group_of.ravel()])


def _rolling(times: NDArray[np.float64], n_folds: int) -> list[Fold]:
    """n_folds + 1 stretches of time; fold k learns from stretches 0 … k and is judged on k + 1 (rolling origin,
    Tashman 2000). Rows of one moment stay together."""
    order = np.argsort(times, kind="stable")
    later = times[order]
    cuts = np.flatnonzero(later[1:] != later[:-1]) + 1
    if len(cuts) < 2:
        raise ChoiceInvalid(
            N_("The time column has %(found)s different values; folds in time need at least three."),
            hint=N_("Choose a column with finer times, or leave it out."),
            found=len(cuts) + 1,
        )
    n_folds = min(n_folds, len(cuts))
    ideal = np.linspace(0, len(times), n_folds + 2)[1:-1]
    starts = sorted({int(cuts[np.argmin(np.abs(cuts - place))]) for place in ideal})
    ends = [*starts[1:], len(times)]
    return [(np.sort(order[:start]), np.sort(order[start:end])) for start, end in zip(starts, ends, strict=True)]


def _learnable(folds: list[Fold], y: NDArray[Any], task: Task) -> list[Fold]:
    if not task.has_classes:
        return folds
    kept = [(train, valid) for train, valid in folds if len(np.unique(y[train])) > 1]
    if not kept:
        raise ChoiceInvalid(
            N_("No fold's training rows hold two classes."),
            hint=N_("Leave out the group or time column, or give more rows of each class."),
        )
    return kept
