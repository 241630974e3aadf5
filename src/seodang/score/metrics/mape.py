"""Mean absolute percentage error."""

import numpy as np

from seodang.i18n import N_
from seodang.score.errors import MetricUndefined
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array


@register
class Mape(Metric):
    """Mean absolute percentage error, as a share (not multiplied by 100).

    Formula: (1/n) Σ |y_i - p_i| / |y_i|

    Bounds: 0 (perfect) and up. It punishes predictions above the truth more than those below it.
    Edge cases: a truth of 0 is refused; no small number stands in for it.
    Source: A. de Myttenaere et al., Neurocomputing 192 (2016) 38-48; scikit-learn
    `mean_absolute_percentage_error`.
    """

    name = "mape"
    title = N_("mean absolute percentage error")
    greater_is_better = False
    needs = Needs.VALUES
    bounds = (0.0, np.inf)
    source = "scikit-learn mean_absolute_percentage_error"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        if (y == 0).any():
            raise MetricUndefined(
                N_("%(n)s target values are 0, and “%(metric)s” divides by the target."),
                hint=N_("Choose another metric, such as smape or mae, or leave these rows out."),
                n=int((y == 0).sum()),
                metric=self.name,
            )

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        return Terms([np.abs((y - p) / np.where(y == 0, np.nan, y))])
