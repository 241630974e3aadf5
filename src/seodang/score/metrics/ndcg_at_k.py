"""Normalised discounted cumulative gain at k."""

from __future__ import annotations

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, ratio, require_whole_number_from_one
from seodang.score.metrics._lists import check_lists, find_hits, relevant


@register
class NdcgAtK(Metric):
    """NDCG@k: how early a ranked list names the relevant items, weighted by how relevant they are.

    Formula, per row: DCG / ideal DCG, with DCG = Σ_{i ≤ k} (2^{rel_i} - 1) / log₂(i + 1); the mean over rows

    A cell of the truth lists relevant items between spaces, "b7 a2", or with their relevance, "b7:3 a2:1", where
    every item of the file has one. A cell of a prediction lists items, best first, without relevance.

    Bounds: 0 to 1 (perfect). Option: k (default 10).
    Edge cases: a list shorter than k is taken as it is, an empty one gives 0. A repeated item counts once, at its
    first place. A row of the truth without items is refused.
    Source: K. Järvelin, J. Kekäläinen, ACM TOIS 20 (2002) 422-446; gain of C. Burges et al., ICML 2005.
    """

    name = "ndcg_at_k"
    title = N_("normalised discounted cumulative gain at k")
    greater_is_better = True
    needs = Needs.RANKING
    options = {"k": 10}
    bounds = (0.0, 1.0)
    source = "Järvelin and Kekäläinen 2002"

    def check_options(self, *, k: int) -> None:  # type: ignore[override]
        require_whole_number_from_one("k", k)

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        check_lists(self, y)

    def terms(self, y: Array, p: Array, n_classes: int, *, k: int) -> Terms:  # type: ignore[override]
        truth = rows, _, gains = relevant(y, graded=True)
        hits = find_hits(truth, p, k)
        reached = np.bincount(hits.row, weights=_discounted(hits.gain, hits.place), minlength=len(y))
        # The ideal list: the same items by falling gain.
        order = np.lexsort((-gains, rows))
        place = np.arange(len(rows)) - np.searchsorted(rows, rows) + 1
        best = np.where(place <= k, _discounted(gains[order], place), 0.0)
        return Terms([ratio(reached, np.bincount(rows, weights=best, minlength=len(y)), 0.0)])


def _discounted(gain: Array, place: Array) -> Array:
    return np.asarray((np.exp2(gain) - 1) / np.log2(place + 1))
