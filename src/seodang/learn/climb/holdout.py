"""Rows that nobody looks at until the climb is over."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.errors import ChoiceInvalid
from seodang.learn.task import Task

Rows = NDArray[np.int64]
LARGEST = 0.5


def check_holdout(share: float) -> None:
    """
    Raises:
        ChoiceInvalid
    """
    if not 0.0 <= share <= LARGEST:
        raise ChoiceInvalid(
            N_("The holdout must be a share of the rows from 0 to %(most)s; received %(received)s."),
            hint=N_("0.2 keeps a fifth of the rows back; 0 keeps none."),
            most=LARGEST,
            received=str(share),
        )


def holdout_rows(
    y: NDArray[Any],
    task: Task,
    share: float,
    *,
    groups: NDArray[Any] | None = None,
    times: NDArray[np.float64] | None = None,
    seed: int = 0,
) -> tuple[Rows, Rows]:
    """(rows to learn from, rows held out), both sorted.

    With times the latest rows are held out, with groups whole groups, else rows are drawn evenly over y.

    Args:
        y: class codes or numbers, (n,).
        share: of the rows, 0 to 0.5; 0 holds out none.
    """
    check_holdout(share)
    n_rows = len(y)
    wanted = round(share * n_rows)
    if wanted == 0:
        return np.arange(n_rows), np.arange(0)
    rng = np.random.default_rng((seed, 77))
    if times is not None:
        ordered = np.sort(times)
        held = times > ordered[n_rows - wanted - 1]
    elif groups is not None:
        held = _whole_groups(groups, wanted, rng)
    else:
        held = _evenly(y, wanted, rng)
    return np.flatnonzero(~held), np.flatnonzero(held)


def _evenly(y: NDArray[Any], wanted: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Rows in the order of y are cut into `wanted` stretches; one of each is drawn."""
    n_rows = len(y)
    order = rng.permutation(n_rows)
    order = order[np.argsort(y[order], kind="stable")]
    edges = np.linspace(0, n_rows, wanted + 1).astype(np.int64)
    drawn = edges[:-1] + (rng.random(wanted) * np.diff(edges)).astype(np.int64)
    held = np.zeros(n_rows, dtype=bool)
    held[order[drawn]] = True
    return held


def _whole_groups(groups: NDArray[Any], wanted: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    names, codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = rng.permutation(len(names))
    # Groups are taken as long as the sum comes nearer to what is wanted; two stay to learn from.
    taken = np.zeros(len(names), dtype=bool)
    total = 0
    for group in order[: max(0, len(names) - 2)]:
        if abs(total + sizes[group] - wanted) < abs(total - wanted):
            taken[group] = True
            total += int(sizes[group])
    return np.asarray(taken[codes.ravel()])
