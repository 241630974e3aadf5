"""Row ids: how they compare, and how two files are lined up by them without a Python loop.

Ids are text and compare letter by letter: "a7" is not "A7". Where every expected id is a whole number, and no two
of them are the same number, ids compare as numbers instead: "7", "007" and "7.0" are then one id, since programs
that read a column of numbers do not keep its zeros and some write it back as floats. Messages show ids as the file
has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# Text, or integers where ids were read as numbers.
Ids: TypeAlias = pa.ChunkedArray
Positions = NDArray[np.signedinteger[Any]]
Mask = NDArray[np.bool_]

# A lookup table may be this many times longer than the ids it holds.
_SPARSITY = 8
_WHOLE_NUMBER = r"^[0-9]{1,18}(\.0+)?$|^-[0-9]{1,18}(\.0+)?$"


def _none() -> Positions:
    return np.empty(0, dtype=np.int64)


def are_numbers(ids: Ids) -> bool:
    """Whether ids were read as numbers."""
    return ids.type in (pa.int32(), pa.int64())


def as_ids(values: Iterable[Any]) -> Ids:
    """Ids of any sequence as a chunked array, of text save where it is one of integers already."""
    if isinstance(values, pa.Array):
        values = pa.chunked_array([values])
    if isinstance(values, pa.ChunkedArray):
        if are_numbers(values) and not values.null_count and values.num_chunks > 1:
            # One piece, which NumPy can look at without a copy.
            return pa.chunked_array([values.to_numpy()])
        return values if values.type == pa.string() or are_numbers(values) else values.cast(pa.string())
    return pa.chunked_array([pa.array([str(value) for value in values], pa.string())])


@dataclass(frozen=True)
class Alignment:
    """How received ids lie to expected ones.

    Attributes:
        place: for each received row the expected row it belongs to, or -1; None when both are in the same order.
        missing: expected rows for which nothing came.
        unknown: received rows whose id is not expected.
        repeated: received rows whose id came before.
    """

    place: Positions | None
    missing: Positions = field(default_factory=_none)
    unknown: Positions = field(default_factory=_none)
    repeated: Positions = field(default_factory=_none)

    @property
    def is_whole(self) -> bool:
        """Every expected id came exactly once, and no other."""
        return not (len(self.missing) or len(self.unknown) or len(self.repeated))

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Rows as received → rows as expected, of a whole alignment."""
        if self.place is None:
            return values
        ordered = np.empty_like(values)
        ordered[self.place] = values
        return ordered

    @property
    def positions(self) -> Positions | None:
        """For each expected row the received row, of a whole alignment; None when both are in the same order."""
        return None if self.place is None else self.apply(np.arange(len(self.place)))


def align(expected: Ids, received: Ids) -> Alignment:
    """Line `received` up with `expected`, whose ids are unique. O(n) where they are whole numbers and dense."""
    if same(expected, received):
        return Alignment(None)
    place = _places(expected, received)
    n = len(expected)
    if len(place) == n and n and int(place.min()) >= 0:
        # As many rows as expected, all of them known: none is missing unless another came twice.
        seen = np.zeros(n, dtype=bool)
        seen[place] = True
        if bool(seen.all()):
            return Alignment(place)
    rows = np.flatnonzero(place >= 0)
    came, first = np.unique(place[rows], return_index=True)
    missing = np.setdiff1d(np.arange(n), came, assume_unique=True)
    repeated = np.delete(rows, first)
    unknown = np.flatnonzero(place < 0)
    if len(unknown):
        repeated = np.union1d(repeated, _repeated_among(received, unknown))
    return Alignment(place, missing, unknown, repeated)


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
    if not are_numbers(ids) or ids.null_count:
        return False
    numbers = _array(ids)
    return bool((numbers[1:] > numbers[:-1]).all())


def _numbers(ids: Ids) -> tuple[Positions, Mask]:
    """Ids as integers, and which of them are whole numbers at all."""
    if are_numbers(ids):
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
    if high - low == len(wanted) - 1 and bool((wanted[1:] > wanted[:-1]).all()):
        # 1, 2, 3 …: the number itself tells the place.
        return lambda got: got - low if low <= got.min() and got.max() <= high else _between(got, low, high)
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


def _between(got: Positions, low: int, high: int) -> Positions:
    inside = (got >= low) & (got <= high)
    return np.where(inside, np.where(inside, got, low) - low, -1)


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
