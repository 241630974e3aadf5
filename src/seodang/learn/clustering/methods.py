"""How rows are put into groups. Each method is told how many groups, or finds out itself.

A method is fitted on at most `most_rows` rows; the others join the group of their nearest neighbour among those.
Group −1 is noise: rows in no group.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.clustering.space import Points

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Method:
    """label(points, k, seed) → (n,) groups; `k` is 0 for a method that finds the number itself."""

    name: str
    title: str  # msgid
    said: str  # msgid: how it sees groups
    takes_k: bool
    most_rows: int
    label: Callable[[Points, int, int], Labels]


def _k_means(points: Points, k: int, seed: int) -> Labels:
    from sklearn.cluster import KMeans

    return np.asarray(KMeans(k, n_init=3, max_iter=100, random_state=seed).fit_predict(points), dtype=np.int64)


def _mixture(points: Points, k: int, seed: int) -> Labels:
    from sklearn.mixture import GaussianMixture

    n, p = points.shape
    # A full covariance needs p²/2 numbers for each group.
    form = "full" if n >= 10 * k * p * (p + 3) / 2 else "diag"
    mixture = GaussianMixture(k, covariance_type=form, reg_covar=1e-3, max_iter=100, n_init=1, random_state=seed)
    return np.asarray(mixture.fit_predict(points), dtype=np.int64)


def _hierarchical(points: Points, k: int, seed: int) -> Labels:
    from sklearn.cluster import AgglomerativeClustering

    return np.asarray(AgglomerativeClustering(k, linkage="ward").fit_predict(points), dtype=np.int64)


def _dbscan(points: Points, k: int, seed: int) -> Labels:
    from sklearn.cluster import DBSCAN

    n_close = min(len(points) - 1, max(5, 2 * min(points.shape[1], 10)))
    return np.asarray(DBSCAN(eps=reach(points, n_close), min_samples=n_close).fit_predict(points), dtype=np.int64)


def reach(points: Points, n_close: int) -> float:
    """Where the sorted distances to the n-th neighbour bend most: the point farthest from the line between their
    first and last (Ester et al. 1996 take it by eye; Satopää et al. 2011)."""
    from sklearn.neighbors import NearestNeighbors

    distances, _ = NearestNeighbors(n_neighbors=n_close + 1).fit(points).kneighbors(points)
    sorted_ones = np.sort(distances[:, -1])
    last = max(1, int(0.98 * len(sorted_ones)))  # a few far rows must not tilt the line
    curve = sorted_ones[:last]
    line = np.linspace(curve[0], curve[-1], len(curve))
    return float(max(curve[int(np.argmax(line - curve))], 1e-6))


def _hdbscan(points: Points, k: int, seed: int) -> Labels:
    from sklearn.cluster import HDBSCAN

    size = max(5, len(points) // 50)
    return np.asarray(HDBSCAN(min_cluster_size=size, min_samples=5, copy=True).fit_predict(points), dtype=np.int64)


METHODS = (
    Method(
        "kmeans",
        N_("k-means"),
        N_("Round groups of similar width: every row belongs to the nearest of k centres."),
        True,
        10_000,
        _k_means,
    ),
    Method(
        "mixture",
        N_("Gaussian mixture"),
        N_("Groups as overlapping clouds, each of its own shape; a row belongs to the likeliest."),
        True,
        5_000,
        _mixture,
    ),
    Method(
        "hierarchical",
        N_("Hierarchical"),
        N_("Rows are joined two by two, the nearest groups first (Ward), until k groups are left."),
        True,
        3_000,
        _hierarchical,
    ),
    Method(
        "dbscan",
        N_("DBSCAN"),
        N_("Groups are regions where rows lie densely, of any shape; rows in no such region are noise."),
        False,
        5_000,
        _dbscan,
    ),
    Method(
        "hdbscan",
        N_("HDBSCAN"),
        N_("As DBSCAN, at every density at once; keeps the groups that last longest as it falls."),
        False,
        5_000,
        _hdbscan,
    ),
)


def label_all(method: Method, points: Points, k: int, seed: int) -> Labels:
    """Groups of all rows (n,), the largest is 0; −1 is noise."""
    if len(points) <= method.most_rows:
        return by_size(method.label(points, k, seed))
    some = np.sort(np.random.default_rng(seed).choice(len(points), method.most_rows, replace=False))
    return by_size(_spread(points, some, method.label(points[some], k, seed)))


def _spread(points: Points, some: NDArray[Any], labels: Labels) -> Labels:
    from sklearn.neighbors import NearestNeighbors

    found = np.empty(len(points), dtype=np.int64)
    found[some] = labels
    others = np.setdiff1d(np.arange(len(points)), some, assume_unique=True)
    neighbours = NearestNeighbors(n_neighbors=1).fit(points[some])
    for start in range(0, len(others), 20_000):
        part = others[start : start + 20_000]
        found[part] = labels[neighbours.kneighbors(points[part], return_distance=False)[:, 0]]
    return found


def by_size(labels: Labels) -> Labels:
    """The same groups, numbered from the largest."""
    groups, counts = np.unique(labels[labels >= 0], return_counts=True)
    places = {int(group): place for place, group in enumerate(groups[np.argsort(-counts, kind="stable")])}
    return np.array([places.get(int(label), -1) for label in labels], dtype=np.int64)
