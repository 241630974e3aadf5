"""Top-k accuracy."""

import numpy as np

from seodang.i18n import N_
from seodang.score.errors import MetricUndefined
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, require_whole_number_from_one
from seodang.score.metrics._probabilities import class_columns


@register
class TopKAccuracy(Metric):
    """Top-k accuracy: the share of rows whose true class is among the k most probable.

    Formula: (1/n) Σ_i clip( (k - a_i) / b_i, 0, 1 ), where a_i classes are more probable than the true one and b_i
    are as probable as it, itself included.

    Bounds: 0 to 1 (perfect). Option: k (default 5).
    Edge cases: where probabilities tie, a row counts the chance that a random order of the tied classes would
    put the true one among the first k, so that equal probabilities for all classes earn k/C and no order of
    columns helps; without ties it is the usual definition. Where k is not below the number of classes every
    prediction would be perfect, which is refused.
    Source: O. Russakovsky et al., ImageNet Large Scale Visual Recognition Challenge, IJCV 2015; scikit-learn
    `top_k_accuracy_score`.
    """

    name = "top_k_accuracy"
    title = N_("top-k accuracy")
    greater_is_better = True
    needs = Needs.PROBABILITIES
    options = {"k": 5}
    bounds = (0.0, 1.0)
    source = "scikit-learn top_k_accuracy_score"

    def check_options(self, *, k: int) -> None:  # type: ignore[override]
        require_whole_number_from_one("k", k)

    def check_truth(self, y: Array, n_classes: int, *, k: int) -> None:  # type: ignore[override]
        if k >= n_classes:
            raise MetricUndefined(
                N_("Of %(n)s classes any is among the %(k)s most probable, so every prediction would be perfect."),
                hint=N_("Choose k below the number of classes."),
                n=n_classes,
                k=k,
            )

    def terms(self, y: Array, p: Array, n_classes: int, *, k: int) -> Terms:  # type: ignore[override]
        p = class_columns(p)
        own = np.take_along_axis(p, y.astype(np.intp)[:, None], axis=1)
        above, equal = (p > own).sum(axis=1), (p == own).sum(axis=1)
        return Terms([np.clip((k - above) / equal, 0.0, 1.0)])
