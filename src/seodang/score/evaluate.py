"""One call from truth and prediction to a score."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.score.errors import ScoreError
from seodang.score.ids import same
from seodang.score.metrics import METRICS
from seodang.score.metrics._base import Metric, Needs
from seodang.score.prediction import Prediction
from seodang.score.truth import Part, Truth

Array = NDArray[Any]


def evaluate(
    truth: Truth, prediction: Prediction, metric: Metric | str, *, part: Part = "all", **options: Any
) -> float:
    """The score of a prediction on a part of the truth, in float64.

    Raises:
        MetricUndefined: the metric has no value on that part.
        OptionInvalid: an option is unknown or out of range.
        ScoreError: prediction and truth do not belong together.
    """
    metric = METRICS.get(metric) if isinstance(metric, str) else metric
    y, p = paired_arrays(truth, prediction, metric, part)
    return metric.score(y, p, labels=truth.labels or None, **options)


def paired_arrays(truth: Truth, prediction: Prediction, metric: Metric, part: Part) -> tuple[Array, Array]:
    """The values of both sides on the rows of a part.

    Raises:
        ScoreError: they differ in rows or in targets.
    """
    if len(prediction.values) != len(truth) or (prediction.ids is not None and not _same_ids(truth, prediction)):
        raise ScoreError(
            N_("The prediction belongs to another truth: it has %(received)s rows, and not these %(expected)s."),
            hint=N_("Build the entry format from the sample entry that was made together with this truth."),
            received=len(prediction.values),
            expected=len(truth),
        )
    rows = truth.rows(part)
    return truth.values[rows], _in_order_of_targets(truth, prediction, metric)[rows]


def _same_ids(truth: Truth, prediction: Prediction) -> bool:
    return prediction.ids is truth.ids or same(truth.ids, prediction.ids)


def _in_order_of_targets(truth: Truth, prediction: Prediction, metric: Metric) -> Array:
    """With several targets, columns as the truth has them."""
    several = metric.needs is Needs.VALUES and prediction.values.ndim == 2
    if not several or prediction.columns in ((), truth.targets):
        return prediction.values
    if set(prediction.columns) != set(truth.targets):
        raise ScoreError(
            N_("The prediction has the targets %(received)s; the truth has %(expected)s."),
            received=", ".join(prediction.columns),
            expected=", ".join(truth.targets),
        )
    return np.asarray(prediction.values[:, [prediction.columns.index(name) for name in truth.targets]])
