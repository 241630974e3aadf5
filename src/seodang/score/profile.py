"""The profile of a table that students see: for each column its kind, its gaps, its range or its usual values.

Owns the JSON that the data page draws. It is computed for the shown files alone; a test table has no target, so
nothing of the truth can stand in it. Time and memory are bounded: at most `columns.MOST_ROWS` evenly spaced rows
and `MOST_COLUMNS` columns are looked at, and the profile says so.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seodang.score.columns import Kind, as_numbers, as_times, is_blank, kind_of, some_rows
from seodang.score.tables import DEFAULT_MAX_BYTES, open_table, read_text

MOST_COLUMNS = 500
MOST_BINS = 20
TOP_VALUES = 10
CUT = 60


def profile_table(
    table: str | Path | pa.Table, *, n_rows: int | None = None, max_bytes: int = DEFAULT_MAX_BYTES
) -> dict[str, Any]:
    """The profile of a file, or of a table whose columns are text.

    Args:
        n_rows: of the whole, where the table given is evenly spaced rows of it.

    Returns:
        n_rows, n_columns, n_rows_seen, and `columns`: a list of
        {name, kind, missing, unique} with, for numbers, {min, q1, median, mean, q3, max, histogram: {edges,
        counts}}; for times {min, max, histogram} with edges in ISO 8601; for categories, booleans, constants and
        text {top: [{value, count}], others}, values cut to 60 characters; for text also {shortest, longest} in
        characters.

    Raises:
        TableUnreadable
    """
    if not isinstance(table, pa.Table):
        file = open_table(table, max_bytes=max_bytes)
        table = read_text(file, list(dict.fromkeys(file.names)))
    shown = table.select(table.column_names[:MOST_COLUMNS])
    seen = some_rows(shown)
    return {
        "n_rows": table.num_rows if n_rows is None else n_rows,
        "n_columns": table.num_columns,
        "n_rows_seen": seen.num_rows,
        "columns": [profile_column(name, seen.column(name)) for name in seen.column_names],
    }


def profile_column(name: str, column: pa.Array | pa.ChunkedArray) -> dict[str, Any]:
    """The profile of one column of text."""
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
    present = column.filter(pc.invert(is_blank(column)))
    n_unique = int(pc.count_distinct(present).as_py())
    kind = kind_of(name, present, n_unique, len(column))
    about: dict[str, Any] = {
        "name": name[:200],
        "kind": kind,
        "missing": len(column) - len(present),
        "unique": n_unique,
    }
    return about | _details(kind, present)


def _details(kind: Kind, present: pa.Array) -> dict[str, Any]:
    if kind in ("number", "integer"):
        values = as_numbers(present)
        return _of_numbers(values, whole=kind == "integer") if values is not None else {}
    if kind == "time":
        times = as_times(present)
        return _of_times(times) if times is not None else {}
    if kind in ("category", "boolean", "constant"):
        return _of_values(present)
    if kind == "text":
        lengths = pc.utf8_length(present)
        return _of_values(present) | {"shortest": pc.min(lengths).as_py(), "longest": pc.max(lengths).as_py()}
    return {}


def _of_numbers(values: npt.NDArray[np.float64], *, whole: bool) -> dict[str, Any]:
    # Of halves, because the distance of two doubles may be beyond the largest double.
    low, q1, median, q3, high = 2 * np.quantile(values / 2, [0, 0.25, 0.5, 0.75, 1])
    return {
        "min": _short(low),
        "q1": _short(q1),
        "median": _short(median),
        "mean": _short(_mean(values)),
        "q3": _short(q3),
        "max": _short(high),
        "histogram": histogram(values, whole=whole),
    }


def _mean(values: npt.NDArray[np.float64]) -> float:
    """The mean, also where the sum would overflow."""
    scale = float(np.abs(values).max()) or 1.0
    return float((values / scale).mean() * scale)


def histogram(values: npt.NDArray[np.float64], *, whole: bool = False) -> dict[str, Any]:
    """At most 20 bins of equal width: `edges`, one more than `counts`. Few whole numbers get a bin each."""
    edges, counts = _bins(values, whole=whole)
    return {"edges": [_short(edge) for edge in edges], "counts": counts}


def _bins(values: npt.NDArray[np.float64], *, whole: bool = False) -> tuple[list[float], list[int]]:
    low, high = float(values.min()), float(values.max())
    if low == high:
        return [low, high], [len(values)]
    if whole and high - low < MOST_BINS and abs(low) < 2**50:
        edges = np.arange(low - 0.5, high + 1)
    else:
        n_bins = int(np.clip(math.ceil(math.sqrt(len(values))), 1, MOST_BINS))
        edges = np.unique([low, *(2 * np.linspace(low / 2, high / 2, n_bins + 1)[1:-1]), high])
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    return edges.tolist(), np.bincount(place, minlength=len(edges) - 1).tolist()


def _of_times(times: npt.NDArray[np.int64]) -> dict[str, Any]:
    edges, counts = _bins(times.astype(np.float64))
    return {
        "min": _iso(int(times.min())),
        "max": _iso(int(times.max())),
        "histogram": {"edges": [_iso(edge) for edge in edges], "counts": counts},
    }


def _iso(microseconds: float) -> str:
    return str(np.datetime64(int(microseconds), "us").astype("datetime64[s]")).replace("T00:00:00", "")


def _of_values(present: pa.Array) -> dict[str, Any]:
    counted = pc.value_counts(present)
    counts = counted.field("counts").to_numpy()
    values = counted.field("values")
    # By count, then in order of the text, so that a profile does not depend on the order of rows.
    order = pc.sort_indices(
        pa.table({"count": counted.field("counts"), "value": values}),
        sort_keys=[("count", "descending"), ("value", "ascending")],
    ).to_numpy()[:TOP_VALUES]
    top = [{"value": _cut(values[int(i)].as_py()), "count": int(counts[int(i)])} for i in order]
    return {"top": top, "others": int(counts.sum()) - int(counts[order].sum())}


def _cut(value: str) -> str:
    return value if len(value) <= CUT else value[: CUT - 1] + "…"


def _short(value: float) -> float | int:
    """Seven significant digits; a whole number as one."""
    short = float(f"{value:.7g}")
    return int(short) if short == int(short) and abs(short) < 2**53 else short
