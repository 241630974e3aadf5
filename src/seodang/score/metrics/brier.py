"""Brier score."""

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, require_several_classes
from seodang.score.metrics._probabilities import positive_column


@register
class Brier(Metric):
    """Brier score: the mean squared error of probabilities.

    Formula: two classes: (1/n) Σ_i (p_i - y_i)², of the positive class; more: (1/n) Σ_i Σ_c (p_ic - [y_i = c])²

    Bounds: 0 (perfect) to 1 for two classes, to 2 for more.
    Edge cases: for two classes the sum over both would be twice as large; the half is the custom, here too when
    both columns are given. A truth of one class is refused.
    Source: G. W. Brier, Monthly Weather Review 78 (1950) 1-3; scikit-learn `brier_score_loss`.
    """

    name = "brier"
    title = N_("Brier score")
    greater_is_better = False
    needs = Needs.PROBABILITIES
    bounds = (0.0, 2.0)
    source = "scikit-learn brier_score_loss"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_several_classes(self, y)

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        if n_classes == 2:
            return Terms([(positive_column(p) - y) ** 2])
        own = np.take_along_axis(p, y.astype(np.intp)[:, None], axis=1)[:, 0]
        # Σ_c (p_c - [c = y])² = Σ_c p_c² - 2 p_y + 1, without a one-hot matrix.
        return Terms([np.einsum("ij,ij->i", p, p) - 2 * own + 1])
