"""`cluster`: a table without a target → groups of its rows, by five methods, with what speaks for each.

What it does stands in `clustering`; this module owns the call and what it gives back.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seodang.i18n import N_
from seodang.learn.clustering.choose import MOST_K, STABLE, Grouping, group
from seodang.learn.clustering.judge import shuffled_silhouette
from seodang.learn.clustering.methods import METHODS, Labels, Method
from seodang.learn.clustering.space import Space, space_of
from seodang.learn.errors import ChoiceInvalid, TableUnusable
from seodang.learn.rungs import Said

if TYPE_CHECKING:
    import pandas as pd

# The silhouette must be so much above that of shuffled columns.
CLEARER = 0.03


@dataclass(frozen=True, eq=False)
class Clustering:
    """What all methods found.

    groupings: one for each method, in their order. best: by silhouette times the share of rows in groups, among
    those whose groups come back in resamples. shuffled: the silhouette that the best method finds where columns are
    shuffled, NaN if not known. notes: what was decided about the table.
    """

    space: Space
    groupings: tuple[Grouping, ...]
    best: Grouping
    shuffled: float
    seconds: float
    seed: int

    def __repr__(self) -> str:
        return f"<Clustering of {len(self.space)} rows: {self.best.k} groups by {self.best.name}>"

    @property
    def labels(self) -> Labels:
        """(n,): the group of each row by the best method, 1 the largest; 0 where a row is in none."""
        assert self.best.labels is not None  # `cluster` raises where there is none
        return self.best.labels + 1

    @property
    def notes(self) -> tuple[Said, ...]:
        return self.space.notes

    @property
    def is_clearer_than_chance(self) -> bool | None:
        """Whether the groups stand further apart than those in shuffled columns; None where that is not known."""
        if math.isnan(self.shuffled):
            return None
        return self.best.silhouette > self.shuffled + CLEARER

    @property
    def remarks(self) -> tuple[Said, ...]:
        """What speaks against the groups."""
        found = []
        if self.is_clearer_than_chance is False:
            sentence = N_(
                "The groups stand no further apart (silhouette %(silhouette)s) than those found where every column "
                "is shuffled by itself (%(shuffled)s): the columns do not form groups together."
            )
            params = {"silhouette": f"{self.best.silhouette:.2f}", "shuffled": f"{self.shuffled:.2f}"}
            found.append(Said("no_clearer", sentence, params))
        if not math.isnan(self.best.stability) and self.best.stability < STABLE:
            sentence = N_("The groups do not come back in resamples (stability %(stability)s): do not trust them.")
            found.append(Said("unstable", sentence, {"stability": f"{self.best.stability:.2f}"}))
        return tuple(found)

    def table(self) -> pd.DataFrame:
        """One row for each method: name, k, silhouette, stability, noise, sizes, seconds, skipped."""
        import pandas as pd

        names = ("name", "k", "silhouette", "stability", "noise", "sizes", "seconds", "skipped")
        return pd.DataFrame([{name: one.as_json()[name] for name in names} for one in self.groupings])

    def as_json(self) -> dict[str, Any]:
        return {
            "best": self.best.name,
            "k": self.best.k,
            "rows": len(self.space),
            "columns": self.space.schema.names,
            "shuffled_silhouette": None if math.isnan(self.shuffled) else round(self.shuffled, 6),
            "seconds": round(self.seconds, 3),
            "methods": [one.as_json() for one in self.groupings],
            "warnings": [said.as_json() for said in self.remarks],
            "notes": [said.as_json() for said in self.notes],
        }

    def report(self, path: str | os.PathLike[str], language: str | None = None) -> Path:
        """Write the groups as one self-contained HTML file; returns its path."""
        from seodang.learn.clustering.page import write

        return write(self, Path(path), language=language)

    def plot(self, path: str | os.PathLike[str], language: str | None = None) -> Path:
        """Write the picture alone, as SVG; returns its path."""
        from seodang.learn.clustering.page import write_picture

        return write_picture(self, Path(path), language=language)


def cluster(
    table: Any,
    *,
    k: int | Sequence[int] | None = None,
    methods: Sequence[str] | None = None,
    leave_out: Collection[str] = (),
    budget: float = 60.0,
    seed: int = 0,
) -> Clustering:
    """Look for groups of rows that are alike.

    Args:
        table: the path of a CSV, TSV or Parquet file; a pandas frame; a NumPy array.
        k: how many groups, or the numbers to choose from, by default 2 to 10. DBSCAN and HDBSCAN find it.
        methods: names of `METHODS`; all by default.
        leave_out: columns that are not looked at, such as a known class.
        budget: seconds after which no further number of groups and no further method is begun.
        seed: same seed, same groups.

    Raises:
        TableUnreadable, TableUnusable: no table, too few rows, nothing that differs, no groups at all.
        ChoiceInvalid: a method, a number of groups or a column that does not fit.
    """
    begun = time.monotonic()
    if not (budget > 0 and math.isfinite(budget)):
        raise ChoiceInvalid(
            N_("The budget must be a number of seconds above 0; received “%(received)s”."),
            hint=N_("60 is a good start."),
            received=str(budget),
        )
    chosen = _methods(methods)
    space = space_of(table, leave_out=leave_out, seed=seed)
    ks = _ks(k, space)
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

    # One thread: the pieces are small, and on a busy machine threads that wait for each other cost more.
    with threadpool_limits(1):
        groupings = _all_methods(chosen, space, ks, begun, budget, seed)
        best = best_of(groupings)
        method = next(one for one in METHODS if one.name == best.name)
        shuffled = shuffled_silhouette(
            method, space.blocks, space.sources, best.k if method.takes_k else 0, seed=seed, deadline=begun + budget
        )
    return Clustering(space, tuple(groupings), best, shuffled, time.monotonic() - begun, seed)


def _all_methods(
    methods: Sequence[Method], space: Space, ks: Sequence[int], begun: float, budget: float, seed: int
) -> list[Grouping]:
    groupings: list[Grouping] = []
    for place, method in enumerate(methods):
        # Each may use its share of the time that is left.
        left = begun + 0.85 * budget - time.monotonic()
        if not groupings:
            left = max(left, 0.1)  # one method at least, whatever reading the table took
        deadline = time.monotonic() + left / (len(methods) - place)
        groupings.append(group(method, space.points, ks, seed=seed, deadline=deadline))
    return groupings


def best_of(groupings: Sequence[Grouping]) -> Grouping:
    """
    Raises:
        TableUnusable: no method found two groups.
    """
    found = [one for one in groupings if one.labels is not None]
    if not found:
        why = next((str(one.skipped) for one in groupings if one.skipped is not None), "")
        raise TableUnusable(
            N_("No method found two groups in the table. %(why)s"),
            hint=N_("Give more rows, leave out columns that say nothing, or ask for a number of groups."),
            why=why,
        )
    stable = [one for one in found if math.isnan(one.stability) or one.stability >= STABLE]
    return max(stable or found, key=lambda one: one.merit)


def _methods(names: Sequence[str] | None) -> list[Method]:
    if names is None:
        return list(METHODS)
    known = {method.name: method for method in METHODS}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ChoiceInvalid(
            N_("There is no method “%(name)s”."),
            hint=N_("Choose one of: %(known)s."),
            name=unknown[0] if unknown else "",
            known=", ".join(known),
        )
    return [method for method in METHODS if method.name in names]


def _ks(k: int | Sequence[int] | None, space: Space) -> list[int]:
    n_different = len(np.unique(np.round(space.points, 4), axis=0))
    most = min(len(space) - 1, n_different)
    if most < 2:
        raise TableUnusable(
            N_("All rows are alike in the columns that are looked at, so that there are no groups."),
            hint=N_("Give a table whose rows differ."),
        )
    if k is None:
        return list(range(2, min(MOST_K, most) + 1))
    wanted = sorted({k} if isinstance(k, int) else set(k))
    if not wanted or wanted[0] < 2 or wanted[-1] > min(most, 100):
        raise ChoiceInvalid(
            N_("The number of groups must be from 2 to %(most)s for this table; received %(received)s."),
            hint=N_("Leave it out to have it chosen."),
            most=min(most, 100),
            received=", ".join(map(str, wanted)) or "–",
        )
    return wanted
