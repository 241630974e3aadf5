"""Ranked lists in cells: "item item item", best first, without a Python loop over rows.

An item that a prediction repeats counts where it comes first; its other places stay taken and are misses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.score.errors import MetricUndefined
from seodang.score.metrics._base import Array, Metric
from seodang.score.metrics._terms import Floats

Longs = NDArray[np.int64]


@dataclass(frozen=True)
class Hits:
    """Every place of the predicted lists up to k that holds a relevant item.

    Attributes:
        row, place: of each hit; places count from 1.
        gain: the relevance of the hit item, 1 where the truth gives none.
    """

    row: Longs
    place: Longs
    gain: Floats


def lists(cells: Array) -> tuple[Longs, pa.Array]:
    """Items of all cells in one array, and the row of each."""
    trimmed = pc.utf8_trim_whitespace(pa.array(cells, pa.string()))
    found = pc.utf8_split_whitespace(pc.if_else(pc.equal(trimmed, ""), None, trimmed))
    lengths = pc.fill_null(pc.list_value_length(found), 0).to_numpy()
    return np.repeat(np.arange(len(cells), dtype=np.int64), lengths), pc.list_flatten(found)


def relevant(cells: Array, *, graded: bool) -> tuple[Longs, pa.Array, Floats]:
    """Rows, items and gains of the truth. `graded`: "item:3" gives a gain, where every item has one."""
    rows, items = lists(cells)
    if graded and len(items) and pc.all(pc.match_substring_regex(items, r"^.+:\d+(\.\d+)?$")).as_py():
        parts = pc.extract_regex(items, r"^(?P<item>.+):(?P<gain>[0-9.]+)$")
        return rows, pc.struct_field(parts, "item"), pc.struct_field(parts, "gain").cast(pa.float64()).to_numpy()
    return rows, items, np.ones(len(items))


def find_hits(truth: tuple[Longs, pa.Array, Floats], prediction: Array, k: int) -> Hits:
    """Where predicted lists hold relevant items, among the first k places."""
    true_rows, true_items, gains = truth
    rows, items = lists(prediction)
    place = _places(rows)
    near = place <= k
    rows, items, place = rows[near], items.filter(pa.array(near)), place[near]
    codes = pa.chunked_array([true_items, items]).dictionary_encode().combine_chunks()
    n_items = max(1, len(codes.dictionary))
    code = codes.indices.to_numpy().astype(np.int64)
    wanted = true_rows * n_items + code[: len(true_items)]
    got = rows * n_items + code[len(true_items) :]
    got_keys, first = np.unique(got, return_index=True)
    order = np.argsort(wanted, kind="stable")
    at = np.searchsorted(wanted[order], got_keys)
    found = (
        (at < len(wanted)) & (wanted[order][np.minimum(at, len(wanted) - 1)] == got_keys) if len(wanted) else at < 0
    )
    hit = first[found]
    return Hits(rows[hit], place[hit], gains[order][at[found]])


def list_lengths(rows: Longs, n: int) -> Longs:
    return np.bincount(rows, minlength=n)


def check_lists(metric: Metric, cells: Array) -> None:
    """Each row of the truth names an item, and none twice."""
    rows, items, _ = relevant(cells, graded=True)
    empty = int((list_lengths(rows, len(cells)) == 0).sum())
    if empty:
        raise MetricUndefined(
            N_("%(n)s rows of the truth name no relevant item, so “%(metric)s” has no value there."),
            hint=N_("Leave these rows out."),
            n=empty,
            metric=metric.name,
        )
    codes = items.dictionary_encode()
    keys = rows * max(1, len(codes.dictionary)) + codes.indices.to_numpy()
    if len(np.unique(keys)) < len(keys):
        raise MetricUndefined(N_("A row of the truth names the same item twice."))


def _places(rows: Longs) -> Longs:
    """1, 2, 3 … within each row; `rows` does not fall."""
    starts = np.searchsorted(rows, rows, side="left")
    return np.arange(len(rows), dtype=np.int64) - starts + 1
