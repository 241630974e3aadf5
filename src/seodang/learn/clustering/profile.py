"""By what groups differ: for each group the columns whose values are furthest from those of all rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seodang.learn.clustering.methods import Labels
from seodang.learn.clustering.space import Space
from seodang.learn.data.schema import Column, Kind

if TYPE_CHECKING:
    import pandas as pd

NAMED = 4


@dataclass(frozen=True)
class Difference:
    """here, everywhere: a mean, or the share of `level`. strength: in standard deviations of all rows."""

    column: str
    here: float
    everywhere: float
    strength: float
    level: str | None = None
    is_time: bool = False


def profiles(space: Space, labels: Labels) -> list[list[Difference]]:
    """For each group its strongest differences, the strongest first."""
    groups = range(int(labels.max(initial=-1)) + 1)
    found: list[list[Difference]] = [[] for _ in groups]
    for column in space.schema.columns:
        for group, difference in _differences(column, space.frame[column.name], labels, len(groups)):
            found[group].append(difference)
    return [sorted(each, key=lambda one: -abs(one.strength))[:NAMED] for each in found]


def _differences(
    column: Column, values: pd.Series, labels: Labels, n_groups: int
) -> Iterator[tuple[int, Difference]]:
    if column.kind is Kind.TEXT:
        return
    if column.kind is Kind.CATEGORY:
        words = values.to_numpy()
        shares = values.value_counts(normalize=True, dropna=True)
        for group in range(n_groups):
            mine = words[labels == group]
            yield from _strongest_level(group, column.name, mine, {str(k): float(v) for k, v in shares.items()})
        return
    numbers = values.to_numpy(dtype=np.float64)
    mean, spread = float(np.nanmean(numbers)), float(np.nanstd(numbers))
    for group in range(n_groups):
        mine = numbers[labels == group]
        if spread > 0 and np.isfinite(mine).any():
            here = float(np.nanmean(mine))
            is_time = column.kind is Kind.TIME
            yield group, Difference(column.name, here, mean, (here - mean) / spread, is_time=is_time)


def _strongest_level(
    group: int, name: str, mine: np.ndarray[tuple[int], np.dtype[np.object_]], shares: dict[str, float]
) -> Iterator[tuple[int, Difference]]:
    given = [word for word in mine if isinstance(word, str)]
    if not given:
        return
    levels, counts = np.unique(np.array(given, dtype=object), return_counts=True)
    here = dict(zip(levels.tolist(), (counts / len(given)).tolist(), strict=True))

    def strength(level: str) -> float:
        share = shares[level]
        return float((here.get(level, 0.0) - share) / max((share * (1 - share)) ** 0.5, 1e-9))

    candidates = [level for level, share in shares.items() if 0.01 <= share < 1]
    if candidates:
        level = max(candidates, key=lambda one: abs(strength(one)))
        yield group, Difference(name, here.get(level, 0.0), shares[level], strength(level), level=level)
