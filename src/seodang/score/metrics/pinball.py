"""Pinball loss."""

import numpy as np

from seodang.i18n import N_, gettext
from seodang.score.errors import OptionInvalid
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array


@register
class Pinball(Metric):
    """Pinball loss: how well the prediction is the q-quantile of the target.

    Formula: (1/n) Σ max( q (y_i - p_i), (q - 1) (y_i - p_i) )

    Bounds: 0 (perfect) and up, in the unit of the target. Option: quantile (default 0.5, which is half the MAE).
    Edge cases: quantile lies strictly between 0 and 1.
    Source: R. Koenker, G. Bassett, Regression quantiles, Econometrica 46 (1978) 33-50; scikit-learn
    `mean_pinball_loss`.
    """

    name = "pinball"
    title = N_("pinball loss of a quantile")
    greater_is_better = False
    needs = Needs.VALUES
    options = {"quantile": 0.5}
    bounds = (0.0, np.inf)
    source = "scikit-learn mean_pinball_loss"

    def check_options(self, *, quantile: float) -> None:  # type: ignore[override]
        if not 0 < quantile < 1:
            raise OptionInvalid(
                N_("The option “%(name)s” must be %(expected)s; received “%(received)s”."),
                name="quantile",
                expected=gettext("a number between 0 and 1"),
                received=str(quantile),
            )

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        pass

    def terms(self, y: Array, p: Array, n_classes: int, *, quantile: float) -> Terms:  # type: ignore[override]
        short = y - p
        return Terms([np.maximum(quantile * short, (quantile - 1) * short)])
