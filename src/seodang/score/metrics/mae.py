"""Mean absolute error."""

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array


@register
class Mae(Metric):
    """Mean absolute error.

    Formula: (1/n) Σ |y_i - p_i|

    Bounds: 0 (perfect) and up, in the unit of the target. The median is its best constant prediction.
    Edge cases: none.
    Source: P. S. Laplace, Mémoire sur la probabilité des causes par les événements (1774); scikit-learn
    `mean_absolute_error`.
    """

    name = "mae"
    title = N_("mean absolute error")
    greater_is_better = False
    needs = Needs.VALUES
    bounds = (0.0, np.inf)
    source = "scikit-learn mean_absolute_error"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        pass

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        return Terms([np.abs(y - p)])
