"""How many groups, and which method: what was tried, what was chosen, and why, in a sentence."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seodang.i18n import N_
from seodang.learn.clustering.judge import silhouette, stability, weighted
from seodang.learn.clustering.methods import Labels, Method, label_all
from seodang.learn.clustering.space import Points
from seodang.learn.rungs import Said

MOST_K = 10
# Below it, groups do not come back in resamples (Hennig 2007).
STABLE = 0.6
_RESAMPLES_PER_K = 4
# Rows on which numbers of groups are compared.
TRIED_ON = 1_500


@dataclass(frozen=True)
class Tried:
    """One number of groups. silhouette −1 … 1, stability 0 … 1; NaN where there was no time."""

    k: int
    silhouette: float
    stability: float


@dataclass(frozen=True, eq=False)
class Grouping:
    """What one method found.

    labels: (n,), 0 is the largest group, −1 noise. stability: of all groups together, group_stability of each.
    noise: share of rows in no group. tried: numbers of groups that were compared. skipped: why there is nothing.
    """

    name: str
    title: str  # msgid
    said: str  # msgid
    labels: Labels | None = None
    silhouette: float = math.nan
    stability: float = math.nan
    group_stability: tuple[float, ...] = ()
    tried: tuple[Tried, ...] = ()
    why: Said | None = None
    seconds: float = 0.0
    skipped: Said | None = None

    @property
    def k(self) -> int:
        return 0 if self.labels is None else int(self.labels.max(initial=-1)) + 1

    @property
    def sizes(self) -> tuple[int, ...]:
        if self.labels is None:
            return ()
        return tuple(int(count) for count in np.bincount(self.labels[self.labels >= 0], minlength=self.k))

    @property
    def noise(self) -> float:
        return 0.0 if self.labels is None else float((self.labels < 0).mean())

    @property
    def merit(self) -> float:
        """By which methods are compared: the silhouette, times the share of rows that it speaks of."""
        return -math.inf if math.isnan(self.silhouette) else self.silhouette * (1 - self.noise)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "k": self.k or None,
            "silhouette": _finite(self.silhouette),
            "stability": _finite(self.stability),
            "noise": round(self.noise, 6),
            "sizes": list(self.sizes),
            "group_stability": [_finite(value) for value in self.group_stability],
            "tried": [
                {"k": t.k, "silhouette": _finite(t.silhouette), "stability": _finite(t.stability)}
                for t in self.tried
            ],
            "why": None if self.why is None else str(self.why),
            "seconds": round(self.seconds, 3),
            "skipped": None if self.skipped is None else str(self.skipped),
        }


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def group(method: Method, points: Points, ks: Sequence[int], *, seed: int, deadline: float) -> Grouping:
    """What a method finds: with the best of several numbers of groups, or with the number that it finds itself."""
    begun = time.monotonic()
    if begun > deadline:
        return Grouping(method.name, method.title, method.said, skipped=_no_time())
    tried: list[Tried] = []
    chosen, why = 0, None
    if method.takes_k:
        tried = _try_all(method, points, ks, seed, deadline)
        chosen, why = best_k(tried, n_asked=len(ks))
    labels = label_all(method, points, chosen, seed)
    if int(labels.max(initial=-1)) < 1:
        return _nothing(method, labels, time.monotonic() - begun)
    per_group = stability(method, points, labels, chosen, seed=seed, deadline=deadline)
    return Grouping(
        method.name,
        method.title,
        method.said,
        labels=labels,
        silhouette=silhouette(points, labels, seed),
        stability=weighted(per_group, labels),
        group_stability=tuple(float(value) for value in per_group),
        tried=tuple(tried),
        why=why,
        seconds=time.monotonic() - begun,
    )


def _try_all(method: Method, points: Points, ks: Sequence[int], seed: int, deadline: float) -> list[Tried]:
    """Each number of groups on at most 1,500 rows, the same for all; leaves a third of the time."""
    begun = time.monotonic()
    some = points
    if len(points) > TRIED_ON:
        some = points[np.sort(np.random.default_rng([seed, 3]).choice(len(points), TRIED_ON, replace=False))]
    found: list[Tried] = []
    for k in ks:
        if found and time.monotonic() > begun + (deadline - begun) * 2 / 3:
            break
        labels = label_all(method, some, k, seed)
        per_group = stability(method, some, labels, k, seed=seed, deadline=deadline, resamples=_RESAMPLES_PER_K)
        found.append(Tried(k, silhouette(some, labels, seed), weighted(per_group, labels)))
    return found


def best_k(tried: Sequence[Tried], n_asked: int | None = None) -> tuple[int, Said]:
    """Of the numbers whose groups come back in resamples, the one whose groups stand apart best. n_asked: how many
    numbers were to be tried, if there had been time."""
    known = [one for one in tried if not math.isnan(one.silhouette)] or list(tried)
    stable = [one for one in known if math.isnan(one.stability) or one.stability >= STABLE]
    best = max(
        stable or known, key=lambda one: (-math.inf if math.isnan(one.silhouette) else one.silhouette, -one.k)
    )
    params = {"k": best.k, "silhouette": f"{best.silhouette:.2f}", "stability": f"{best.stability:.2f}"}
    if len(tried) == 1 and (n_asked or 1) > 1:
        return best.k, Said("k_time", N_("%(k)s groups: there was no time to try other numbers."), params)
    if len(tried) == 1:
        return best.k, Said("k_given", N_("%(k)s groups, as asked."), params)
    if not stable:
        sentence = N_(
            "%(k)s groups have the largest silhouette (%(silhouette)s), but no number of groups comes back in "
            "resamples (stability %(stability)s, below 0.6): do not trust them."
        )
        return best.k, Said("k_unstable", sentence, params)
    if math.isnan(best.stability):
        return best.k, Said("k", N_("%(k)s groups have the largest silhouette (%(silhouette)s)."), params)
    sentence = N_(
        "Of the numbers of groups that come back in resamples (stability of at least 0.6), %(k)s has the largest "
        "silhouette: %(silhouette)s, at a stability of %(stability)s."
    )
    return best.k, Said("k", sentence, params)


def _nothing(method: Method, labels: Labels, seconds: float) -> Grouping:
    noise = float((labels < 0).mean())
    sentence = (
        N_("It found no dense region: all rows are noise.")
        if int(labels.max(initial=-1)) < 0
        else N_("It found one group only, with %(noise)s %% of the rows outside.")
    )
    said = Said("one_group", sentence, {"noise": f"{100 * noise:.0f}"})
    return Grouping(method.name, method.title, method.said, seconds=seconds, skipped=said)


def _no_time() -> Said:
    return Said("time", N_("The time was up before it began."))
