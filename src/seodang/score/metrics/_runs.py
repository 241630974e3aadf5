"""Run-length masks: "start length start length …", pixels counted from 1 down the columns.

All rows are handled at once: each image lies on one long line after the one before, and the pixels that two masks
share are found from where their runs begin and end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seodang.score.metrics._base import Array
from seodang.score.metrics._lists import lists
from seodang.score.metrics._terms import Floats

Longs = NDArray[np.int64]
# No image has more pixels; and a hundred million of them laid end to end stay below 2^63.
_MAX_PIXELS = 2**36


@dataclass(frozen=True)
class Faults:
    """Per row: not whole numbers in pairs; runs that overlap each other or leave the image."""

    malformed: NDArray[np.bool_]
    outside: NDArray[np.bool_]

    @property
    def any(self) -> bool:
        return bool(self.malformed.any() or self.outside.any())


@dataclass(frozen=True)
class Runs:
    row: Longs
    start: Longs
    length: Longs


def read_runs(cells: Array) -> tuple[Runs, NDArray[np.bool_]]:
    """The runs of well-formed cells, and which rows are malformed."""
    n = len(cells)
    rows, items = lists(cells)
    malformed = np.bincount(rows, minlength=n) % 2 == 1
    # Twelve digits are more than any image needs, and fit an integer.
    good = pc.fill_null(pc.match_substring_regex(items, r"^\d{1,12}$"), False).to_numpy(zero_copy_only=False)
    malformed[rows[~good]] = True
    keep = ~malformed[rows]
    numbers = items.filter(pa.array(keep)).cast(pa.int64()).to_numpy()
    runs = Runs(rows[keep][::2], numbers[::2], numbers[1::2])
    malformed[runs.row[(runs.start < 1) | (runs.length < 1)]] = True
    return runs, malformed


def find_faults(cells: Array, n_pixels: int) -> Faults:
    """What is wrong with each cell; `n_pixels` of 0 does not bound the image."""
    runs, malformed = read_runs(cells)
    outside = np.zeros(len(cells), dtype=bool)
    outside[runs.row[runs.start + runs.length - 1 > (n_pixels or _MAX_PIXELS)]] = True
    order = np.lexsort((runs.start, runs.row))
    row, start, end = runs.row[order], runs.start[order], (runs.start + runs.length)[order]
    overlapping = (row[1:] == row[:-1]) & (start[1:] < end[:-1])
    outside[row[1:][overlapping]] = True
    return Faults(malformed, outside & ~malformed)


def overlap(truth: Array, prediction: Array) -> tuple[Floats, Floats, Floats]:
    """Pixels of each row in both masks, in the truth, and in the prediction."""
    n = len(truth)
    a_row, a_start, a_end = _on_one_line(truth)
    b_row, b_start, b_end = _on_one_line(prediction)
    a_length, b_length = a_end - a_start, b_end - b_start
    shared = _covered_before(a_start, a_end, b_end) - _covered_before(a_start, a_end, b_start)

    def pixels(row: Longs, length: Longs) -> Floats:
        return np.bincount(row, weights=length, minlength=n).astype(np.float64, copy=False)

    return pixels(b_row, shared), pixels(a_row, a_length), pixels(b_row, b_length)


def _on_one_line(cells: Array) -> tuple[Longs, Longs, Longs]:
    """Runs of all rows by rising start, laid one image after another; a pixel named twice counts once."""
    runs, malformed = read_runs(cells)
    keep = ~malformed[runs.row]
    row, start, end = runs.row[keep], runs.start[keep], (runs.start + runs.length)[keep]
    order = np.lexsort((start, row))
    row, start, end = row[order], start[order], end[order]
    offset = row * _MAX_PIXELS
    start, end = start + offset, np.minimum(end, _MAX_PIXELS) + offset
    reach = np.maximum.accumulate(end) if len(end) else end
    start[1:] = np.maximum(start[1:], reach[:-1])
    return row, start, np.maximum(start, end)


def _covered_before(start: Longs, end: Longs, points: Longs) -> Longs:
    """How many pixels of the disjoint, sorted runs lie before each point."""
    if not len(start):
        return np.zeros(len(points), dtype=np.int64)
    before = np.concatenate([[0], np.cumsum(end - start)])
    index = np.searchsorted(start, points, side="right")
    last = np.maximum(index - 1, 0)
    inside = np.clip(points - start[last], 0, end[last] - start[last])
    return np.where(index == 0, 0, before[last] + inside)
