"""A table as points: numbers standardised so that every column weighs the same, however it is encoded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.errors import ChoiceInvalid, TableUnusable
from seodang.learn.rungs import Said
from seodang.learn.task import Task, View

if TYPE_CHECKING:
    import pandas as pd

    from seodang.learn.data.schema import Column, Schema

Points = NDArray[np.float32]

FEWEST_ROWS = 10
# In standard deviations: what lies further out is drawn in, so that one wild cell makes no group of its own.
FARTHEST = 5.0
MOST_DIMENSIONS = 30
KEPT_VARIANCE = 0.95
# Rows from which the encoding is learnt, and that the principal axes are of.
LEARNT_FROM = 20_000


@dataclass(frozen=True, eq=False)
class Space:
    """points: (n, d), principal components where there were more than 30 numbers. blocks: (n, p) before that.
    sources: the table's column of each of the p. frame: the canonical table. notes: what was decided."""

    points: Points
    blocks: Points
    sources: tuple[str, ...]
    frame: pd.DataFrame
    schema: Schema
    notes: tuple[Said, ...]

    def __len__(self) -> int:
        return len(self.points)


def space_of(table: Any, *, leave_out: Collection[str] = (), seed: int = 0) -> Space:
    """
    Raises:
        TableUnreadable, TableUnusable: no table, too few rows, no column that differs from row to row.
        ChoiceInvalid: a column to leave out that is not there.
    """
    from seodang.learn.data.encode import Encoder
    from seodang.learn.data.read import read_frame
    from seodang.learn.data.schema import Schema

    raw = read_frame(table)
    missing = [name for name in leave_out if name not in raw.columns]
    if missing:
        raise ChoiceInvalid(
            N_("The table has no column “%(name)s” to leave out."),
            hint=N_("Its columns: %(names)s."),
            name=missing[0],
            names=", ".join(map(str, raw.columns[:20])),
        )
    if len(raw) < FEWEST_ROWS:
        raise TableUnusable(
            N_("The table has %(found)s rows; at least %(needed)s are needed to look for groups."),
            hint=N_("Give more rows."),
            found=len(raw),
            needed=FEWEST_ROWS,
        )
    columns, frame, dropped, remarks = _looked_at(raw, [name for name in raw.columns if name not in leave_out])
    schema = Schema(tuple(columns), "", Task.REGRESSION, (), dropped)
    encoder = Encoder(schema, View.MATRIX, seed)
    some = _some(len(raw), LEARNT_FROM, seed)
    encoder.fit_transform(frame.iloc[some].reset_index(drop=True), np.zeros(len(some)))
    sources = [feature.source for feature in encoder.features_]
    blocks, kept = _balanced(encoder.transform(frame), sources, some)
    if not blocks.shape[1]:
        raise TableUnusable(
            N_("No column of the table differs from row to row in a way that groups could show; %(dropped)s."),
            hint=N_("Give a table with at least one column of numbers or of repeated categories."),
            dropped="; ".join(str(said) for said in list(dropped.values())[:5]) or "0",
        )
    notes = (*remarks, *dropped.values())
    return Space(_components(blocks, some), blocks, tuple(sources[int(k)] for k in kept), frame, schema, notes)


def _looked_at(
    raw: pd.DataFrame, names: Sequence[str]
) -> tuple[list[Column], pd.DataFrame, dict[str, Said], list[Said]]:
    """Columns that say something, their canonical cells, why others are left out, and what else was seen."""
    from seodang.learn.data._judge import judge
    from seodang.learn.data.schema import canonical

    columns: list[Column] = []
    dropped: dict[str, Said] = {}
    remarks: list[Said] = []
    for name in names:
        found = judge(raw[name], name)
        remarks += found.remarks
        if found.column is not None:
            columns.append(found.column)
        elif found.dropped is not None:
            dropped[name] = found.dropped
    frame = canonical(raw, columns)
    first_with: dict[int, str] = {}
    for name in list(frame.columns):
        cells = frame[name]
        mark = hash(cells.to_numpy().tobytes() if cells.dtype == np.float64 else tuple(cells))
        first = first_with.setdefault(mark, name)
        if first != name and cells.equals(frame[first]):
            sentence = N_("“%(column)s” is left out: it repeats “%(first)s”.")
            dropped[name] = Said("copy", sentence, {"column": name, "first": first}, column=name)
    kept = [column for column in columns if column.name not in dropped]
    return kept, frame[[column.name for column in kept]], dropped, remarks


def _some(n: int, most: int, seed: int) -> NDArray[np.int64]:
    """Rows in their order: all, or so many drawn."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def _balanced(block: Points, sources: Sequence[str], some: NDArray[np.int64]) -> tuple[Points, NDArray[np.int64]]:
    """Columns centred, and scaled so that all that come from one column of the table have a variance of 1 together:
    a category of forty levels then weighs as much as a number."""
    means, spreads = block[some].mean(axis=0), block[some].std(axis=0)
    kept = np.flatnonzero(spreads > 1e-6 * np.abs(means))
    block = (block[:, kept] - means[kept]) / spreads[kept]
    # A level's column of 0 and 1 keeps its own small variance: rare levels are not blown up.
    variances = spreads[kept] ** 2
    names = [sources[int(k)] for k in kept]
    for name in dict.fromkeys(names):
        mine = np.array([place for place, other in enumerate(names) if other == name])
        block[:, mine] = np.clip(block[:, mine], -FARTHEST, FARTHEST)
        share = np.sqrt(variances[mine] / variances[mine].sum()) if len(mine) > 1 else 1.0
        block[:, mine] *= share
    return np.ascontiguousarray(block, dtype=np.float32), kept


def _components(block: Points, some: NDArray[np.int64]) -> Points:
    """The first principal components that hold 95 % of the variance, at most 30, where there are more columns."""
    if block.shape[1] <= MOST_DIMENSIONS:
        return block
    values, axes = np.linalg.eigh(np.cov(block[some].astype(np.float64), rowvar=False))
    order = np.argsort(values)[::-1]
    shares = np.cumsum(values[order]) / values.sum()
    n_kept = min(MOST_DIMENSIONS, int(np.searchsorted(shares, KEPT_VARIANCE)) + 1)
    return np.asarray(block @ axes[:, order[:n_kept]], dtype=np.float32)


def on_a_plane(space: Space) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Points on their first two principal axes (n, 2), and the share of the variance along each."""
    points = space.points.astype(np.float64) - space.points.mean(axis=0)
    if points.shape[1] == 1:
        return np.column_stack([points[:, 0], np.zeros(len(points))]), (1.0, 0.0)
    values, axes = np.linalg.eigh(np.cov(points, rowvar=False))
    values, axes = values[::-1], axes[:, ::-1]
    total = max(float(space.blocks.var(axis=0).sum()), 1e-12)
    return points @ axes[:, :2], (float(values[0]) / total, float(values[1]) / total)
