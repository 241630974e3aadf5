"""Root mean squared logarithmic error."""

import numpy as np

from seodang.i18n import N_
from seodang.score.errors import MetricUndefined
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array
from seodang.score.metrics._terms import Floats


@register
class Rmsle(Metric):
    """Root mean squared logarithmic error: the RMSE of ln(1 + value), for targets that grow by factors.

    Formula: sqrt( (1/n) Σ ( ln(1 + y_i) - ln(1 + p_i) )² )

    Bounds: 0 (perfect) and up.
    Edge cases: a truth below 0 is refused. A file with a prediction below 0 is refused too; called directly, the
    metric takes such a prediction as 0.
    Source: Kaggle, Algorithmic trading challenge (2011); scikit-learn `root_mean_squared_log_error`.
    """

    name = "rmsle"
    title = N_("root mean squared logarithmic error")
    greater_is_better = False
    needs = Needs.VALUES
    bounds = (0.0, np.inf)
    prediction_limits = (0.0, np.inf)
    source = "scikit-learn root_mean_squared_log_error"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        if (y < 0).any():
            raise MetricUndefined(
                N_("%(n)s target values are below 0, and “%(metric)s” takes the logarithm of 1 + value."),
                hint=N_("Choose another metric, such as rmse, or another target."),
                n=int((y < 0).sum()),
                metric=self.name,
            )

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        return Terms([(np.log1p(np.maximum(y, 0.0)) - np.log1p(np.maximum(p, 0.0))) ** 2])

    def finish(self, means: Floats, n_classes: int, **options: object) -> Floats:
        return np.sqrt(means[..., 0])
