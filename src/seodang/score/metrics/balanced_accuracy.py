"""Balanced accuracy."""

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, ratio, require_every_class
from seodang.score.metrics._confusion import class_terms, mean_over_present, split_means
from seodang.score.metrics._terms import Floats


@register
class BalancedAccuracy(Metric):
    """Balanced accuracy: the mean over classes of the share of their rows that are found (recall).

    Formula: (1/C) Σ_c  hits_c / rows_c

    Bounds: 0 to 1 (perfect); guessing one class gives 1/C. It is not rescaled for chance.
    Edge cases: a class without a row in the truth is refused; in a bootstrap resample it is left out.
    Source: K. H. Brodersen et al., The balanced accuracy and its posterior distribution, ICPR 2010; scikit-learn
    `balanced_accuracy_score`.
    """

    name = "balanced_accuracy"
    title = N_("balanced accuracy")
    greater_is_better = True
    needs = Needs.LABELS
    bounds = (0.0, 1.0)
    source = "scikit-learn balanced_accuracy_score"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_every_class(self, y, n_classes)

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        return class_terms(y, p, n_classes)

    def finish(self, means: Floats, n_classes: int, **options: object) -> Floats:
        hits, _, true = split_means(means, n_classes)
        return mean_over_present(ratio(hits, true, 0.0), true)
