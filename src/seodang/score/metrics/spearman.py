"""Spearman's rank correlation."""

from __future__ import annotations

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Needs, register
from seodang.score.metrics._base import Array, require_varying
from seodang.score.metrics._ranks import ENOUGH_FOR_EXPANSION, RankMetric, counts, half_above, half_below, levels
from seodang.score.metrics._terms import Floats, Ints

Levels = tuple[Ints, int]
Prepared = tuple[Levels, Levels]


@register
class Spearman(RankMetric):
    """Spearman's rank correlation: Pearson's correlation of the ranks, tied values sharing their mean rank.

    Formula: cov( rank(y), rank(p) ) / ( sd(rank(y)) sd(rank(p)) )

    Bounds: -1 to 1 (perfect); 0 is chance.
    Edge cases: a constant prediction ranks nothing and gives 0, where SciPy gives NaN. A constant truth is refused.
    Source: C. Spearman, American Journal of Psychology 15 (1904) 72-101; SciPy `spearmanr`.
    """

    name = "spearman"
    title = N_("Spearman rank correlation")
    greater_is_better = True
    needs = Needs.VALUES
    bounds = (-1.0, 1.0)
    source = "SciPy spearmanr"

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        require_varying(self, y)

    def prepare(self, y: Array, p: Array, n_classes: int) -> Prepared:
        return levels(y), levels(p)

    def from_prepared(self, prepared: Prepared, weights: Floats | None) -> float:
        (y_codes, y_levels), (p_codes, p_levels) = prepared
        y, y_spread = _places(y_codes, y_levels, weights)
        p, p_spread = _places(p_codes, p_levels, weights)
        if y_spread <= 0:
            return float("nan")
        if p_spread <= 0:
            return 0.0
        covariance = (y @ p if weights is None else (weights * y) @ p) / (
            len(y) if weights is None else weights.sum()
        )
        return float(np.clip(covariance / np.sqrt(y_spread * p_spread), -1.0, 1.0))

    def influence(self, y: Array, p: Array, n_classes: int, **options: object) -> Floats | None:
        """First-order effect of each row (mean 0): its own product of places, and its push on the others'."""
        if len(y) < ENOUGH_FOR_EXPANSION:
            return None
        (y_codes, y_levels), (p_codes, p_levels) = self.prepare(y, p, n_classes)
        a, a_spread = _places(y_codes, y_levels, None)
        b, b_spread = _places(p_codes, p_levels, None)
        if a_spread <= 0 or b_spread <= 0:
            return None
        covariance = a @ b / len(a)
        of_covariance = a * b + _push(y_codes, y_levels, b) + _push(p_codes, p_levels, a) - 3 * covariance
        of_a = a * a + 2 * _push(y_codes, y_levels, a) - 3 * a_spread
        of_b = b * b + 2 * _push(p_codes, p_levels, b) - 3 * b_spread
        correlation = covariance / np.sqrt(a_spread * b_spread)
        of_spreads = of_a / a_spread + of_b / b_spread
        return np.asarray(of_covariance / np.sqrt(a_spread * b_spread) - correlation / 2 * of_spreads)


def _places(codes: Ints, n_levels: int, weights: Floats | None) -> tuple[Floats, float]:
    """Mid-ranks as shares of the weight below, less their mean ½, and their variance (0 for a single level)."""
    per_level = counts(codes, n_levels, weights)
    total = per_level.sum()
    share = per_level / total
    place = half_below(share) - 0.5
    spread = float(share @ place**2) if (per_level > 0).sum() > 1 else 0.0
    return place[codes], spread


def _push(codes: Ints, n_levels: int, other: Floats) -> Floats:
    """What one more row on each row's level adds to Σ place·other: the mean of `other` above it and half on it."""
    return half_above(np.bincount(codes, weights=other, minlength=n_levels) / len(codes))[codes]
