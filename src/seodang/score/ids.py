"""Row ids: kept as text exactly as written, compared as text, lined up without a Python loop.

"007" and "7" are two ids. One concession is made: a file in which *every* id ends in ".0" while no expected id does
was written by a program that read whole numbers as floats (pandas does, where a cell is missing); the ".0" is then
taken off all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ids: TypeAlias = pa.ChunkedArray
Positions = NDArray[np.int64]

# A lookup table may be this many times longer than the ids it holds.
_SPARSITY = 8


def as_ids(values: Iterable[Any]) -> Ids:
    """Ids of any sequence as chunked text."""
    if isinstance(values, pa.ChunkedArray) and values.type == pa.string():
        return values
    if isinstance(values, pa.ChunkedArray | pa.Array):
        return (
            pa.chunked_array([values]).cast(pa.string())
            if isinstance(values, pa.Array)
            else values.cast(pa.string())
        )
    return pa.chunked_array([pa.array([str(value) for value in values], pa.string())])


@dataclass(frozen=True)
class Alignment:
    """How received ids lie to expected ones.

    Attributes:
        positions: for each expected id, the row received for it; None when both are in the same order.
        missing: expected rows for which nothing came.
        unknown: received rows whose id is not expected.
        repeated: received rows whose id came before.
    """

    positions: Positions | None
    missing: Positions
    unknown: Positions
    repeated: Positions

    @property
    def is_whole(self) -> bool:
        return not (len(self.missing) or len(self.unknown) or len(self.repeated))


_NONE: Positions = np.empty(0, dtype=np.int64)


def align(expected: Ids, received: Ids) -> Alignment:
    """Line `received` up with `expected`, whose ids are unique. Vectorised; O(n) where ids are whole numbers."""
    if same(expected, received):
        return Alignment(None, _NONE, _NONE, _NONE)
    place = _places(expected, received)
    known = place >= 0
    rows = np.flatnonzero(known)
    counts = np.bincount(place[rows], minlength=len(expected))
    repeated = _NONE
    if len(counts) and counts.max() > 1:
        # np.unique gives the first row of each id; the rest came again.
        _, first = np.unique(place[rows], return_index=True)
        repeated = np.setdiff1d(rows, rows[first], assume_unique=True)
        rows = rows[first]
    positions = np.full(len(expected), -1, dtype=np.int64)
    positions[place[rows]] = rows
    unknown = np.flatnonzero(~known)
    if len(unknown):
        repeated = np.union1d(repeated, _repeated_among(received, unknown))
    return Alignment(positions, np.flatnonzero(counts == 0), unknown, repeated)


def same(expected: Ids, received: Ids) -> bool:
    if len(expected) != len(received):
        return False
    return bool(pc.all(pc.equal(expected, received)).as_py()) if len(expected) else True


def first_repeated(ids: Ids) -> str | None:
    """An id that occurs twice, or None."""
    numbers = whole_numbers(ids)
    if numbers is not None and len(numbers) and bool((np.diff(numbers) > 0).all()):
        return None
    if int(pc.count_distinct(ids).as_py()) == len(ids):
        return None
    counts = pc.value_counts(ids)
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    return str(twice[0]["values"].as_py())


def without_point_zero(ids: Ids, expected: Ids) -> Ids:
    """The ids without ".0" where all of them, and none of the expected, end in it; else as they are."""
    if not len(ids) or not len(expected) or not str(ids[0]).endswith(".0"):
        return ids
    if (
        pc.any(pc.ends_with(expected, ".0")).as_py()
        or not pc.all(pc.match_substring_regex(ids, r"^-?\d+\.0$")).as_py()
    ):
        return ids
    return pc.utf8_slice_codeunits(ids, 0, -2)


def whole_numbers(ids: Ids) -> Positions | None:
    """The ids as integers where every one is written as an integer writes itself ("7", not "007"), else None."""
    try:
        numbers = ids.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    lengths = pc.binary_length(ids).to_numpy()
    magnitudes = np.abs(numbers)
    digits = np.searchsorted(_POWERS, magnitudes, side="right") + 1
    return numbers if bool((lengths == digits + (numbers < 0)).all()) else None


_POWERS = np.array([10**power for power in range(1, 19)], dtype=np.int64)


def _places(expected: Ids, received: Ids) -> Positions:
    """For each received id its place in `expected`, or -1."""
    wanted = whole_numbers(expected)
    got = whole_numbers(received) if wanted is not None else None
    if wanted is not None and got is not None and len(wanted):
        low, high = int(wanted.min()), int(wanted.max())
        if high - low < _SPARSITY * (len(wanted) + 1000):
            table = np.full(high - low + 1, -1, dtype=np.int32)
            table[wanted - low] = np.arange(len(wanted), dtype=np.int32)
            inside = (got >= low) & (got <= high)
            return np.where(inside, table[np.where(inside, got - low, 0)], -1).astype(np.int64)
    found = pc.index_in(received, value_set=_one_chunk(expected))
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)


def _one_chunk(ids: Ids) -> pa.Array:
    return ids.chunk(0) if ids.num_chunks == 1 else pa.concat_arrays(ids.chunks or [pa.array([], pa.string())])


def _repeated_among(ids: Ids, rows: Positions) -> Positions:
    """Of these rows, those whose id an earlier one of them has."""
    codes = _one_chunk(ids.take(pa.array(rows))).dictionary_encode().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    return np.delete(rows, first)
