"""Coefficient of determination."""

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, ratio, require_varying
from seodang.score.metrics._terms import Floats


@register
class R2(Metric):
    """Coefficient of determination (R²): the share of the target's variance that the prediction explains.

    Formula: 1 - Σ (y_i - p_i)² / Σ (y_i - mean(y))²

    Bounds: 1 (perfect) and down without end; 0 is what the mean of these rows' truth reaches.
    Edge cases: a constant truth is refused; several targets are averaged.
    Source: S. Wright, Correlation and causation, Journal of Agricultural Research 20 (1921); scikit-learn
    `r2_score`.
    """

    name = "r2"
    title = N_("coefficient of determination (R²)")
    greater_is_better = True
    needs = Needs.VALUES
    bounds = (-np.inf, 1.0)
    source = "scikit-learn r2_score"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_varying(self, y)

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        # The variance does not change with the origin; one near the data keeps its digits.
        centred = y - y.mean()
        return Terms([(y - p) ** 2, centred, centred**2])

    def finish(self, means: Floats, n_classes: int, **options: object) -> Floats:
        residual, mean, square = means[..., 0], means[..., 1], means[..., 2]
        variance = square - mean**2
        varies = variance > 1e-12 * square
        return np.where(varies, 1 - ratio(residual, np.where(varies, variance, 0.0), np.nan), np.nan)
