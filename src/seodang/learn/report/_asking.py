"""Asking models about rows that were changed: predictions, bounded in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seodang.learn.report._reading import Reading

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
FEWEST_ROWS, MOST_ROWS = 60, 2_000
# A frame of changed rows and their numbers in the table → (n,) or (n, n_classes).
Ask = Callable[["pd.DataFrame", NDArray[np.int64]], Floats]


def whole_model(reading: Reading) -> Ask:
    """The best rung as it would predict a new row: the mean of all fold models."""
    return lambda frame, rows: np.asarray(reading.ladder.predict_rows(frame), dtype=np.float64)


def held_out(reading: Reading) -> Ask:
    """The best rung as it predicted each row while that was held out: by the fold model that has not seen it."""
    from seodang.learn.climb.models import Member, Predictor

    ladder = reading.ladder
    model = ladder.model_of()
    families = {family.name: family for family in ladder.families}
    predictors = []
    for fold in range(len(ladder.folds)):
        members = [Member(c.family, (c.models[fold],), weight) for c, weight in model.members]
        limits = reading.metric.prediction_limits
        predictors.append(Predictor(ladder.schema, members, model.temperature, limits, families))

    def ask(frame: pd.DataFrame, rows: NDArray[np.int64]) -> Floats:
        folds = reading.fold_of[rows]
        answers: Any = None
        for fold in np.unique(folds):
            own = np.flatnonzero(folds == fold)
            found = predictors[fold].predict(frame.iloc[own])
            if answers is None:
                answers = np.empty((len(rows), *found.shape[1:]))
            answers[own] = found
        return np.asarray(answers, dtype=np.float64)

    return ask


def rows_for(reading: Reading, ask: Ask, n_calls: int, share: float, most: int) -> NDArray[np.int64] | None:
    """Rows so few that `n_calls` predictions of them fit into that share of the time left; None: not even few do.

    Only rows that some fold holds out. Measured on two calls, since a prediction has a price of its own beside that
    of its rows.
    """
    able = np.flatnonzero(reading.fold_of >= 0)
    n, budget = len(able), reading.seconds_left(share)
    few, many = min(n, FEWEST_ROWS), min(n, 4 * FEWEST_ROWS)
    spent = []
    for size in (few, few, many):  # the first loads the models and does not count
        rows = able[reading.sample(n, size, 80)]
        begun = time.monotonic()
        ask(reading.frame.iloc[rows], rows)
        spent.append(time.monotonic() - begun)
    per_row = max(1e-7, (spent[2] - spent[1]) / max(1, many - few))
    fixed_cost = max(0.0, spent[1] - per_row * few)
    affordable = (budget / max(1, n_calls) - fixed_cost) / per_row
    if affordable < few:
        return None
    return np.asarray(able[reading.sample(n, int(min(most, affordable)), 81)], dtype=np.int64)


def interesting(reading: Reading) -> list[Any]:
    """The columns, most important first where that is known."""
    order: dict[str, float] = reading.kept.get("importance", {})
    columns = list(reading.ladder.schema.columns)
    return sorted(columns, key=lambda column: -order.get(column.name, 0.0)) if order else columns
