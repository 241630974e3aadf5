"""How good groups are: how well they stand apart, whether they come back, and what chance alone would give."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray

from seodang.learn.clustering.methods import Labels, Method
from seodang.learn.clustering.space import Points

# Rows of which silhouettes and resamples are taken.
JUDGED_ROWS = 2_000
RESAMPLED_ROWS = 1_000
RESAMPLES = 8
RESAMPLE_SHARE = 0.7


def silhouette(points: Points, labels: Labels, seed: int = 0) -> float:
    """The mean of (b − a) / max(a, b) over rows in groups (at most 2,000 drawn): a is the mean distance to the
    row's own group, b to the nearest other one; −1 … 1 (Rousseeuw 1987). NaN for fewer than two groups."""
    from sklearn.metrics import silhouette_score

    inside = np.flatnonzero(labels >= 0)
    if len(inside) > JUDGED_ROWS:
        inside = np.random.default_rng(seed).choice(inside, JUDGED_ROWS, replace=False)
    n_groups = len(np.unique(labels[inside]))
    if not 2 <= n_groups <= len(inside) - 1:
        return math.nan
    return float(silhouette_score(points[inside], labels[inside]))


def stability(
    method: Method,
    points: Points,
    labels: Labels,
    k: int,
    *,
    seed: int,
    deadline: float,
    resamples: int = RESAMPLES,
) -> NDArray[np.float64]:
    """How well each group comes back when only some rows are there: its mean largest Jaccard similarity, 0 … 1, to
    a group found in a resample (Hennig 2007, Computational Statistics & Data Analysis 52).

    Above 0.75 a group is there; below 0.6 it should not be trusted. Resamples are 70 % of at most 1,000 rows,
    without replacement: doubled rows would look like groups to methods of density.

    Returns:
        (n_groups,), NaN where no resample held the group. Two resamples are taken whatever the deadline.
    """
    rng = np.random.default_rng([seed, 1])
    rows = np.arange(len(points))
    if len(rows) > RESAMPLED_ROWS:
        rows = np.sort(rng.choice(rows, RESAMPLED_ROWS, replace=False))
    n_groups = int(labels.max(initial=-1)) + 1
    found: list[NDArray[np.float64]] = []
    for resample in range(resamples):
        if len(found) >= 2 and time.monotonic() > deadline:
            break
        part = np.sort(rng.choice(rows, max(k + 1, int(RESAMPLE_SHARE * len(rows))), replace=False))
        again = method.label(points[part], k, seed + resample + 1)
        found.append(_best_jaccards(labels[part], again, n_groups))
    told = np.array(found)
    counts = np.isfinite(told).sum(axis=0)
    return np.where(counts > 0, np.nansum(told, axis=0) / np.maximum(counts, 1), math.nan)


def _best_jaccards(before: Labels, again: Labels, n_groups: int) -> NDArray[np.float64]:
    """For each group the largest |A ∩ B| / |A ∪ B| over the groups found again; NaN where the part holds none of
    it, 0 where nothing was found again."""
    best = np.full(n_groups, math.nan)
    after = [again == group for group in np.unique(again[again >= 0])]
    for group in range(n_groups):
        mine = before == group
        if mine.any():
            best[group] = max((float((mine & other).sum() / (mine | other).sum()) for other in after), default=0.0)
    return best


def weighted(per_group: NDArray[np.float64], labels: Labels) -> float:
    """The mean over rows in groups; NaN where nothing is known."""
    sizes = np.bincount(labels[labels >= 0], minlength=len(per_group)).astype(float)
    known = np.isfinite(per_group)
    if not known.any() or not sizes[known].sum():
        return math.nan
    return float((per_group[known] * sizes[known]).sum() / sizes[known].sum())


def shuffled_silhouette(
    method: Method, blocks: Points, sources: tuple[str, ...], k: int, *, seed: int, deadline: float
) -> float:
    """The largest silhouette in three tables whose columns were shuffled one by one, so that nothing but chance
    joins them. NaN where the deadline was over first."""
    rng = np.random.default_rng([seed, 2])
    rows = np.arange(len(blocks))
    if len(rows) > JUDGED_ROWS:
        rows = rng.choice(rows, JUDGED_ROWS, replace=False)
    names = np.array(sources, dtype=object)
    largest = math.nan
    for _ in range(3):
        if time.monotonic() > deadline:
            break
        shuffled = blocks[rows].copy()
        for name in dict.fromkeys(sources):
            mine = np.flatnonzero(names == name)
            shuffled[:, mine] = shuffled[np.ix_(rng.permutation(len(rows)), mine)]
        found = silhouette(shuffled, method.label(shuffled, k, seed))
        largest = found if math.isnan(largest) else max(largest, found)
    return largest
