"""Which rows a class learns from, which the public board is scored on, and which count at the end.

Owns the four ways to cut a table: at random, stratified, by groups, by time. Every function takes the shares of
the parts and a seed and returns an array of "train", "public" and "private", one per row. The same input gives the
same cut on every machine and NumPy: the only random source is the raw stream of PCG64, which NumPy never changes
(NEP 19). Does not cover: whether a metric is defined on the parts, which `prepare` checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seodang.i18n import N_
from seodang.score.columns import as_numbers, as_times, is_blank
from seodang.score.errors import SpecInvalid

TRAIN, PUBLIC, PRIVATE = PARTS = ("train", "public", "private")

Parts = npt.NDArray[np.str_]
Integers = npt.NDArray[np.int64]

# Numbers are stratified by this many bins of equal size at most, each of this many rows at least, and of this many
# for the smallest part: every bin gives each part a row, which in bins of few rows would be more than its share.
MOST_BINS = 10
FEWEST_ROWS_PER_BIN = 10
FEWEST_ROWS_OF_A_PART_PER_BIN = 3


@dataclass(frozen=True)
class Shares:
    """The wanted shares of the rows; they sum to one. `train` is 0 where the host split train and test."""

    train: float
    public: float
    private: float

    @classmethod
    def of(cls, test_fraction: float, public_fraction: float) -> Shares:
        """`public_fraction` is the public share of the test rows."""
        return cls(1 - test_fraction, test_fraction * public_fraction, test_fraction * (1 - public_fraction))

    @property
    def public_of_test(self) -> float:
        return self.public / (self.public + self.private)

    @property
    def smallest(self) -> float:
        """The share of the smallest part that there is to be."""
        return min(share for share in (self.train, self.public, self.private) if share)

    @property
    def fewest_rows(self) -> int:
        """One row for each part that there is to be."""
        return 3 if self.train else 2


# ---------------------------------------------------------------- the four ways


def split_at_random(n_rows: int, shares: Shares, seed: int) -> Parts:
    """Every row has the same chance; the parts have the wanted sizes to within one row."""
    _require_rows(n_rows, shares)
    n_train, n_public = _sizes(n_rows, shares)
    return _filled(shuffled(n_rows, seed), n_train, n_public)


def split_stratified(strata: npt.ArrayLike | pa.Array, shares: Shares, seed: int) -> Parts:
    """Each stratum (class, or bin of `quantile_bins`) is cut alike, and appears in every part.

    Raises:
        SpecInvalid: a stratum has fewer rows than there are parts.
    """
    codes, names = _encode(strata)
    _require_rows(len(codes), shares)
    counts = np.bincount(codes, minlength=len(names)).astype(np.int64)
    _require_rows_of_each(counts, names, shares)
    # Rounding the running totals, not each stratum, keeps the sizes of the parts right over many small strata.
    n_train = _rounded_steps(counts, shares.train)
    n_train = np.clip(n_train, 1, counts - 2) if shares.train else n_train * 0
    rest = counts - n_train
    n_public = np.clip(_rounded_steps(rest, shares.public_of_test), 1, rest - 1)

    order = shuffled(len(codes), seed)
    order = order[np.argsort(codes[order], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    stratum = codes[order]
    place = np.arange(len(order)) - starts[stratum]
    parts = np.full(len(codes), PRIVATE, dtype="<U7")
    parts[order[place < (n_train + n_public)[stratum]]] = PUBLIC
    parts[order[place < n_train[stratum]]] = TRAIN
    return parts


def split_by_group(groups: npt.ArrayLike | pa.Array, shares: Shares, seed: int) -> Parts:
    """No group stands in two parts. The largest groups are placed first, each where most rows are still missing.

    Raises:
        SpecInvalid: there are fewer groups than parts.
    """
    codes, names = _encode(groups)
    _require_rows(len(codes), shares)
    if len(names) < shares.fewest_rows:
        raise SpecInvalid(
            N_("The group column has %(found)s different values, and a split needs at least %(needed)s."),
            hint=N_("Choose a column with more groups, or another kind of split."),
            found=len(names),
            needed=shares.fewest_rows,
        )
    sizes = np.bincount(codes, minlength=len(names)).astype(np.int64)
    order = shuffled(len(sizes), seed)
    order = order[np.argsort(-sizes[order], kind="stable")]
    wanted = [shares.train * len(codes), shares.public * len(codes), shares.private * len(codes)]
    home = _place_groups(sizes[order].tolist(), wanted)
    part_of = np.empty(len(sizes), dtype="<U7")
    part_of[order] = np.array(PARTS)[home]
    return part_of[codes]


def split_by_time(times: npt.NDArray[Any], shares: Shares, seed: int, *, public_is_earlier: bool = True) -> Parts:
    """Train on the earliest rows, test on the latest; rows of one moment stay together.

    With `public_is_earlier` the public board is scored on the earlier test rows and the last ones count at the end,
    as a forecast would be judged; else the two are mixed at random among the test rows.

    Raises:
        SpecInvalid: there are too few different times.
    """
    _require_rows(len(times), shares)
    order = np.argsort(times, kind="stable")
    later = np.asarray(times)[order]
    # Where in the ordered rows a new moment begins: the only places for a cut.
    cuts = np.flatnonzero(later[1:] != later[:-1]) + 1
    if not public_is_earlier:
        # Two test rows at least, to be divided.
        cuts = cuts[cuts <= len(times) - 2]
    n_cuts = (1 if shares.train else 0) + (1 if public_is_earlier else 0)
    if len(cuts) < n_cuts:
        raise SpecInvalid(
            N_("The time column has %(found)s different values, and this split needs at least %(needed)s."),
            hint=N_("Choose a column with finer times, or another kind of split."),
            found=len(cuts) + 1,
            needed=n_cuts + 1,
        )
    n_train, n_public = _sizes(len(times), shares)
    if not public_is_earlier:
        begin = _nearest(cuts, n_train) if shares.train else 0
        test = order[begin:][shuffled(len(times) - begin, seed)]
        n_public = min(max(round(len(test) * shares.public_of_test), 1), len(test) - 1)
        return _filled(np.concatenate([order[:begin], test]), begin, n_public)
    begin = _nearest(cuts[:-1], n_train) if shares.train else 0
    middle = _nearest(cuts[cuts > begin], begin + round((len(times) - begin) * shares.public_of_test))
    return _filled(order, begin, middle - begin)


# ---------------------------------------------------------------- what they need


def shuffled(n: int, seed: int | Sequence[int]) -> Integers:
    """The numbers 0 … n-1 in an order that the seed decides, the same everywhere."""
    keys = np.random.PCG64(seed).random_raw(n)
    return np.asarray(np.argsort(keys, kind="stable"), dtype=np.int64)


def quantile_bins(values: npt.ArrayLike, shares: Shares) -> Integers:
    """Numbers as strata of equal size, so that every part sees small, middling and large ones.

    Args:
        values: shape (n_rows,), finite.

    Returns:
        the bin of each row, shape (n_rows,), 0 … n_bins-1; n_bins is 10, or fewer in a short table.
    """
    values = np.asarray(values, dtype=np.float64)
    of_smallest_part = len(values) * shares.smallest / FEWEST_ROWS_OF_A_PART_PER_BIN
    n_bins = int(np.clip(min(len(values) // FEWEST_ROWS_PER_BIN, int(of_smallest_part)), 1, MOST_BINS))
    place = np.empty(len(values), dtype=np.int64)
    place[np.argsort(values, kind="stable")] = np.arange(len(values))
    return place * n_bins // max(len(values), 1)


def parse_times(column: pa.Array | pa.ChunkedArray, name: str) -> npt.NDArray[Any]:
    """Text as times that sort: numbers, or whatever `columns.as_times` reads.

    Raises:
        SpecInvalid: blanks, or text that is none of these.
    """
    text = column.cast(pa.string())
    n_blank = int(pc.sum(is_blank(text)).as_py() or 0)
    if n_blank:
        raise SpecInvalid(
            N_("The time column “%(column)s” is blank in %(count)s rows."),
            hint=N_("Fill them in, or choose another kind of split."),
            column=name,
            count=n_blank,
        )
    for read in (as_numbers, as_times):
        found = read(text)
        if found is not None:
            return found
    raise SpecInvalid(
        N_("The time column “%(column)s” cannot be read as times; one value is “%(value)s”."),
        hint=N_("Write times as 2026-03-02 or 2026-03-02 09:30:00, or as numbers that grow."),
        column=name,
        value=_odd_one(text)[:60],
    )


def _odd_one(text: Any) -> str:
    """A value that is no time by itself, else the first: then it is the mixture that cannot be read."""
    some = text.slice(0, 1_000)
    for index in range(len(some)):
        if as_times(some.slice(index, 1)) is None:
            return str(some[index].as_py())
    return str(some[0].as_py())


def _encode(values: npt.ArrayLike | pa.Array) -> tuple[Integers, list[str]]:
    """Values as 0 … k-1 in order of appearance, and what each stands for."""
    column = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(np.asarray(values))
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    found = column.dictionary_encode(null_encoding="encode")
    names = ["" if value is None else str(value) for value in found.dictionary.to_pylist()]
    return found.indices.to_numpy(zero_copy_only=False).astype(np.int64), names


def _require_rows(n_rows: int, shares: Shares) -> None:
    if n_rows < shares.fewest_rows:
        raise SpecInvalid(
            N_("The table has %(found)s usable rows, and a split needs at least %(needed)s."),
            hint=N_("Give a larger table."),
            found=n_rows,
            needed=shares.fewest_rows,
        )


def _require_rows_of_each(counts: Integers, names: list[str], shares: Shares) -> None:
    small = np.flatnonzero(counts < shares.fewest_rows)
    if not len(small):
        return
    shown = ", ".join(f"“{names[index][:40]}” ({counts[index]})" for index in small[:5])
    raise SpecInvalid(
        N_(
            "A stratified split needs at least %(needed)s rows of each class, one for each part; "
            "%(count)s classes have fewer: %(classes)s."
        ),
        hint=N_("Join or drop rare classes, or choose a random split."),
        needed=shares.fewest_rows,
        count=len(small),
        classes=shown + (" …" if len(small) > 5 else ""),
    )


def _sizes(n_rows: int, shares: Shares) -> tuple[int, int]:
    """Rows of train and of public; every part gets one at least."""
    n_train = min(max(round(n_rows * shares.train), 1), n_rows - 2) if shares.train else 0
    n_public = min(max(round((n_rows - n_train) * shares.public_of_test), 1), n_rows - n_train - 1)
    return n_train, n_public


def _filled(order: Integers, n_train: int, n_public: int) -> Parts:
    """The first rows of `order` are train, the next public, the rest private."""
    parts = np.full(len(order), PRIVATE, dtype="<U7")
    parts[order[: n_train + n_public]] = PUBLIC
    parts[order[:n_train]] = TRAIN
    return parts


def _rounded_steps(counts: Integers, share: float) -> Integers:
    return np.asarray(np.diff(np.rint(np.cumsum(counts) * share), prepend=0), dtype=np.int64)


def _nearest(cuts: Integers, wanted: int) -> int:
    return int(cuts[np.argmin(np.abs(cuts - wanted))])


def _place_groups(sizes: list[int], wanted: list[float]) -> list[int]:
    """For each group, the part with the most rows still missing; no wanted part is left empty."""
    missing = list(wanted)
    empty = {part for part, rows in enumerate(wanted) if rows > 0}
    open_parts = sorted(empty)
    home = []
    for index, size in enumerate(sizes):
        choices = sorted(empty) if len(sizes) - index <= len(empty) else open_parts
        part = max(choices, key=missing.__getitem__)
        missing[part] -= size
        empty.discard(part)
        home.append(part)
    return home
