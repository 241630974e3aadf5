"""Symmetric mean absolute percentage error."""

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, ratio


@register
class Smape(Metric):
    """Symmetric mean absolute percentage error, as a share (not multiplied by 100).

    Formula: (1/n) Σ 2 |y_i - p_i| / ( |y_i| + |p_i| )

    Bounds: 0 (perfect) to 2.
    Edge cases: a row where truth and prediction are both 0 counts 0.
    Source: S. Makridakis, Accuracy measures, International Journal of Forecasting 9 (1993) 527-529; the M4
    competition's definition.
    """

    name = "smape"
    title = N_("symmetric mean absolute percentage error")
    greater_is_better = False
    needs = Needs.VALUES
    bounds = (0.0, 2.0)
    source = "Makridakis 1993"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        pass

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        # Halves of both sizes, so that the greatest floats do not overflow in the sum.
        return Terms([ratio(np.abs(y - p), np.abs(y) / 2 + np.abs(p) / 2, 0.0)])
