"""One column as whatever it should be: text, numbers, times. Knows every spelling of “missing”.

Owns the reading of cells, so that training rows and later rows are read by the same lines. A column is a pandas
series of any type; what comes back is a pyarrow array of trimmed text (null: missing) or float64 (NaN: missing).
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seodang.score.columns import BLANKS

Floats = NDArray[np.float64]

# What says "missing" beside `score.columns.BLANKS`, in any case of letters.
_MORE_BLANKS = ("-", "--", ".", "nat", "#value!", "#ref!", "#div/0!", "(null)", "missing", "결측", "결측치")
_BLANKS = pa.array(sorted({blank.lower() for blank in BLANKS} | set(_MORE_BLANKS)), pa.string())

DECIMAL_COMMA = "decimal comma"
_UNITS = re.compile(r"^[$€£₩¥]\s*|\s*[%원€₩]$|(?<=\d)[\s\u00a0\u202f](?=\d{3}\b)")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
_COMMA = re.compile(r"^[+-]?\d+,\d+$")


def texts(series: pd.Series) -> Any:
    """Trimmed text, null where missing: a pyarrow string array of the series' length."""
    column = pc.utf8_trim_whitespace(_as_written(series))
    blank = pc.is_in(pc.utf8_lower(column), value_set=_BLANKS)
    return pc.if_else(blank, pa.scalar(None, pa.string()), column)


def _as_written(series: pd.Series) -> Any:
    kind = series.dtype
    if isinstance(kind, pd.CategoricalDtype):
        words = _as_written(pd.Series(kind.categories)).to_pylist()
        codes = series.cat.codes.to_numpy()
        return pa.array([*words, None], pa.string()).take(pa.array(np.where(codes < 0, len(words), codes)))
    if isinstance(kind, pd.ArrowDtype | pd.StringDtype):
        column = pa.array(series)
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            return column.cast(pa.string())
    if pd.api.types.is_bool_dtype(kind) or not (
        pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_complex_dtype(kind)
    ):
        return pa.array([_word(value) for value in series.tolist()], pa.string())
    if pd.api.types.is_complex_dtype(kind):
        return pa.array([_word(value) for value in series.tolist()], pa.string())
    return pa.array(_words_of_numbers(numbers(series)), pa.string())


def _words_of_numbers(values: Floats) -> list[str | None]:
    return [_word(value) for value in values.tolist()]


def _word(value: Any) -> str | None:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "True" if value else "False"
    if isinstance(value, float | np.floating):
        number = float(value)
        if number != number:
            return None
        return str(int(number)) if number.is_integer() and abs(number) < 1e16 else repr(number)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime | date | time | pd.Timestamp):
        return str(value.isoformat())
    return str(value)


def is_numeric(series: pd.Series) -> bool:
    """Whether its type says that it holds real numbers (booleans and time spans count)."""
    kind = series.dtype
    if isinstance(kind, pd.CategoricalDtype) or pd.api.types.is_complex_dtype(kind):
        return False
    return bool(pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind))


def is_moment(series: pd.Series) -> bool:
    """Whether its type says that it holds dates."""
    return bool(pd.api.types.is_datetime64_any_dtype(series.dtype) or isinstance(series.dtype, pd.PeriodDtype))


def numbers(series: pd.Series, form: str = "") -> Floats:
    """float64, NaN where a cell is missing, infinite or no number."""
    if pd.api.types.is_timedelta64_dtype(series.dtype):
        return np.asarray(series.dt.total_seconds(), dtype=np.float64)
    if is_numeric(series):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
        values[~np.isfinite(values)] = np.nan
        return np.asarray(values)
    return numbers_of_texts(texts(series), form)


def numbers_of_texts(column: Any, form: str = "") -> Floats:
    """Text as float64; “1,234”, “$5”, “12%” and “1 234” are numbers, and “3,5” where `form` is DECIMAL_COMMA."""
    if form != DECIMAL_COMMA:
        try:
            values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            pass
        else:
            return np.where(np.isfinite(values), values, np.nan)
    encoded = column.dictionary_encode()
    found = np.array([*(number_of(word, form) for word in encoded.dictionary.to_pylist()), np.nan])
    places = encoded.indices.fill_null(len(found) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(found[places])


def number_of(word: str, form: str = "") -> float:
    """NaN where the word is no number."""
    plain = _UNITS.sub("", word.strip())
    if "_" in plain:
        return np.nan
    if form == DECIMAL_COMMA and _COMMA.match(plain):
        plain = plain.replace(",", ".")
    elif _THOUSANDS.match(plain):
        plain = plain.replace(",", "")
    try:
        value = float(plain)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan


def form_of_numbers(words: list[str]) -> str:
    """DECIMAL_COMMA where that reads more of the words than points do."""
    with_comma = [word for word in words if _COMMA.match(word)]
    return DECIMAL_COMMA if with_comma and not all(_THOUSANDS.match(word) for word in with_comma) else ""


# ISO 8601 in any precision, then what can be told apart, then the two that may not.
ISO = "ISO8601"
TIME_FORMATS = (
    ISO,
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y. %m. %d.",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y.%m.%d %H:%M:%S",
    "%Y.%m.%d %H:%M",
    "%Y년 %m월 %d일",
    "%Y년 %m월",
    "%Y/%m",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%a %b %d %H:%M:%S %Y",
    "%H:%M:%S",
    "%H:%M",
)
DIGITS = "%Y%m%d"


def times(series: pd.Series, form: str = "") -> Floats:
    """Seconds since 1970 (UTC where no zone is given), NaN where missing or no time."""
    if isinstance(series.dtype, pd.PeriodDtype):
        series = series.dt.start_time
    if is_moment(series):
        return _seconds(pd.to_datetime(series, utc=True))
    if form == DIGITS:
        return times_of_words(pd.Series(_as_written(series).to_pylist(), dtype=object), form)
    return times_of_words(pd.Series(texts(series).to_pylist(), dtype=object), form or ISO)


def times_of_words(words: pd.Series, form: str) -> Floats:
    return _seconds(pd.to_datetime(words, format=form, errors="coerce", utc=True))


def _seconds(moments: pd.Series) -> Floats:
    values = moments.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(values), np.nan, values.astype(np.int64) / 1e6)
