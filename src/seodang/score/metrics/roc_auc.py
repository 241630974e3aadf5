"""Area under the ROC curve: of two classes, and the mean of each class against the rest."""

from __future__ import annotations

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Needs, register
from seodang.score.metrics._base import Array, require_every_class, require_two_classes
from seodang.score.metrics._probabilities import class_columns
from seodang.score.metrics._ranks import ENOUGH_FOR_EXPANSION, RankMetric, counts, half_above, half_below, levels
from seodang.score.metrics._terms import Floats, Ints

Prepared = tuple[Ints, int, Array]


@register
class RocAuc(RankMetric):
    """ROC AUC: the chance that a random positive row is ranked above a random negative one, ties counting half.

    Formula: ( Σ_{i positive} Σ_{j negative} [p_i > p_j] + ½ [p_i = p_j] ) / (n₊ n₋)

    Bounds: 0 to 1 (perfect); 0.5 is chance.
    Edge cases: only the order of the predictions matters. The truth must hold both classes; the positive one is the
    second of the two labels.
    Source: J. A. Hanley, B. J. McNeil, Radiology 143 (1982) 29-36; for large n the interval comes from the
    expansion of E. R. DeLong et al., Biometrics 44 (1988) 837-845; scikit-learn `roc_auc_score`.
    """

    name = "roc_auc"
    title = N_("area under the ROC curve")
    greater_is_better = True
    needs = Needs.PROBABILITY
    bounds = (0.0, 1.0)
    source = "scikit-learn roc_auc_score"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_two_classes(self, y, n_classes)

    def raw_score(self, y: Array, p: Array, n_classes: int, weights: Floats | None, **options: object) -> float:
        if weights is None:
            return auc_by_one_sort(y == 1, p)
        return super().raw_score(y, p, n_classes, weights)

    def prepare(self, y: Array, p: Array, n_classes: int) -> Prepared:
        codes, n_levels = levels(p)
        return codes, n_levels, y == 1

    def from_prepared(self, prepared: Prepared, weights: Floats | None) -> float:
        return weighted_auc(*prepared, weights)

    def influence(self, y: Array, p: Array, n_classes: int, **options: object) -> Floats | None:
        return auc_influence(y == 1, p)


@register
class RocAucOvr(RankMetric):
    """Macro one-vs-rest ROC AUC: the mean over classes of the AUC of that class's column against all other rows.

    Formula: (1/C) Σ_c AUC( [y = c], p_c )

    Bounds: 0 to 1 (perfect); 0.5 is chance.
    Edge cases: every class must have a row in the truth; in a bootstrap resample a class without one is left out.
    Classes count alike, whatever their sizes.
    Source: T. Fawcett, Pattern Recognition Letters 27 (2006) 861-874, section 10; scikit-learn
    `roc_auc_score(multi_class="ovr", average="macro")`.
    """

    name = "roc_auc_ovr"
    title = N_("ROC AUC, each class against the rest")
    greater_is_better = True
    needs = Needs.PROBABILITIES
    bounds = (0.0, 1.0)
    source = "scikit-learn roc_auc_score(multi_class='ovr')"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_every_class(self, y, n_classes)

    def raw_score(self, y: Array, p: Array, n_classes: int, weights: Floats | None, **options: object) -> float:
        if weights is not None:
            return super().raw_score(y, p, n_classes, weights)
        return float(np.nanmean([auc_by_one_sort(y == c, column) for c, column in enumerate(class_columns(p).T)]))

    def prepare(self, y: Array, p: Array, n_classes: int) -> list[Prepared]:
        return [(*levels(column), y == c) for c, column in enumerate(class_columns(p).T)]

    def from_prepared(self, prepared: list[Prepared], weights: Floats | None) -> float:
        areas = [area for each in prepared if not np.isnan(area := weighted_auc(*each, weights))]
        return float(np.mean(areas)) if areas else float("nan")

    def influence(self, y: Array, p: Array, n_classes: int, **options: object) -> Floats | None:
        total = np.zeros(len(y))
        for c, column in enumerate(class_columns(p).T):
            one = auc_influence(y == c, column)
            if one is None:
                return None
            total += one
        return total / n_classes


def auc_by_one_sort(positive: Array, p: Array) -> float:
    """AUC of unweighted rows; NaN for a single class.

    Numbers from 0 to below 2 keep their order when their bits are read as integers, and leave the top bit but one
    free: shifted by one they take the class along, and one sort of plain integers does everything.
    """
    n_positive = int(positive.sum())
    n_negative = len(p) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    if not (p.min() >= 0 and p.max() < 2):
        codes, n_levels = levels(p)
        return weighted_auc(codes, n_levels, positive, None)
    # Adding 0.0 makes a copy and turns -0.0 into 0.0, whose bits are all zero.
    keys = (np.asarray(p, dtype=np.float64) + 0.0).view(np.int64)
    keys <<= 1
    keys |= positive
    keys.sort()
    doubled = negatives = begin = 0
    while begin < len(keys):
        # A stretch that fits the processor's cache and ends where a level ends.
        end = int(np.searchsorted(keys, keys[min(begin + _STRETCH, len(keys)) - 1] | 1, side="right"))
        doubled += _doubled_pairs(keys[begin:end], negatives)
        negatives += end - begin - int((keys[begin:end] & 1).sum())
        begin = end
    return doubled / (2 * n_positive * n_negative)


_STRETCH = 65_536


def _doubled_pairs(keys: Ints, negatives: int) -> int:
    """Twice the pairs that the positives of this stretch win, ties counting half; `negatives` came before it.

    Whole numbers, so the sum is exact.
    """
    ends = np.flatnonzero((keys[1:] ^ keys[:-1]) > 1) + 1
    ends = np.append(ends, len(keys))
    positives_to = np.cumsum(keys & 1)[ends - 1]
    negatives_to = ends - positives_to
    positives_in = np.diff(positives_to, prepend=0)
    negatives_in = np.diff(negatives_to, prepend=0)
    return int((positives_in * (2 * (negatives + negatives_to) - negatives_in)).sum())


def weighted_auc(codes: Ints, n_levels: int, positive: Array, weights: Floats | None) -> float:
    """AUC from levels of the prediction and weights; NaN where a class has no weight."""
    of_positive = positive.astype(np.float64) if weights is None else np.where(positive, weights, 0.0)
    positives = counts(codes, n_levels, of_positive)
    negatives = counts(codes, n_levels, weights) - positives
    below = positives.sum() * negatives.sum()
    return float(positives @ half_below(negatives) / below) if below > 0 else float("nan")


def auc_influence(positive: Array, p: Array) -> Floats | None:
    """How much each row moves the AUC, to first order (mean 0); None where a class has too few rows."""
    n, n_positive = len(p), int(positive.sum())
    if min(n_positive, n - n_positive) < ENOUGH_FOR_EXPANSION:
        return None
    codes, n_levels = levels(p)
    positives = counts(codes, n_levels, positive.astype(np.float64))
    negatives = counts(codes, n_levels, None) - positives
    beats = half_below(negatives) / (n - n_positive)
    beaten_by = half_above(positives) / n_positive
    area = positives @ beats / n_positive
    return np.where(
        positive, (beats[codes] - area) * (n / n_positive), (beaten_by[codes] - area) * (n / (n - n_positive))
    )
