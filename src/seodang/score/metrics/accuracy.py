"""Accuracy."""

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array


@register
class Accuracy(Metric):
    """Accuracy: the share of rows whose label is right.

    Formula: (1/n) Σ [y_i = p_i]

    Bounds: 0 to 1 (perfect).
    Edge cases: none; a single class has an accuracy too, though it tells nothing.
    Source: scikit-learn `accuracy_score`.
    """

    name = "accuracy"
    title = N_("accuracy")
    greater_is_better = True
    needs = Needs.LABELS
    bounds = (0.0, 1.0)
    source = "scikit-learn accuracy_score"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        pass

    def terms(self, y: Array, p: Array, n_classes: int, **options: object) -> Terms:
        return Terms([y == p])
