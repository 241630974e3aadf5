"""F1 of one class, and its mean over classes."""

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, ratio, require_every_class, require_two_classes
from seodang.score.metrics._confusion import class_terms, mean_over_present, split_means
from seodang.score.metrics._terms import Floats


@register
class F1(Metric):
    """F1 of the positive class: the harmonic mean of precision and recall.

    Formula: 2 TP / (2 TP + FP + FN)

    Bounds: 0 to 1 (perfect).
    Edge cases: no row predicted positive gives 0. The truth must hold both classes. The positive class is the
    second of the two labels.
    Source: C. J. van Rijsbergen, Information Retrieval (1979), chapter 7; scikit-learn `f1_score`.
    """

    name = "f1"
    title = N_("F1 of the positive class")
    greater_is_better = True
    needs = Needs.LABELS
    bounds = (0.0, 1.0)
    source = "scikit-learn f1_score"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_two_classes(self, y, n_classes)

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        true, guessed = y == 1, p == 1
        return Terms([true & guessed, guessed, true])

    def finish(self, means: Floats, n_classes: int, **options: object) -> Floats:
        hits, guessed, true = means[..., 0], means[..., 1], means[..., 2]
        return np.where(true > 0, ratio(2 * hits, guessed + true, 0.0), np.nan)


@register
class F1Macro(Metric):
    """Macro F1: the unweighted mean of every class's F1.

    Formula: (1/C) Σ_c  2 TP_c / (2 TP_c + FP_c + FN_c)

    Bounds: 0 to 1 (perfect).
    Edge cases: a class never predicted counts 0. A class without a row in the truth is refused; in a bootstrap
    resample it is left out. The mean is of F1 values, not the F1 of mean precision and mean recall.
    Source: J. Opitz, S. Burst, Macro F1 and Macro F1, arXiv:1911.03347, equation 3; scikit-learn
    `f1_score(average="macro")`.
    """

    name = "f1_macro"
    title = N_("macro F1")
    greater_is_better = True
    needs = Needs.LABELS
    bounds = (0.0, 1.0)
    source = "scikit-learn f1_score(average='macro')"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_every_class(self, y, n_classes)

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        return class_terms(y, p, n_classes)

    def finish(self, means: Floats, n_classes: int, **options: object) -> Floats:
        hits, guessed, true = split_means(means, n_classes)
        return mean_over_present(ratio(2 * hits, guessed + true, 0.0), true)
