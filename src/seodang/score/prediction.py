"""Reading an entry: what it must look like, and its rows in order.

A good file takes the quick way: pyarrow parses it into the wanted types, and a handful of passes over whole columns
find nothing to say. Only a file that stumbles there is read again, as text, by `score.problems`, which says what is
wrong and where. An entry is checked against the sample entry alone, so no message can reveal anything of the truth.

Decided here: the order of columns is free; further columns are refused; rows may come in any order;
probabilities of several classes may miss a sum of 1 by `SUM_TOLERANCE` and are then divided by their sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.score.errors import PredictionRefused, SpecInvalid, TableUnreadable
from seodang.score.ids import Ids, align, are_numbers, as_ids, distinct_numbers, first_repeated, same
from seodang.score.labels import encode_labels
from seodang.score.metrics._base import PROBABLE, Metric, Needs
from seodang.score.metrics._runs import find_faults
from seodang.score.tables import (
    DEFAULT_MAX_BYTES,
    TableFile,
    give_back_memory,
    open_table,
    read_columns,
    read_text,
    repeated_columns,
)

Array = NDArray[Any]

SUM_TOLERANCE = 1e-3
# A file may hold this many times the expected rows before it is refused unread, and never fewer than the floor.
_ROWS_FACTOR, _ROWS_FLOOR = 4, 1_000_000
# No predicted number may be larger. Beyond it squares, ratios and sums overflow, and whether they do would tell of
# the truth, or of which rows stand in one part.
GREATEST = 1e100


@dataclass(frozen=True, eq=False)
class EntryFormat:
    """What an entry looks like, as the sample entry shows it.

    Attributes:
        id_column: its name; "" where rows are counted instead.
        columns: the other columns, in the sample's order.
        needs: what a row holds; PROBABILITY where two classes need one column only.
        labels: class labels in pinned order, where the metric needs classes.
        ids: the expected ids, unique; any sequence when made, a pyarrow chunked array of strings afterwards.
        limits: the least and the greatest number allowed.
        n_pixels: of an image, for masks; 0 where it is not known.
        may_have_more: further columns are passed over instead of refused.
    """

    id_column: str
    columns: tuple[str, ...]
    needs: Needs
    labels: tuple[str, ...]
    ids: Ids
    limits: tuple[float, float] = (-np.inf, np.inf)
    n_pixels: int = 0
    may_have_more: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", as_ids(self.ids))
        if self.needs in PROBABLE:
            object.__setattr__(self, "limits", (0.0, 1.0))

    @classmethod
    def from_sample(
        cls, path: str | Path, metric: Metric, labels: Sequence[str] = (), **options: Any
    ) -> EntryFormat:
        """From the sample entry: its first column holds the ids, the others what a row of a prediction holds.

        Args:
            labels: the class labels in the truth's order; found in the sample when empty.
            options: the metric's, of which the shape of images matters here.

        Raises:
            TableUnreadable, SpecInvalid: a sample that cannot serve.
        """
        table = open_table(path)
        if table.repeated:
            raise repeated_columns(table.repeated)
        if len(table.names) < 2:
            raise SpecInvalid(N_("The sample entry needs a column of ids and at least one more."))
        id_column, *columns = table.names
        ids = read_text(table, [id_column]).column(0)
        twice = first_repeated(ids)
        if twice is not None:
            raise SpecInvalid(N_("The id “%(id)s” occurs more than once in the sample entry."), id=twice)
        if metric.needs is Needs.LABELS and not labels:
            labels = sorted(read_text(table, columns[:1]).column(0).unique().to_pylist())
        return cls.of(id_column, columns, metric, labels, ids, **options)

    @classmethod
    def of(
        cls,
        id_column: str,
        columns: Sequence[str],
        metric: Metric,
        labels: Sequence[str],
        ids: Any,
        *,
        may_have_more: bool = False,
        **options: Any,
    ) -> EntryFormat:
        """From names, labels and ids as they are known elsewhere.

        Raises:
            SpecInvalid: columns that do not fit the metric and the labels.
        """
        needs = metric.needs
        if needs in PROBABLE:
            needs = Needs.PROBABILITY if len(columns) == 1 else Needs.PROBABILITIES
            labels = labels or (columns if needs is Needs.PROBABILITIES else ())
        if needs is Needs.PROBABILITIES and (set(columns) != set(labels) or len(columns) != len(labels)):
            raise SpecInvalid(
                N_("The sample entry must have one column per class, named %(labels)s; received %(columns)s."),
                labels=", ".join(labels[:10]),
                columns=", ".join(columns[:10]),
            )
        if needs is not Needs.PROBABILITIES and needs is not Needs.VALUES and len(columns) != 1:
            raise SpecInvalid(
                N_("The metric “%(metric)s” takes one column beside the id; the sample entry has %(n)s."),
                metric=metric.name,
                n=len(columns),
            )
        chosen = metric.read_options(options)
        n_pixels = int(chosen.get("height", 0)) * int(chosen.get("width", 0)) if needs is Needs.MASK else 0
        limits = metric.prediction_limits
        return cls(id_column, tuple(columns), needs, tuple(labels), ids, limits, n_pixels, may_have_more)

    @cached_property
    def has_numbers_for_ids(self) -> bool:
        """Ids compare as numbers, so they may be read as such, which takes less memory."""
        return distinct_numbers(self.ids)

    @property
    def value_columns(self) -> tuple[str, ...]:
        """The columns in the order in which a prediction's values hold them."""
        return self.labels if self.needs is Needs.PROBABILITIES else self.columns


@dataclass(frozen=True, eq=False)
class Prediction:
    """Values of n rows in the order of the format's ids.

    Attributes:
        values: as the metric's needs have it: (n,), or (n, n_classes) with columns in the order of the labels, or
            (n, n_targets).
        ids: the ids of the rows, where they are known.
        columns: the names of the values' columns, where there are several.
    """

    values: Array
    ids: Ids | None = None
    columns: tuple[str, ...] = ()


def read_prediction(path: str | Path, fmt: EntryFormat, *, max_bytes: int = DEFAULT_MAX_BYTES) -> Prediction:
    """Read, check and line up an entry.

    Raises:
        PredictionRefused: with every problem found.
    """
    from seodang.score.problems import examine

    try:
        table = open_table(path, max_bytes=max_bytes, max_rows=max(_ROWS_FACTOR * len(fmt.ids), _ROWS_FLOOR))
        values = read_quickly(table, fmt)
        if values is None:
            values = examine(table, fmt)
    except TableUnreadable as fault:
        raise PredictionRefused([fault.as_problem()]) from fault
    return Prediction(values, fmt.ids, fmt.value_columns)


def read_quickly(table: TableFile, fmt: EntryFormat) -> Array | None:
    """The values of a file in which all is well, else None.

    Raises:
        TableUnreadable: no table at all.
    """
    wanted = [fmt.id_column, *fmt.value_columns] if fmt.id_column else list(fmt.value_columns)
    if table.repeated or not set(wanted) <= set(table.names):
        return None
    if len(table.names) > len(wanted) and not fmt.may_have_more:
        return None
    read = _read_typed(table, fmt)
    if read is None or len(read) != len(fmt.ids):
        return None
    values = sound_values([read.column(name) for name in fmt.value_columns], fmt)
    if values is None or not fmt.id_column:
        return values
    ids = read.column(fmt.id_column)
    if same(fmt.ids, ids):
        return values
    # Lining up takes memory of its own, and the columns are not needed beside the arrays made of them.
    del read
    give_back_memory()
    alignment = align(fmt.ids, ids)
    return alignment.apply(values) if alignment.is_whole else None


def _read_typed(table: TableFile, fmt: EntryFormat) -> pa.Table | None:
    """The columns in the types that good ones have; None where a cell cannot be read so."""
    types = dict.fromkeys(fmt.value_columns, cell_type(fmt.needs))
    kinds = [pa.string()]
    if fmt.id_column and fmt.has_numbers_for_ids:
        # "7.0" and the like only read as text.
        kinds = [fmt.ids.type if are_numbers(fmt.ids) else pa.int64(), pa.string()]
    for kind in kinds:
        try:
            return read_columns(table, {**types, fmt.id_column: kind} if fmt.id_column else types)
        except pa.ArrowInvalid:
            continue
    return None


def cell_type(needs: Needs) -> pa.DataType:
    if needs is Needs.VALUES or needs in PROBABLE:
        return pa.float64()
    return pa.dictionary(pa.int32(), pa.string()) if needs is Needs.LABELS else pa.string()


def sound_values(columns: Sequence[pa.ChunkedArray], fmt: EntryFormat) -> Array | None:
    """Columns of the wanted type as the metric takes them, or None where a cell is not as it should be."""
    if fmt.needs is Needs.LABELS:
        codes = encode_labels(columns[0], fmt.labels)
        return None if (codes < 0).any() else codes
    if fmt.needs in (Needs.RANKING, Needs.MASK):
        cells = columns[0].to_numpy()
        return None if fmt.needs is Needs.MASK and find_faults(cells, fmt.n_pixels).any else cells
    return _sound_numbers(columns, fmt)


def _sound_numbers(columns: Sequence[pa.ChunkedArray], fmt: EntryFormat) -> Array | None:
    if any(column.null_count for column in columns):
        return None
    arrays = [column.to_numpy() for column in columns]
    low, high = fmt.limits
    for array in arrays:
        # A NaN makes both comparisons false, so two passes check everything.
        if len(array) and not (array.min() >= max(low, -GREATEST) and array.max() <= min(high, GREATEST)):
            return None
    if len(arrays) == 1:
        return np.asarray(arrays[0])
    values = np.column_stack(arrays)
    if fmt.needs is Needs.PROBABILITIES:
        sums = values.sum(axis=1, keepdims=True)
        if (np.abs(sums - 1) > SUM_TOLERANCE).any():
            return None
        values /= sums
    return values
