"""The truth: what a prediction is compared with, row by row, and which rows are public.

Hidden from students; nothing here builds a message from a value of the truth for anybody but the host.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.score.errors import ScoreError, SpecInvalid
from seodang.score.ids import Ids, as_ids, first_repeated
from seodang.score.labels import encode_labels, reader_of, sort_labels
from seodang.score.metrics._base import LABELLED, Metric, Needs

Part = Literal["public", "private", "all"]
Array = NDArray[Any]

_ID, _PUBLIC, _ABOUT = "id", "public", b"seodang.truth"


@dataclass(frozen=True, eq=False)
class Truth:
    """Truth of n rows.

    Attributes:
        ids: unique ids, any sequence when made, afterwards a pyarrow chunked array (`score.ids`).
        values: as the metric's needs have it (`score.metrics._base`): codes into `labels` (n,), numbers (n,) or
            (n, n_targets), or text (n,).
        labels: class labels in their pinned order, the second of two the positive one; empty where there are none.
        public: which rows the public board counts; every row when not given.
        targets: the names of the target columns.
    """

    ids: Ids
    values: Array
    labels: tuple[str, ...] = ()
    public: NDArray[np.bool_] = None  # type: ignore[assignment]
    targets: tuple[str, ...] = ("target",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", as_ids(self.ids))
        public = np.ones(len(self.ids), dtype=bool) if self.public is None else np.asarray(self.public, dtype=bool)
        object.__setattr__(self, "public", public)
        if not len(self.ids) == len(self.values) == len(self.public):
            raise ValueError(
                f"ids, values and public differ in length: {len(self.ids)}, {len(self.values)}, {len(self.public)}"
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def n_public(self) -> int:
        return int(self.public.sum())

    @classmethod
    def of(
        cls,
        ids: Iterable[Any],
        target: Any,
        metric: Metric,
        *,
        labels: Sequence[str] = (),
        positive: str = "",
        public: Array | None = None,
        targets: Sequence[str] = ("target",),
    ) -> Truth:
        """From a target as the host has it: numbers, class labels of any type, or text, by the metric's needs.

        Args:
            target: a sequence, a pyarrow array, or for several targets of numbers an array (n, n_targets).
            labels: the labels and their order; found in the target and sorted when empty.
            positive: of two labels the positive one; the greater when empty.

        Raises:
            SpecInvalid: a repeated id, a missing or infinite value, a label that is not among `labels`.
        """
        kept = as_ids(ids)
        twice = first_repeated(kept)
        if twice is not None:
            raise SpecInvalid(N_("The id “%(id)s” occurs more than once in the truth."), id=twice)
        if metric.needs in LABELLED:
            codes, found = _label_codes(target, tuple(labels), positive)
            return cls(kept, codes, found, public, tuple(targets))  # type: ignore[arg-type]
        values = _numbers(target) if metric.needs is Needs.VALUES else _texts(target)
        return cls(kept, values, (), public, tuple(targets))  # type: ignore[arg-type]

    def rows(self, part: Part) -> NDArray[np.bool_] | slice:
        """What selects the rows of a part; a slice of everything where it is everything."""
        if part == "all":
            return slice(None)
        if part not in ("public", "private"):
            raise ValueError(f"part must be public, private or all; received {part!r}")
        return self.public if part == "public" else ~self.public

    def part(self, part: Part) -> Truth:
        """The truth of one part alone."""
        if part == "all":
            return self
        rows = self.rows(part)
        return Truth(
            self.ids.filter(pa.array(rows)), self.values[rows], self.labels, self.public[rows], self.targets
        )

    def write(self, path: str | Path) -> None:
        """One Parquet file: `id`, the targets as a person would write them, `public`; labels in its metadata."""
        columns: dict[str, Any] = {_ID: self.ids.cast(pa.string())}
        for name, values in zip(_column_names(self.targets), self._columns(), strict=True):
            columns[name] = values
        columns[_PUBLIC] = pa.array(self.public)
        about = json.dumps({"labels": list(self.labels), "targets": list(self.targets)}, ensure_ascii=False)
        table = pa.table(columns).replace_schema_metadata({_ABOUT: about.encode()})
        pq.write_table(table, path, compression="zstd")

    def _columns(self) -> list[Any]:
        if self.labels:
            return [
                pa.DictionaryArray.from_arrays(
                    pa.array(self.values, pa.int32()), pa.array(self.labels, pa.string())
                )
            ]
        if self.values.ndim == 2:
            return [pa.array(column) for column in self.values.T]
        return [pa.array(self.values)]

    @classmethod
    def read(cls, path: str | Path) -> Truth:
        """What `write` wrote.

        Raises:
            ScoreError: another Parquet file.
        """
        table = pq.read_table(path)
        about = (table.schema.metadata or {}).get(_ABOUT)
        if about is None:
            raise ScoreError(N_("“%(name)s” is not a truth file that Seodang wrote."), name=Path(path).name)
        told = json.loads(about)
        labels = tuple(told["labels"])
        columns = [table.column(name) for name in _column_names(told["targets"])]
        if labels:
            values = encode_labels(columns[0], labels)
        elif len(columns) > 1:
            values = np.column_stack([column.to_numpy() for column in columns])
        else:
            values = columns[0].to_numpy()
        ids = table.column(_ID)
        return cls(ids.cast(pa.string()), values, labels, table.column(_PUBLIC).to_numpy(), tuple(told["targets"]))


def _column_names(targets: Sequence[str]) -> list[str]:
    """Names in the file; a target called like one of our own columns steps aside."""
    return [f"target:{name}" if name in (_ID, _PUBLIC) else name for name in targets]


def _as_arrow(target: Any) -> pa.ChunkedArray:
    if isinstance(target, pa.ChunkedArray):
        return target
    return pa.chunked_array([target if isinstance(target, pa.Array) else pa.array(target)])


def _label_codes(target: Any, labels: tuple[str, ...], positive: str) -> tuple[Array, tuple[str, ...]]:
    column = _as_arrow(target)
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    elif column.type.value_type != pa.string():
        column = column.cast(pa.dictionary(pa.int32(), pa.string()))
    # Words of all chunks; an empty one is in a dictionary only where a row has it.
    present = set().union(*(chunk.dictionary.to_pylist() for chunk in column.chunks))
    if column.null_count or present & {"", None}:
        raise SpecInvalid(
            N_("%(n)s rows of the truth have no label."),
            hint=N_("Every row needs one; fill them in or leave the rows out."),
            n=int(pc.sum(pc.equal(pc.fill_null(column.cast(pa.string()), ""), "")).as_py()),
        )
    labels = _with_positive(labels or sort_labels(present), positive)
    codes = encode_labels(column, labels)
    if (codes < 0).any():
        raise SpecInvalid(
            N_("The truth holds the label “%(label)s”, which is not among: %(labels)s."),
            label=column[int(np.flatnonzero(codes < 0)[0])].as_py(),
            labels=", ".join(labels[:10]),
        )
    return codes, labels


def _with_positive(labels: tuple[str, ...], positive: str) -> tuple[str, ...]:
    """Of two labels the positive one last, in whichever of its spellings it is given."""
    if not positive:
        return labels
    code = reader_of(labels)(positive)
    if code < 0 or len(labels) != 2:
        raise SpecInvalid(
            N_("The positive label “%(label)s” must be one of two; the target has: %(labels)s."),
            label=positive,
            labels=", ".join(labels[:10]),
        )
    return (labels[1 - code], labels[code])


def _numbers(target: Any) -> Array:
    if isinstance(target, pa.ChunkedArray | pa.Array):
        try:
            target = _as_arrow(target).cast(pa.float64()).to_numpy()
        except pa.ArrowInvalid as error:
            raise SpecInvalid(N_("The target holds text; this metric needs numbers."), hint=str(error)) from error
    values = np.asarray(target, dtype=np.float64)
    missing = int((~np.isfinite(values)).sum())
    if missing:
        raise SpecInvalid(
            N_("%(n)s values of the target are missing or infinite."),
            hint=N_("Every row needs a number; fill them in or leave the rows out."),
            n=missing,
        )
    return values


def _texts(target: Any) -> Array:
    return np.array([value or "" for value in _as_arrow(target).cast(pa.string()).to_pylist()], dtype=object)
