"""Two files and a metric: what `seodang score` does, without a shell.

Decides which columns are meant. The id is the first column that both files share, where its name or its values say
so; without one, rows are compared in order. The target is what both files share besides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from seodang.i18n import N_, gettext
from seodang.score.errors import PredictionRefused, SpecInvalid
from seodang.score.evaluate import evaluate
from seodang.score.ids import first_repeated
from seodang.score.metrics import METRICS
from seodang.score.metrics._base import PROBABLE, Metric, Needs
from seodang.score.prediction import EntryFormat, Prediction, cell_type, read_prediction
from seodang.score.tables import (
    DEFAULT_MAX_BYTES,
    TableFile,
    give_back_memory,
    open_table,
    read_columns,
    read_text,
    repeated_columns,
)
from seodang.score.truth import Truth
from seodang.score.uncertainty import interval, replicates

_ID_NAME = re.compile(
    r"(?i)^(|unnamed: 0|ids?|idx|index|key|uid|uuid|row)$|^(id|row)[_ .-]|[_ .-](id|idx|index|key)$|[a-z]I[dD]$"
)


@dataclass(frozen=True)
class Columns:
    """Which columns are meant. `id` is "" where rows are compared in order; `predicted` are the prediction's."""

    id: str
    targets: tuple[str, ...]
    predicted: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """A score with its 95 % interval, on n rows; `notes` say what was assumed."""

    metric: str
    score: float
    ci_low: float
    ci_high: float
    n: int
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "metric": self.metric,
            "score": self.score,
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
            "n": self.n,
        }


def compare(
    truth_path: str | Path,
    prediction_path: str | Path,
    metric: str | Metric,
    *,
    id_column: str | None = None,
    targets: Sequence[str] = (),
    positive: str = "",
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Comparison:
    """Score a prediction file against a truth file, with a bootstrap interval.

    Raises:
        TableUnreadable, SpecInvalid, MetricUndefined, OptionInvalid: of the truth and the choices.
        PredictionRefused: of the prediction, with every problem found.
    """
    metric = METRICS.get(metric) if isinstance(metric, str) else metric
    chosen = metric.read_options(options or {})
    truth, prediction, columns = read_both(
        truth_path, prediction_path, metric, id_column, targets, positive, chosen, max_bytes=max_bytes
    )
    metric.check(truth.values, labels=truth.labels or None, **chosen)
    score = evaluate(truth, prediction, metric, **chosen)
    low, high = interval(score, replicates(truth, prediction, metric, seed=seed, **chosen))
    return Comparison(metric.name, score, low, high, len(truth), tuple(_notes(columns, truth, metric)))


def read_both(
    truth_path: str | Path,
    prediction_path: str | Path,
    metric: Metric,
    id_column: str | None = None,
    targets: Sequence[str] = (),
    positive: str = "",
    options: Mapping[str, Any] | None = None,
    *,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> tuple[Truth, Prediction, Columns]:
    """Both files read, checked and lined up."""
    table = open_table(truth_path, max_bytes=max_bytes)
    if table.repeated:
        raise repeated_columns(table.repeated)
    other = open_table(prediction_path, max_bytes=max_bytes)
    columns = find_columns(table, other, metric, id_column, targets)
    for numbers in (pa.int32(), pa.int64()) if columns.id else ():
        try:
            truth = read_truth(table, columns, metric, positive, id_type=numbers)
            return truth, _read_against(truth, prediction_path, columns, metric, options, max_bytes), columns
        except pa.ArrowInvalid:
            continue  # ids are no numbers, or greater ones
        except PredictionRefused:
            break  # read again as text, so that ids are shown as they are written
    truth = read_truth(table, columns, metric, positive)
    return truth, _read_against(truth, prediction_path, columns, metric, options, max_bytes), columns


def _read_against(
    truth: Truth,
    path: str | Path,
    columns: Columns,
    metric: Metric,
    options: Mapping[str, Any] | None,
    max_bytes: int,
) -> Prediction:
    predicted = columns.predicted
    if metric.needs in PROBABLE and not predicted:
        # One column per class, named like it, unless the file has the one column that two classes need.
        predicted = truth.labels
    fmt = EntryFormat.of(
        columns.id, predicted, metric, truth.labels, truth.ids, may_have_more=True, **(options or {})
    )
    return read_prediction(path, fmt, max_bytes=max_bytes)


def read_truth(
    table: TableFile, columns: Columns, metric: Metric, positive: str = "", *, id_type: pa.DataType | None = None
) -> Truth:
    """The truth of an ordinary table. `id_type`: integers, where ids are numbers; they take less memory than text.

    Raises:
        SpecInvalid: a repeated id, a missing value, text where numbers are needed.
        pa.ArrowInvalid: with `id_type`, a cell that is no such number.
    """
    kind = cell_type(Needs.LABELS if metric.needs in PROBABLE else metric.needs)
    types: dict[str, pa.DataType] = dict.fromkeys(columns.targets, kind)
    if columns.id:
        types[columns.id] = id_type or pa.string()
    try:
        read = read_columns(table, types)
    except pa.ArrowInvalid as error:
        if id_type is not None:
            raise
        raise SpecInvalid(
            N_("The truth's column %(names)s holds text; the metric “%(metric)s” needs numbers."),
            hint=N_("Choose the target column, for example with --target."),
            names=", ".join(f"“{name}”" for name in columns.targets),
            metric=metric.name,
        ) from error
    ids = read.column(columns.id) if columns.id else pa.chunked_array([np.arange(1, len(read) + 1)])
    if ids.null_count:
        raise pa.ArrowInvalid("an id is missing")
    found: Any = read.column(columns.targets[0])
    if len(columns.targets) > 1:
        found = np.column_stack([read.column(name).to_numpy() for name in columns.targets])
    truth = Truth.of(ids, found, metric, positive=positive, targets=columns.targets)
    del read, ids, found
    give_back_memory()
    return truth


def find_columns(
    truth: TableFile, prediction: TableFile, metric: Metric, id_column: str | None, targets: Sequence[str]
) -> Columns:
    """Which columns hold ids and targets.

    Raises:
        SpecInvalid: named ones that are not there, or none that could be meant.
    """
    for name in [*([id_column] if id_column else []), *targets]:
        if name not in truth.names:
            raise _no_such_column(name, truth)
    shared = [name for name in truth.names if name in prediction.names]
    if id_column is None:
        id_column = _guessed_id(truth, prediction, shared, targets)
    wanted = tuple(targets) or tuple(name for name in shared if name != id_column)
    if wanted and all(name in prediction.names for name in wanted):
        return _counted(Columns(id_column, wanted, wanted), metric)
    wanted = wanted or tuple(name for name in truth.names if name != id_column)
    if len(wanted) != 1:
        raise _say_which(truth, prediction)
    # The names differ: one column besides the id is the prediction; of several, each is a class.
    rest = tuple(name for name in prediction.names if name != id_column)
    if len(rest) == 1:
        return Columns(id_column, wanted, rest)
    if metric.needs in PROBABLE:
        return Columns(id_column, wanted, ())
    raise _say_which(truth, prediction)


def _counted(columns: Columns, metric: Metric) -> Columns:
    if len(columns.targets) > 1 and metric.needs is not Needs.VALUES:
        raise SpecInvalid(
            N_("The files share several columns (%(names)s), and “%(metric)s” takes one target."),
            hint=N_("Name it with --target."),
            names=", ".join(columns.targets[:10]),
            metric=metric.name,
        )
    return columns


def _guessed_id(truth: TableFile, prediction: TableFile, shared: Sequence[str], targets: Sequence[str]) -> str:
    """The first shared column, where it looks like an id; else "", which compares rows in order."""
    candidates = [name for name in shared if name not in targets]
    if not candidates:
        return ""
    first = candidates[0]
    if _ID_NAME.search(first):
        return first
    if len(candidates) == 1 and not targets:
        # The only column that both share is the target, whatever it holds.
        return ""
    ids = read_text(truth, [first]).column(0)
    has_points = any("." in str(value) for value in ids[:20])
    return first if len(ids) and not has_points and first_repeated(ids) is None else ""


def _notes(columns: Columns, truth: Truth, metric: Metric) -> list[str]:
    notes = []
    if not columns.id:
        notes.append(gettext("No id column: rows are compared in order."))
    if len(truth.labels) == 2 and (metric.needs in PROBABLE or metric.name == "f1"):
        notes.append(gettext("The positive class is “%(label)s”.") % {"label": truth.labels[1]})
    return notes


def _no_such_column(name: str, table: TableFile) -> SpecInvalid:
    return SpecInvalid(
        N_("The truth has no column “%(name)s”."),
        hint=N_("Its columns: %(names)s."),
        name=name,
        names=", ".join(table.names[:10]),
    )


def _say_which(truth: TableFile, prediction: TableFile) -> SpecInvalid:
    return SpecInvalid(
        N_("It is not clear which column is the target: the truth has %(truth)s, the prediction %(prediction)s."),
        hint=N_("Name it with --target, and the ids with --id."),
        truth=", ".join(truth.names[:10]),
        prediction=", ".join(prediction.names[:10]),
    )
