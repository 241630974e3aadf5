"""What a column of text holds: numbers, classes, times, ids, prose.

Owns the guesses that the wizard, the data page and the splits share. A column is given as text, as a stranger wrote
it, and stays so in every file that is written; what is read here only serves to judge it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seodang.score.tables import NULLS

Kind = Literal["number", "integer", "boolean", "category", "text", "time", "id", "constant", "empty"]

# Beside ISO 8601, which Arrow reads by itself. Day-month-year and month-day-year cannot be told apart: not here.
TIME_FORMATS = ("%Y/%m/%d", "%Y.%m.%d", "%Y-%m", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M")

# Text of at most this many different values is a category, whatever the length of the table …
FEW_VALUES = 30
# … and up to this many when each comes ten times on average.
MOST_VALUES = 1_000
LONGEST_CATEGORY = 60

# A lone question mark says "missing" in many tables of the UCI repository. Entries are read without it: there a "?"
# is a mistake to be told.
BLANKS = [*NULLS, "?"]

_BOOLEANS = ({"true", "false"}, {"yes", "no"}, {"t", "f"}, {"y", "n"}, {"0", "1"}, {"예", "아니오"}, {"o", "x"})
_ID_NAME = re.compile(r"(?i:(^|[_\W])(id|ids|idx|index|uuid|key|no|번호|식별자)$)|[a-z]I[Dd]$|^Unnamed: 0$")

# Rows that are looked at, and cells over all columns: enough to judge, and bounded for any table.
MOST_ROWS = 100_000
MOST_CELLS = 8_000_000
FEWEST_ROWS = 500


def is_blank(column: Any) -> Any:
    """Where a cell of text is empty or says that it is missing ("NA", "nan", "?", …); a boolean array."""
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.or_(pc.is_in(trimmed, value_set=pa.array(BLANKS, pa.string())), pc.is_null(trimmed))


def as_numbers(column: Any) -> npt.NDArray[np.float64] | None:
    """Text as finite numbers, shape (n,); None when a cell is anything else.

    "007" is no number: a leading zero says that the digits are a name.
    """
    trimmed = pc.utf8_trim_whitespace(column)
    try:
        values = np.asarray(trimmed.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    except (pa.ArrowException, TypeError):
        return None
    if not np.isfinite(values).all() or _has_leading_zero(trimmed):
        return None
    return values


def as_times(column: Any) -> npt.NDArray[np.int64] | None:
    """Text as microseconds since 1970, shape (n,): ISO 8601, or one of `TIME_FORMATS` throughout; else None."""
    trimmed = pc.utf8_trim_whitespace(column)
    for read in _time_readers():
        try:
            times = read(trimmed).cast(pa.timestamp("us")).cast(pa.int64())
        except pa.ArrowException:
            continue
        if not times.null_count:
            return np.asarray(times.to_numpy(zero_copy_only=False), dtype=np.int64)
    return None


def _time_readers() -> Iterator[Any]:
    yield lambda text: text.cast(pa.timestamp("us"))
    yield lambda text: text.cast(pa.timestamp("us", "UTC"))
    for written in TIME_FORMATS:
        yield lambda text, written=written: pc.strptime(text, format=written, unit="us")


def _has_leading_zero(text: Any) -> bool:
    # Padded names are padded throughout, so a look at the first rows is enough.
    return bool(pc.any(pc.match_substring_regex(text.slice(0, 5_000), r"^[+-]?0\d")).as_py())


def kind_of(name: str, present: Any, n_unique: int, n_rows: int) -> Kind:
    """What a column is.

    Args:
        present: its cells that are not blank, as text.
        n_unique: how many of them differ.
        n_rows: the rows looked at, blanks included.
    """
    if not len(present):
        return "empty"
    if n_unique == 1:
        return "constant" if n_rows > 1 else "text"
    if n_unique == 2 and {value.strip().lower() for value in pc.unique(present).to_pylist()} in _BOOLEANS:
        return "boolean"
    every_one_differs = n_unique == n_rows
    numbers = as_numbers(present)
    if numbers is not None:
        return _kind_of_numbers(name, numbers, every_one_differs)
    if as_times(present.slice(0, 100)) is not None and as_times(present) is not None:
        return "time"
    longest = int(pc.max(pc.utf8_length(present)).as_py())
    if every_one_differs and n_rows > FEW_VALUES // 3 and longest <= 64 and not _has_spaces(present):
        return "id"
    if longest <= LONGEST_CATEGORY and (n_unique <= FEW_VALUES or n_unique <= min(MOST_VALUES, n_rows // 10)):
        return "category" if n_unique < n_rows or n_rows <= FEW_VALUES // 3 else "text"
    return "text"


def _kind_of_numbers(name: str, numbers: npt.NDArray[np.float64], every_one_differs: bool) -> Kind:
    if not np.array_equal(numbers, np.rint(numbers)):
        return "number"
    if every_one_differs and len(numbers) > 1:
        counts_rows = bool((np.abs(np.diff(numbers / 2)) == 0.5).all())
        if counts_rows or looks_like_id(name):
            return "id"
    return "integer"


def looks_like_id(name: str) -> bool:
    """Whether a column's name says that it identifies rows: id, user_id, PassengerId, 번호."""
    return bool(_ID_NAME.search(name.strip()))


def _has_spaces(text: Any) -> bool:
    return bool(pc.any(pc.match_substring_regex(text, r"\s")).as_py())


def evenly_spaced(n_rows: int, n_columns: int) -> npt.NDArray[np.int64]:
    """Which rows of a table are looked at: all, or evenly spaced ones of one that is larger than judging needs."""
    most = min(MOST_ROWS, max(FEWEST_ROWS, MOST_CELLS // max(1, n_columns)))
    if n_rows <= most:
        return np.arange(n_rows)
    return np.linspace(0, n_rows - 1, most).astype(np.int64)


def some_rows(table: pa.Table) -> pa.Table:
    """Those rows, each column in one chunk: a wide table in many would be taken apart millions of times."""
    rows = evenly_spaced(table.num_rows, table.num_columns)
    return (table if len(rows) == table.num_rows else table.take(pa.array(rows))).combine_chunks()
