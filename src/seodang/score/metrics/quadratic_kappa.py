"""Quadratic weighted kappa."""

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, ratio, require_several_classes
from seodang.score.metrics._terms import Floats


@register
class QuadraticKappa(Metric):
    """Quadratic weighted kappa: agreement on an ordered scale beyond chance.

    Formula, with places y_i and p_i of the labels in their order (0, 1, 2 …):
        1 - Σ_i (y_i - p_i)² / ( (1/n) Σ_i Σ_j (y_i - p_j)² )

    Bounds: -1 to 1 (perfect); 0 is chance.
    Edge cases: labels count by their place in the order, as if equally spaced, whatever numbers they are. A
    truth of one class is refused.
    Source: J. Cohen, Weighted kappa, Psychological Bulletin 70 (1968) 213-220; scikit-learn
    `cohen_kappa_score(weights="quadratic")`.
    """

    name = "quadratic_kappa"
    title = N_("quadratic weighted kappa")
    greater_is_better = True
    needs = Needs.LABELS
    bounds = (-1.0, 1.0)
    source = "scikit-learn cohen_kappa_score(weights='quadratic')"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_several_classes(self, y)

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        y, p = y.astype(np.float64), p.astype(np.float64)
        return Terms([(y - p) ** 2, y, y**2, p, p**2])

    def finish(self, means: Floats, n_classes: int, **options: object) -> Floats:
        observed, y, yy, p, pp = np.moveaxis(means, -1, 0)
        varies = yy - y * y > 1e-12 * np.maximum(yy, 1.0)
        return np.where(varies, 1 - ratio(observed, yy + pp - 2 * y * p, 0.0), np.nan)
