"""Mean average precision at k."""

from __future__ import annotations

import numpy as np

from seodang.i18n import N_
from seodang.score.metrics import Metric, Needs, Terms, register
from seodang.score.metrics._base import Array, ratio, require_whole_number_from_one
from seodang.score.metrics._lists import check_lists, find_hits, list_lengths, relevant


@register
class MapAtK(Metric):
    """MAP@k: the mean over rows of the average precision of a ranked list's first k places.

    Formula, per row: (1 / min(m, k)) Σ_{i ≤ k} precision(i) [item i is relevant], with m relevant items; the mean
    over rows

    Cells list items between spaces: the truth the relevant ones in any order, a prediction its guesses, best first.

    Bounds: 0 to 1 (perfect). Option: k (default 10).
    Edge cases: an empty list gives 0. A repeated item counts once, at its first place. A row of the truth without
    items is refused.
    Source: C. D. Manning et al., Introduction to Information Retrieval (2008), section 8.4, cut at k as Kaggle
    does.
    """

    name = "map_at_k"
    title = N_("mean average precision at k")
    greater_is_better = True
    needs = Needs.RANKING
    options = {"k": 10}
    bounds = (0.0, 1.0)
    source = "Manning et al. 2008, section 8.4"

    def check_options(self, *, k: int) -> None:  # type: ignore[override]
        require_whole_number_from_one("k", k)

    def check_truth(self, y: Array, n_classes: int, **options: object) -> None:
        check_lists(self, y)

    def terms(self, y: Array, p: Array, n_classes: int, *, k: int) -> Terms:  # type: ignore[override]
        truth = relevant(y, graded=False)
        hits = find_hits(truth, p, k)
        order = np.lexsort((hits.place, hits.row))
        row, place = hits.row[order], hits.place[order]
        found_so_far = np.arange(len(row)) - np.searchsorted(row, row) + 1
        total = np.bincount(row, weights=found_so_far / place, minlength=len(y))
        return Terms([ratio(total, np.minimum(list_lengths(truth[0], len(y)), k), 0.0)])
