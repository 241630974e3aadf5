"""Average precision."""

from __future__ import annotations

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Needs, register
from seodang.score.metrics._base import Array, ratio, require_two_classes
from seodang.score.metrics._ranks import ENOUGH_FOR_EXPANSION, RankMetric, counts, levels
from seodang.score.metrics._terms import Floats, Ints

Prepared = tuple[Ints, int, Array]


@register
class AveragePrecision(RankMetric):
    """Average precision: the area under the precision-recall curve, as a sum of steps.

    Formula: Σ_t ( R_t - R_{t-1} ) P_t over the distinct predicted values t from the greatest down, R_t and P_t
    being recall and precision of the rows predicted at least t

    Bounds: 0 to 1 (perfect); a random order reaches the share of positive rows.
    Edge cases: tied predictions are one step, so their order in the file is nothing; no interpolation, which
    would be too optimistic. The truth must hold both classes.
    Source: M. Zhu, Recall, precision and average precision (University of Waterloo, 2004); scikit-learn
    `average_precision_score`.
    """

    name = "average_precision"
    title = N_("average precision")
    greater_is_better = True
    needs = Needs.PROBABILITY
    bounds = (0.0, 1.0)
    source = "scikit-learn average_precision_score"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_two_classes(self, y, n_classes)

    def prepare(self, y: Array, p: Array, n_classes: int) -> Prepared:
        # Levels of the negated prediction: the greatest comes first.
        codes, n_levels = levels(-np.asarray(p))
        return codes, n_levels, y == 1

    def from_prepared(self, prepared: Prepared, weights: Floats | None) -> float:
        codes, n_levels, positive = prepared
        of_positive = positive.astype(np.float64) if weights is None else np.where(positive, weights, 0.0)
        positives = counts(codes, n_levels, of_positive)
        total = positives.sum()
        if total <= 0:
            return float("nan")
        hits, taken = np.cumsum(positives), np.cumsum(counts(codes, n_levels, weights))
        return float(positives @ ratio(hits, taken, 0.0) / total)

    def influence(self, y: Array, p: Array, n_classes: int, **options: object) -> Floats | None:
        """First-order effect of each row (mean 0): its own step, recall, and the precision of every lower step."""
        codes, n_levels, positive = self.prepare(y, p, n_classes)
        n = len(y)
        share = positive.mean()
        if min(positive.sum(), n - positive.sum()) < ENOUGH_FOR_EXPANSION:
            return None
        per_level = counts(codes, n_levels, positive.astype(np.float64)) / n
        hits = np.cumsum(per_level)
        taken = np.cumsum(counts(codes, n_levels, None)) / n
        precision = hits / taken
        area = per_level @ precision / share
        # Sums over this level and all lower ones, which this row helps to reach.
        gained = _from_here_down(per_level / taken)[codes]
        lost = _from_here_down(per_level * hits / taken**2)[codes]
        return np.asarray((positive * (precision[codes] + gained - area) - lost) / share)


def _from_here_down(per_level: Floats) -> Floats:
    return np.cumsum(per_level[::-1])[::-1]
