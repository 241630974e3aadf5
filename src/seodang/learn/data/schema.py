"""What a table's columns are, once looked at; and any later frame brought into the same form.

Owns `Schema`: the columns that are used, those that are not and why, the target, the task and the class labels.
A schema is plain JSON: a saved model carries it and reads new rows by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.data import _cells
from seodang.learn.errors import FrameRefused
from seodang.learn.rungs import Said
from seodang.learn.task import Task
from seodang.score.labels import reader_of

# So many missing columns are named.
NAMED = 10


class Kind(StrEnum):
    NUMBER = "number"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    TIME = "time"
    TEXT = "text"


@dataclass(frozen=True)
class Column:
    """One column that is used.

    n_unique, missing: counted in the training table. form: how its cells are written (a time's format, a decimal
    comma). words: of a BOOLEAN, what false and true are called, in small letters. is_code: whole numbers so few
    that they may stand for classes; an encoder may show them as such beside the number.
    """

    name: str
    kind: Kind
    n_unique: int = 0
    missing: int = 0
    form: str = ""
    words: tuple[str, ...] = ()
    is_code: bool = False


@dataclass(frozen=True)
class Schema:
    """Columns in their order, and what is predicted.

    labels: the classes in order; of two the second is positive; empty for a regression.
    picture_shape: (height, width, channels) where the rows are pictures; then there are no columns.
    """

    columns: tuple[Column, ...]
    target: str
    task: Task
    labels: tuple[str, ...] = ()
    dropped: Mapping[str, Said] = field(default_factory=dict)
    picture_shape: tuple[int, int, int] | None = None

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def of_kind(self, *kinds: Kind) -> list[Column]:
        return [column for column in self.columns if column.kind in kinds]

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": [{**asdict(column), "kind": str(column.kind)} for column in self.columns],
            "target": self.target,
            "task": str(self.task),
            "labels": list(self.labels),
            "dropped": {
                name: {"code": said.code, "template": said.template, "params": dict(said.params)}
                for name, said in self.dropped.items()
            },
            "picture_shape": None if self.picture_shape is None else list(self.picture_shape),
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Schema:
        shape = found.get("picture_shape")
        return cls(
            columns=tuple(
                Column(**{**column, "kind": Kind(column["kind"]), "words": tuple(column["words"])})
                for column in found["columns"]
            ),
            target=str(found["target"]),
            task=Task(found["task"]),
            labels=tuple(str(label) for label in found["labels"]),
            dropped={
                name: Said(said["code"], said["template"], said["params"], column=name)
                for name, said in found["dropped"].items()
            },
            picture_shape=None if shape is None else (int(shape[0]), int(shape[1]), int(shape[2])),
        )

    def canonical(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame's columns in the schema's order and types: NUMBER, BOOLEAN (0 or 1) and TIME (seconds since
        1970) float64 with NaN where missing or unreadable; CATEGORY and TEXT object str with None.

        Raises:
            FrameRefused: columns are missing; they are named.
        """
        frame = named(frame)
        missing = [column.name for column in self.columns if column.name not in frame.columns]
        if missing:
            raise _missing_columns(missing, [str(name) for name in frame.columns])
        return canonical(frame, self.columns)

    def target_of(self, frame: pd.DataFrame) -> NDArray[Any] | None:
        """The target as `Prepared.y` has it: codes (−1: blank or an unknown label) or float64 (NaN); None where the
        frame lacks the target."""
        frame = named(frame)
        if self.target not in frame.columns:
            return None
        if self.task is Task.REGRESSION:
            return _cells.numbers(frame[self.target])
        return codes_of_labels(frame[self.target], self.labels)


def codes_of_labels(series: pd.Series, labels: Sequence[str]) -> NDArray[np.int64]:
    """Codes of labels, −1 where blank or unknown."""
    encoded = _cells.texts(series).dictionary_encode()
    code_of = reader_of(labels)
    codes = np.array([*(code_of(word) for word in encoded.dictionary.to_pylist()), -1], dtype=np.int64)
    return np.asarray(codes[encoded.indices.fill_null(len(codes) - 1).to_numpy(zero_copy_only=False)])


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every column name as text."""
    if all(isinstance(name, str) for name in frame.columns):
        return frame
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def canonical(
    frame: pd.DataFrame, columns: Sequence[Column], read: Mapping[str, NDArray[Any]] | None = None
) -> pd.DataFrame:
    """`Schema.canonical` without its checks. read: cells of columns that are in canonical form already."""
    read = read or {}
    made = {c.name: read[c.name] if c.name in read else cells(frame[c.name], c) for c in columns}
    # One block for all numbers: taking rows of a wide table is then one copy.
    wide = [column.name for column in columns if made[column.name].dtype == np.float64]
    block = pd.DataFrame(
        np.column_stack([made[name] for name in wide]) if wide else np.empty((len(frame), 0)), columns=wide
    )
    rest = {name: values for name, values in made.items() if values.dtype != np.float64}
    if not rest:
        return block
    others = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in rest.items()})
    return pd.concat([block, others], axis=1)[[column.name for column in columns]]


def cells(series: pd.Series, column: Column) -> NDArray[Any]:
    """One column's cells in canonical form: float64 (n,) or object (n,)."""
    if column.kind is Kind.NUMBER:
        return _cells.numbers(series, column.form)
    if column.kind is Kind.TIME:
        return _cells.times(series, column.form)
    if column.kind is Kind.BOOLEAN:
        return _truths(series, column.words)
    encoded = _cells.texts(series).dictionary_encode()
    words = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(words[encoded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)])


_TRUTHS = {"false": 0.0, "true": 1.0, "0": 0.0, "1": 1.0, "no": 0.0, "yes": 1.0}


def _truths(series: pd.Series, words: tuple[str, ...]) -> NDArray[np.float64]:
    if pd.api.types.is_bool_dtype(series.dtype) or _cells.is_numeric(series):
        values = _cells.numbers(series)
        return np.where((values == 0) | (values == 1), values, np.nan)
    value_of = {**_TRUTHS, **{word: float(code) for code, word in enumerate(words)}}
    encoded = _cells.texts(series).dictionary_encode()
    known = [value_of.get(_plain(word), np.nan) for word in encoded.dictionary.to_pylist()]
    found = np.array([*known, np.nan])
    return np.asarray(found[encoded.indices.fill_null(len(found) - 1).to_numpy(zero_copy_only=False)])


def _plain(word: str) -> str:
    word = word.lower()
    return word[:-2] if word in ("0.0", "1.0") else word


def _missing_columns(missing: list[str], present: list[str]) -> FrameRefused:
    shown = ", ".join(f"“{name}”" for name in missing[:NAMED]) + (" …" if len(missing) > NAMED else "")
    return FrameRefused(
        N_("The table lacks %(count)s of the columns that the model was fitted on: %(names)s."),
        hint=N_(
            "Give a table with the training table's columns; the target itself is not needed. It has: %(present)s."
        ),
        count=len(missing),
        names=shown,
        present=", ".join(f"“{name}”" for name in present[:NAMED]) + (" …" if len(present) > NAMED else ""),
    )
