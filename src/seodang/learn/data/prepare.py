"""From a raw frame and a target to everything that a climb needs, and what was decided on the way, said aloud.

Owns: which columns are used and as what, the task and metric where none is given, rows that cannot be used. What is
decided here looks at the spelling of columns only, never at how they go with the target; whatever learns from rows
is an encoder's, fitted inside each fold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.data import _cells
from seodang.learn.data._dice import dice
from seodang.learn.data._judge import judge, said_dropped
from seodang.learn.data._target import Target, read_target
from seodang.learn.data.folds import usual_n_folds
from seodang.learn.data.schema import Column, Kind, Schema, canonical, named
from seodang.learn.errors import ChoiceInvalid, TableUnusable
from seodang.learn.rungs import Said
from seodang.learn.task import Facts, Task

FEWEST_ROWS = 4
# Cells of the canonical frame, 8 bytes each: beyond, rows are drawn.
MOST_CELLS = 2**26
MOST_SAID = 12


@dataclass
class Prepared:
    """What a climb works on.

    X: the canonical frame (n, p) of `schema`, or `Pictures`. y: int64 codes into `schema.labels`, or float64. Both
    of the rows that are used. groups: int64 codes (n,); times: float64 (n,). notes: what was decided, in sentences.
    rows: the places of the used rows in the frame that was given, (n,).
    """

    schema: Schema
    X: Any
    y: NDArray[Any]
    facts: Facts
    metric: str
    rows: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None
    times: NDArray[np.float64] | None = None
    notes: tuple[Said, ...] = ()

    @property
    def task(self) -> Task:
        return self.schema.task

    def take(self, rows: NDArray[Any]) -> Prepared:
        """The same, of some of its rows (a holdout is cut off so)."""
        return replace(
            self,
            X=self.X.take(rows).reset_index(drop=True) if isinstance(self.X, pd.DataFrame) else self.X.take(rows),
            y=self.y[rows],
            rows=self.rows[rows],
            groups=None if self.groups is None else self.groups[rows],
            times=None if self.times is None else self.times[rows],
            facts=replace(self.facts, n_rows=len(rows), n_train=n_train_of(len(rows))),
        )


def n_train_of(n_rows: int, n_folds: int | None = None) -> int:
    """The rows in one fold's training part."""
    n_folds = usual_n_folds(n_rows) if n_folds is None else n_folds
    return max(1, n_rows - -(-n_rows // max(2, n_folds)))


def prepare(
    frame: pd.DataFrame,
    target: str,
    *,
    task: Task | str | None = None,
    metric: str | None = None,
    group: str | None = None,
    time: str | None = None,
    most_rows: int | None = None,
    seed: int = 0,
) -> Prepared:
    """Look at a raw frame, decide, and bring it into canonical form.

    Args:
        target: the column to predict; rows in which it is blank are left out, and said.
        task, metric: inferred where not given, and said.
        group, time: a column by which the folds are cut. A group column is not learnt from; a time column is.
        most_rows: of a longer table so many rows are drawn by the seed.

    Raises:
        TableUnusable: too few rows, no column to learn from.
        TargetInvalid: the target is missing, blank, constant, or does not suit the task.
        ChoiceInvalid: a task, metric, group or time that does not fit.
    """
    frame = named(frame)
    _check_columns(frame, target, group, time)
    notes: list[Said] = []
    found = read_target(frame[target], target, task=None if task is None else _task(task), metric=metric)
    notes += found.notes
    rows, drawn = _rows_used(found, frame.shape[1], most_rows, seed)
    notes += drawn
    used = frame if len(rows) == len(frame) else frame.take(rows)
    y = found.y[rows]
    found.check(y)
    groups = None if group is None else _groups(used[group], group)
    times = None if time is None else _times(used[time], time)
    names = [name for name in frame.columns if name not in (target, group)]
    columns, dropped, remarks, read = _columns(used, names)
    notes += remarks
    X = canonical(used, columns, read)
    columns, X, dropped = _without_copies(columns, X, dropped)
    if not columns:
        raise TableUnusable(
            N_("Beside the target “%(target)s” there is no column to learn from; %(dropped)s."),
            hint=N_("Give a table with at least one column that differs from row to row."),
            target=target,
            dropped="; ".join(str(said) for said in list(dropped.values())[:5]) or "0",
        )
    schema = Schema(tuple(columns), target, found.task, found.labels, dropped)
    notes += _shortened(list(dropped.values()))
    return Prepared(
        schema=schema,
        X=X,
        y=y,
        facts=_facts(schema, X, found.metric),
        metric=found.metric,
        rows=rows,
        groups=groups,
        times=times,
        notes=tuple(notes),
    )


def _task(task: Task | str) -> Task:
    try:
        return Task(task)
    except ValueError:
        raise ChoiceInvalid(
            N_("There is no task “%(received)s”."),
            hint=N_("Choose one of: %(known)s."),
            received=str(task),
            known=", ".join(Task),
        ) from None


def _check_columns(frame: pd.DataFrame, target: str, group: str | None, time: str | None) -> None:
    names = list(frame.columns)
    if target not in names:
        from seodang.learn.data._target import no_such_column

        raise no_such_column(target, names)
    for role, name in (("group", group), ("time", time)):
        if name is None:
            continue
        if name not in names:
            raise ChoiceInvalid(
                N_("The table has no column “%(name)s” for “%(role)s”."),
                hint=N_("Its columns: %(names)s."),
                name=name,
                role=role,
                names=", ".join(names[:20]),
            )
        if name == target:
            raise ChoiceInvalid(
                N_("The target “%(name)s” cannot be the %(role)s column too."), name=name, role=role
            )
    if group is not None and time is not None:
        raise ChoiceInvalid(
            N_("Folds are cut by a group column or by a time column, not by both."),
            hint=N_("Leave one of them out."),
        )
    if len(names) == 1:
        raise TableUnusable(
            N_("The table has one column only, “%(name)s”."),
            hint=N_(
                "Give a table with at least one column beside the target; columns stand between commas, tabs or "
                "semicolons."
            ),
            name=names[0],
        )


def _rows_used(
    found: Target, n_columns: int, most_rows: int | None, seed: int
) -> tuple[NDArray[np.int64], list[Said]]:
    rows = np.flatnonzero(found.given)
    if len(rows) < FEWEST_ROWS:
        raise TableUnusable(
            N_("The table has %(found)s rows with a target; at least %(needed)s are needed."),
            hint=N_("Give more rows."),
            found=len(rows),
            needed=FEWEST_ROWS,
        )
    most = max(1_000, MOST_CELLS // max(1, n_columns))
    most = most if most_rows is None else min(most, most_rows)
    if len(rows) <= most:
        return rows, []
    drawn = np.sort(dice(seed, "rows").choice(rows, size=most, replace=False))
    return drawn, [
        Said(
            "rows_drawn",
            N_("Of %(found)s rows, %(used)s are used, drawn at random, to keep within memory."),
            {"found": len(rows), "used": most},
        )
    ]


def _columns(
    frame: pd.DataFrame, names: list[str]
) -> tuple[list[Column], dict[str, Said], list[Said], dict[str, NDArray[Any]]]:
    """The columns that are used; those that are not, and why; remarks; and cells that are read already."""
    columns: list[Column] = []
    dropped: dict[str, Said] = {}
    remarks: list[Said] = []
    read: dict[str, NDArray[Any]] = {}
    for name in names:
        found = judge(frame[name], name)
        remarks += found.remarks
        if found.dropped is not None:
            dropped[name] = found.dropped
        elif found.column is not None:
            columns.append(found.column)
            if found.values is not None:
                read[name] = found.values
    return columns, dropped, remarks, read


def _shortened(said: list[Said]) -> list[Said]:
    """Of very many columns left out, the first."""
    if len(said) <= MOST_SAID:
        return said
    more = Said("more_dropped", N_("%(count)s more columns are left out."), {"count": len(said) - MOST_SAID})
    return [*said[:MOST_SAID], more]


def _without_copies(
    columns: list[Column], X: pd.DataFrame, dropped: dict[str, Said]
) -> tuple[list[Column], pd.DataFrame, dict[str, Said]]:
    """Without columns whose cells are those of an earlier one."""
    seen: dict[Any, str] = {}
    kept: list[Column] = []
    for column in columns:
        values = X[column.name]
        numbers = values.dtype == np.float64
        key = (numbers, values.to_numpy().tobytes() if numbers else tuple(values.tolist()))
        mark = hash(key)
        first = seen.setdefault(mark, column.name)
        if first != column.name and values.equals(X[first]):
            dropped[column.name] = said_dropped(
                "copy", N_("“%(column)s” is left out: it repeats “%(first)s”."), column.name, first=first
            )
        else:
            kept.append(column)
    return kept, (X if len(kept) == len(columns) else X[[column.name for column in kept]].copy()), dropped


def _groups(series: pd.Series, name: str) -> NDArray[np.int64]:
    """Codes of groups; a blank is a group of its own."""
    encoded = _cells.texts(series).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    blank = np.flatnonzero(codes < 0)
    codes[blank] = len(encoded.dictionary) + np.arange(len(blank))
    if len(np.unique(codes)) < 2:
        raise ChoiceInvalid(
            N_("The group column “%(name)s” has one value only."), hint=N_("Choose another column."), name=name
        )
    return np.asarray(codes)


def _times(series: pd.Series, name: str) -> NDArray[np.float64]:
    """Numbers as they are, dates as seconds since 1970."""
    found = judge(series, name, keep=True)
    if found.column is None or found.column.kind not in (Kind.NUMBER, Kind.TIME):
        example = next((word for word in _cells.texts(series).to_pylist() if word), "")
        raise ChoiceInvalid(
            N_("The time column “%(name)s” cannot be read as times; one value is “%(value)s”."),
            hint=N_("Write times as 2026-03-02 or 2026-03-02 09:30:00, or as numbers that grow."),
            name=name,
            value=example[:60],
        )
    read = _cells.times if found.column.kind is Kind.TIME else _cells.numbers
    values = read(series, found.column.form)
    blank = int(np.isnan(values).sum())
    if blank:
        raise ChoiceInvalid(
            N_("The time column “%(name)s” is blank or unreadable in %(count)s rows."),
            hint=N_("Fill them in, or leave the rows out."),
            name=name,
            count=blank,
        )
    return values


def _facts(schema: Schema, X: pd.DataFrame, metric: str) -> Facts:
    n_rows, n_columns = X.shape
    return Facts(
        task=schema.task,
        n_rows=n_rows,
        n_train=n_train_of(n_rows),
        n_columns=n_columns,
        n_classes=len(schema.labels),
        n_text_columns=len(schema.of_kind(Kind.TEXT)),
        n_category_columns=len(schema.of_kind(Kind.CATEGORY)),
        missing_share=float(sum(column.missing for column in schema.columns) / max(1, n_rows * n_columns)),
        metric=metric,
    )
