"""Root mean squared error."""

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array
from seodang.score.metrics._terms import Floats


@register
class Rmse(Metric):
    """Root mean squared error.

    Formula: sqrt( (1/n) Σ (y_i - p_i)² )

    Bounds: 0 (perfect) and up, in the unit of the target.
    Edge cases: none; several targets are averaged after the root (the mean column-wise RMSE).
    Source: C. F. Gauss, Theoria combinationis observationum (1823); scikit-learn `root_mean_squared_error`.
    """

    name = "rmse"
    title = N_("root mean squared error")
    greater_is_better = False
    needs = Needs.VALUES
    decimals = 5
    bounds = (0.0, np.inf)
    source = "scikit-learn root_mean_squared_error"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        pass

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        difference = y - p
        return Terms([np.square(difference, out=difference)])

    def finish(self, means: Floats, n_classes: int, **options: object) -> Floats:
        return np.sqrt(means[..., 0])
