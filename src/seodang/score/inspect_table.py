"""A first look at a host's table: what each column is, and what a competition on it would probably be.

Owns the suggestions that the browser's wizard and `seodang competitions init` start from. They are guesses from
names and values; the host decides.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from seodang.score.columns import Kind, is_blank, kind_of, looks_like_id, some_rows
from seodang.score.metrics import METRICS
from seodang.score.tables import open_table, read_text, repeated_columns

Task = Literal["binary", "classes", "regression"]

# A target of more classes than this is rather a number or a name.
MOST_CLASSES = 50
MOST_BYTES = 2**30
EXAMPLES = 3

_TARGET_NAMES = (
    "target",
    "label",
    "labels",
    "class",
    "y",
    "outcome",
    "response",
    "diagnosis",
    "survived",
    "species",
    "price",
    "정답",
    "타깃",
    "라벨",
    "목표",
)

# Where no column is called so: its last word may say it, as in house_price or MedianValue.
_TARGET_WORDS = ("target", "label", "class", "outcome", "price", "value")
_LAST_WORD = re.compile(r"[A-Z]?[a-z]+$|[A-Z]+$")

# Which metrics suit a task, the most usual first. A metric of a plug-in is offered after these by `metrics_for`.
_USUAL: dict[Task, tuple[str, ...]] = {
    "binary": (
        "roc_auc",
        "log_loss",
        "accuracy",
        "f1",
        "average_precision",
        "balanced_accuracy",
        "mcc",
        "brier",
    ),
    "classes": (
        "accuracy",
        "f1_macro",
        "balanced_accuracy",
        "log_loss",
        "roc_auc_ovr",
        "roc_auc_macro",
        "top_k_accuracy",
        "mcc",
        "quadratic_kappa",
    ),
    "regression": ("rmse", "mae", "r2", "rmsle", "mape", "smape", "spearman", "pinball"),
}


@dataclass(frozen=True)
class ColumnInfo:
    """One column. `task` is what predicting it would be; None where it is no likely target."""

    name: str
    kind: Kind
    missing: int
    unique: int
    examples: tuple[str, ...]
    task: Task | None


@dataclass(frozen=True)
class TableInfo:
    """A table, column by column, with suggestions.

    `missing` and `unique` of the columns are of `n_rows_seen` evenly spaced rows where the table is large.
    """

    n_rows: int
    n_rows_seen: int
    columns: tuple[ColumnInfo, ...]
    target: str | None
    id: str | None
    task: Task | None
    metrics: tuple[str, ...]

    def column(self, name: str) -> ColumnInfo | None:
        return next((column for column in self.columns if column.name == name), None)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def inspect_table(path: str | Path, *, max_bytes: int = MOST_BYTES) -> TableInfo:
    """Look at a CSV, TSV or Parquet file.

    Raises:
        TableUnreadable: it is no table, or two columns have one name.
    """
    file = open_table(path, max_bytes=max_bytes)
    if file.repeated:
        raise repeated_columns(file.repeated)
    table = read_text(file, file.names)
    seen = some_rows(table)
    columns = tuple(_look_at(name, seen.column(name), seen.num_rows) for name in seen.column_names)
    target = _likely_target(columns)
    task = target.task if target else None
    return TableInfo(
        n_rows=table.num_rows,
        n_rows_seen=seen.num_rows,
        columns=columns,
        target=target.name if target else None,
        id=_likely_id(columns, target),
        task=task,
        metrics=metrics_for(task) if task else (),
    )


def metrics_for(task: Task) -> tuple[str, ...]:
    """Names of the metrics that suit a task, the most usual first."""
    return tuple(name for name in _USUAL[task] if name in METRICS)


def _look_at(name: str, column: pa.ChunkedArray, n_rows: int) -> ColumnInfo:
    present = column.filter(pc.invert(is_blank(column))).combine_chunks()
    if isinstance(present, pa.ChunkedArray):
        present = pa.concat_arrays(present.chunks) if present.num_chunks else pa.array([], pa.string())
    n_unique = int(pc.count_distinct(present).as_py())
    kind = kind_of(name, present, n_unique, n_rows)
    examples = pc.unique(present.slice(0, 100)).to_pylist()[:EXAMPLES]
    return ColumnInfo(
        name=name,
        kind=kind,
        missing=n_rows - len(present),
        unique=n_unique,
        examples=tuple(str(value)[:40] for value in examples),
        task=_task(kind, n_unique, n_rows),
    )


def _task(kind: Kind, n_unique: int, n_rows: int) -> Task | None:
    if kind in ("boolean", "category") and n_unique == 2:
        return "binary"
    if kind == "category":
        return "classes" if n_unique <= MOST_CLASSES else None
    if kind == "integer":
        # Few whole numbers that each come often are classes; 0 and 1 were boolean already.
        if n_unique == 2:
            return "binary"
        return "classes" if n_unique <= min(20, n_rows // 10) else "regression"
    return "regression" if kind == "number" else None


def _likely_target(columns: tuple[ColumnInfo, ...]) -> ColumnInfo | None:
    """A column whose name says so, else the only one that ends in such a word, else the last, else the first."""
    possible = [column for column in columns if column.task]
    for name in _TARGET_NAMES:
        for column in possible:
            if column.name.strip().lower() == name:
                return column
    ending = [column for column in possible if _last_word(column.name) in _TARGET_WORDS]
    if len(ending) == 1:
        return ending[0]
    rest = [column for column in possible if not looks_like_id(column.name)] or possible
    if not rest:
        return None
    return rest[-1] if rest[-1] is columns[-1] or rest[0] is not columns[0] else rest[0]


def _last_word(name: str) -> str:
    found = _LAST_WORD.search(name.strip())
    return found.group().lower() if found else ""


def _likely_id(columns: tuple[ColumnInfo, ...], target: ColumnInfo | None) -> str | None:
    """A column of different values in every row, best one that is called so."""
    ids = [column for column in columns if column.kind == "id" and column is not target]
    named = [column for column in ids if looks_like_id(column.name)]
    if named:
        return named[0].name
    return ids[0].name if ids and ids[0] is columns[0] else None
