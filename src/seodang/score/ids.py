"""Row ids: how they compare, and how two files are lined up by them without a Python loop.

Ids are text and compare letter by letter: "a7" is not "A7". Where every expected id is a whole number, and no two
of them are the same number, ids compare as numbers instead: "7", "007" and "7.0" are then one id, since programs
that read a column of numbers do not keep its zeros and some write it back as floats. Messages show ids as the file
has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# Text, or 64-bit integers where ids were read as numbers.
Ids: TypeAlias = pa.ChunkedArray
Positions = NDArray[np.signedinteger[Any]]
Mask = NDArray[np.bool_]

# A lookup table may be this many times longer than the ids it holds.
_SPARSITY = 8
_WHOLE_NUMBER = r"^[0-9]{1,18}(\.0+)?$|^-[0-9]{1,18}(\.0+)?$"
_NONE: Positions = np.empty(0, dtype=np.int64)


def as_ids(values: Iterable[Any]) -> Ids:
    """Ids of any sequence as a chunked array, of text save where it is one of 64-bit integers already."""
    if isinstance(values, pa.Array):
        values = pa.chunked_array([values])
    if isinstance(values, pa.ChunkedArray):
        if values.type == pa.int64() and not values.null_count and values.num_chunks > 1:
            # One piece, which NumPy can look at without a copy.
            return pa.chunked_array([values.to_numpy()])
        return values if values.type in (pa.string(), pa.int64()) else values.cast(pa.string())
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


def align(expected: Ids, received: Ids) -> Alignment:
    """Line `received` up with `expected`, whose ids are unique. O(n) where they are whole numbers and dense."""
    if same(expected, received):
        return Alignment(None, _NONE, _NONE, _NONE)
    place = _places(expected, received)
    n = len(expected)
    positions = np.full(n, -1, dtype=np.int32)
    known = place >= 0
    if len(place) == n and bool(known.all()):
        # The usual case: every row has an expected id, so either each came once or one is repeated and one missing.
        positions[place] = np.arange(n, dtype=np.int32)
        if bool((positions >= 0).all()):
            return Alignment(positions, _NONE, _NONE, _NONE)
    rows = np.flatnonzero(known)
    ids, first = np.unique(place[rows], return_index=True)
    positions = np.full(n, -1, dtype=np.int64)
    positions[ids] = rows[first]
    repeated = np.delete(rows, first)
    unknown = np.flatnonzero(~known)
    if len(unknown):
        repeated = np.union1d(repeated, _repeated_among(received, unknown))
    return Alignment(positions, np.flatnonzero(positions < 0), unknown, repeated)


def same(expected: Ids, received: Ids) -> bool:
    """Equal, row by row, as they are stored."""
    if len(expected) != len(received) or expected.type != received.type:
        return False
    return not len(expected) or bool(pc.all(pc.equal(expected, received), skip_nulls=False).as_py())


def first_repeated(ids: Ids) -> str | None:
    """An id that occurs twice, or None."""
    if _is_rising(ids) or int(pc.count_distinct(ids).as_py()) == len(ids):
        return None
    counts = pc.value_counts(ids)
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    return str(twice[0]["values"].as_py())


def distinct_numbers(ids: Ids) -> bool:
    """Whether ids compare as numbers: all whole, no two equal."""
    numbers, whole = _numbers(ids)
    if not len(numbers) or not bool(whole.all()):
        return False
    return bool((numbers[1:] > numbers[:-1]).all()) or len(np.unique(numbers)) == len(numbers)


def _is_rising(ids: Ids) -> bool:
    if ids.type != pa.int64() or ids.null_count:
        return False
    numbers = ids.to_numpy()
    return bool((numbers[1:] > numbers[:-1]).all())


def _numbers(ids: Ids) -> tuple[Positions, Mask]:
    """Ids as integers, and which of them are whole numbers at all."""
    if ids.type == pa.int64():
        if not ids.null_count:
            return _array(ids), np.ones(len(ids), dtype=bool)
        return _array(pc.fill_null(ids, 0)), ~_array(pc.is_null(ids))
    try:
        return _array(ids.cast(pa.int64())), np.ones(len(ids), dtype=bool)
    except pa.ArrowInvalid:
        whole = pc.match_substring_regex(ids, _WHOLE_NUMBER)
        digits = pc.replace_substring_regex(pc.if_else(whole, ids, "0"), r"\.0+$", "")
        return _array(digits.cast(pa.int64())), _array(whole)


def _array(column: pa.ChunkedArray) -> NDArray[Any]:
    """Without a copy where there is one chunk."""
    if column.num_chunks == 1:
        return np.asarray(column.chunk(0).to_numpy(zero_copy_only=False))
    return np.asarray(column.to_numpy())


def _places(expected: Ids, received: Ids) -> Positions:
    """For each received id its place in `expected`, or -1."""
    if distinct_numbers(expected):
        find = _finder(_numbers(expected)[0])
        place = np.empty(len(received), dtype=np.int32)
        begin = 0
        # Chunk by chunk: what is needed in between stays small.
        for chunk in received.chunks:
            got, whole = _numbers(pa.chunked_array([chunk]))
            found = find(got)
            place[begin : begin + len(chunk)] = found if whole.all() else np.where(whole, found, -1)
            begin += len(chunk)
        return place
    found = pc.index_in(_one_chunk(received), value_set=_one_chunk(expected))
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False))


def _finder(wanted: Positions) -> Callable[[Positions], Positions]:
    """From numbers to their places in `wanted`, or -1: by a table where that is not much longer than the ids."""
    low, high = int(wanted.min()), int(wanted.max())
    if high - low < _SPARSITY * (len(wanted) + 1000):
        table = np.full(high - low + 1, -1, dtype=np.int32)
        table[wanted - low] = np.arange(len(wanted), dtype=np.int32)

        def look_up(got: Positions) -> Positions:
            inside = (got >= low) & (got <= high)
            if inside.all():
                return table[got - low]
            return np.where(inside, table[np.where(inside, got, low) - low], -1)

        return look_up
    order = np.argsort(wanted, kind="stable")

    def search(got: Positions) -> Positions:
        at = np.minimum(np.searchsorted(wanted, got, sorter=order), len(wanted) - 1)
        return np.where(wanted[order[at]] == got, order[at], -1)

    return search


def _one_chunk(ids: Ids) -> pa.Array:
    texts = ids.cast(pa.string())
    return (
        texts.chunk(0) if texts.num_chunks == 1 else pa.concat_arrays(texts.chunks or [pa.array([], pa.string())])
    )


def _repeated_among(ids: Ids, rows: Positions) -> Positions:
    """Of these rows, those whose id an earlier one of them has."""
    codes = _one_chunk(ids.take(pa.array(rows))).dictionary_encode().indices.fill_null(-1).to_numpy()
    _, first = np.unique(codes, return_index=True)
    return np.delete(rows, first)
