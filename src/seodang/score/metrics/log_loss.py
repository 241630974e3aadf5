"""Log loss."""

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, require_several_classes
from seodang.score.metrics._probabilities import of_true_class

CLIP = 1e-15


@register
class LogLoss(Metric):
    """Log loss: the mean negative logarithm of the probability given to the true class.

    Formula: -(1/n) Σ_i ln( clip(p_i[y_i], 1e-15, 1 - 1e-15) ), natural logarithm, in nats

    Bounds: 0 (perfect) to 34.54; the entropy of the classes is what a constant prediction reaches at best.
    Edge cases: the clip makes one certain and wrong row cost 34.54 and no more. The columns of several classes are
    matched to labels by name, and the labels are those of the whole truth, so a class that one part lacks moves
    nothing. Two classes need one column, the probability of the positive one. A truth of one class is refused.
    Source: I. J. Good, Rational decisions, JRSS B 14 (1952) 107-114; scikit-learn `log_loss` (whose own clip is
    that of the data type; ours is fixed).
    """

    name = "log_loss"
    title = N_("log loss")
    greater_is_better = False
    needs = Needs.PROBABILITIES
    bounds = (0.0, -float(np.log(CLIP)))
    source = "scikit-learn log_loss"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_several_classes(self, y)

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        own = of_true_class(y, p)
        np.clip(own, CLIP, 1 - CLIP, out=own)
        np.log(own, out=own)
        return Terms([np.negative(own, out=own)])
