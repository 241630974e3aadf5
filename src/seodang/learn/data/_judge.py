"""What one column is: a number, a category, a time, a text, or nothing to learn from.

The guesses look at the type and the spelling of a column. They were tried on the public tables that the benchmarks
name; a person overrules them by casting the column in pandas before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.data import _cells
from seodang.learn.data.schema import Column, Kind
from seodang.learn.rungs import Said
from seodang.score.columns import looks_like_id

# A column of text is one of numbers, or times, when this share of its cells is.
MOSTLY = 0.95
# Whole numbers of at most so many different values may be codes of classes.
MOST_CODES = 12
# Text of at most so many different values is a category whatever it says.
FEW_VALUES = 30
LONG_TEXT = 40
_BOOLEANS = (
    ("false", "true"),
    ("no", "yes"),
    ("f", "t"),
    ("n", "y"),
    ("0", "1"),
    ("0.0", "1.0"),
    ("off", "on"),
    ("아니오", "예"),
    ("아니요", "예"),
    ("x", "o"),
)
_ID_NAME = re.compile(
    r"(?i)(^|[_\W])(no|num|number|nr|phone|telephone|mobile|fax|tel|serial|전화|전화번호|휴대폰|주민번호|학번)$"
)
# A digit, a mark, a digit somewhere after it; or a month's name between digits.
_MAY_BE_TIME = re.compile(r"\d\D+\d")
_TIME_NAME = re.compile(r"(?i)date|time|day|일자|날짜|일시|년월|^dt|_dt$")


@dataclass(frozen=True)
class Judged:
    """`column` is None where the column is left out; `dropped` says why. values: its cells in canonical form, where
    judging has read them anyway."""

    column: Column | None = None
    dropped: Said | None = None
    remarks: tuple[Said, ...] = field(default=())
    values: NDArray[np.float64] | None = None


def said_dropped(code: str, template: str, column: str, **params: Any) -> Said:
    return Said(code, template, {"column": column, **params}, column=column)


def judge(series: pd.Series, name: str, *, keep: bool = False) -> Judged:
    """What a column is. keep: never leave it out as id-like (a time column may differ in every row)."""
    if _cells.is_moment(series):
        return _judge_times(_cells.times(series), name, _cells.ISO)
    if pd.api.types.is_bool_dtype(series.dtype) and not isinstance(series.dtype, pd.CategoricalDtype):
        values = _cells.numbers(series) if _cells.is_numeric(series) else _cells.numbers(series.astype("Float64"))
        return _judge_numbers(values, name, keep=keep)
    if _cells.is_numeric(series):
        return _judge_numbers(_cells.numbers(series), name, keep=keep)
    return _judge_text(_cells.texts(series), name, keep=keep, cast=isinstance(series.dtype, pd.CategoricalDtype))


def _judge_text(column: Any, name: str, *, keep: bool, cast: bool) -> Judged:
    missing = column.null_count
    n_present = len(column) - missing
    if not n_present:
        return _empty(name)
    if not cast:
        found = _plain_numbers(column, name, keep=keep)
        if found is not None:
            return found
    encoded = column.dictionary_encode()
    words: list[str] = encoded.dictionary.to_pylist()
    if len(words) == 1:
        return _constant(name, missing, words[0])
    boolean = _boolean(words)
    if boolean:
        return Judged(Column(name, Kind.BOOLEAN, 2, missing, words=boolean))
    category = Judged(Column(name, Kind.CATEGORY, len(words), missing))
    if cast:
        return category
    return (
        _odd_numbers(column, words, name, missing, keep=keep)
        or _times_in_text(encoded, words, name, missing)
        or _prose_or_id(words, name, n_present, missing, keep=keep)
        or category
    )


def _boolean(words: list[str]) -> tuple[str, str] | None:
    if len(words) != 2:
        return None
    plain = {word.lower() for word in words}
    return next((pair for pair in _BOOLEANS if set(pair) == plain), None)


# --- numbers -------------------------------------------------------------------------------------------------


def _plain_numbers(column: Any, name: str, *, keep: bool) -> Judged | None:
    """Where every cell is a number as programs write them."""
    try:
        values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    # “007” is a name, if digits without a point are what the column is made of.
    first = column.slice(0, 2_000)
    if pc.any(pc.match_substring_regex(first, r"^[+-]?0[0-9]")).as_py():
        return None
    if _TIME_NAME.search(name) and _are_days(column.drop_null().slice(0, 200).to_pylist()):
        words = pd.Series(column.to_pylist(), dtype=object)
        return _judge_times(_cells.times_of_words(words, _cells.DIGITS), name, _cells.DIGITS)
    return _judge_numbers(np.where(np.isfinite(values), values, np.nan), name, keep=keep)


def _odd_numbers(column: Any, words: list[str], name: str, missing: int, *, keep: bool) -> Judged | None:
    """Numbers with thousands marks, units or decimal commas, or with a little text among them."""
    few = words if len(words) <= 200 else words[:: len(words) // 200]
    form = _cells.form_of_numbers(few)
    if np.isnan(_cells.numbers_of_texts(pa.array(few, pa.string()), form)).mean() > 0.3:
        return None
    if any(re.match(r"^[+-]?0\d", word) for word in few) and _digits_alone(few):
        return None
    values = _cells.numbers_of_texts(column, form)
    unread = int(np.isnan(values).sum()) - missing
    if unread > (1 - MOSTLY) * (len(column) - missing):
        return None
    found = _judge_numbers(values, name, keep=keep, form=form)
    if not unread:
        return found
    odd = [word for word in words[:5_000] if np.isnan(_cells.number_of(word, form))]
    remark = Said(
        "text_in_numbers",
        N_("“%(column)s” is read as numbers; %(count)s cells that are no numbers count as missing: %(examples)s."),
        {"column": name, "count": unread, "examples": ", ".join(f"“{word[:30]}”" for word in odd[:3]) or "…"},
        column=name,
    )
    return Judged(found.column, found.dropped, (*found.remarks, remark), found.values)


def _digits_alone(words: list[str]) -> bool:
    return sum(1 for word in words if word.isdigit()) > 0.9 * len(words)


def _are_days(words: list[str]) -> bool:
    if not all(len(word) == 8 and word.isdigit() for word in words):
        return False
    found = _cells.times_of_words(pd.Series(words, dtype=object), _cells.DIGITS)
    return bool(np.isfinite(found).all() and (np.abs(found) < 5e9).all())


def _judge_numbers(values: NDArray[np.float64], name: str, *, keep: bool, form: str = "") -> Judged:
    present = values[~np.isnan(values)]
    missing = len(values) - len(present)
    if not len(present):
        return _empty(name)
    unique = np.unique(present)
    if len(unique) == 1:
        return _constant(name, missing, f"{unique[0]:g}")
    if len(unique) == 2 and unique[0] == 0 and unique[1] == 1:
        return Judged(Column(name, Kind.BOOLEAN, 2, missing, words=("0", "1")), values=values)
    whole = bool((unique == np.rint(unique)).all())
    if whole and not keep and _numbers_are_ids(unique, len(present), name):
        return _id_like(name, len(unique), len(values))
    is_code = whole and len(unique) <= MOST_CODES
    return Judged(Column(name, Kind.NUMBER, len(unique), missing, form=form, is_code=is_code), values=values)


def _numbers_are_ids(unique: NDArray[np.float64], n_present: int, name: str) -> bool:
    """Whole numbers that differ in (almost) every row, and count the rows or are called a number."""
    if n_present < 20 or len(unique) < 0.9 * n_present:
        return False
    if looks_like_id(name) or _ID_NAME.search(name):
        return True
    every_one_differs = len(unique) == n_present
    return every_one_differs and bool(unique[-1] - unique[0] + 1 <= 1.05 * len(unique))


# --- times ---------------------------------------------------------------------------------------------------


def _times_in_text(encoded: Any, words: list[str], name: str, missing: int) -> Judged | None:
    few = pd.Series(words if len(words) <= 200 else words[:: len(words) // 200], dtype=object)
    if few.map(lambda word: bool(_MAY_BE_TIME.search(word))).mean() < MOSTLY:
        return None
    for form in _cells.TIME_FORMATS:
        if not np.isfinite(_cells.times_of_words(few[:10], form)).any():
            continue
        if np.isfinite(_cells.times_of_words(few, form)).mean() < MOSTLY:
            continue
        found = np.array([*_cells.times_of_words(pd.Series(words, dtype=object), form), np.nan])
        places = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        values = found[places]
        if np.isnan(values).sum() - missing > (1 - MOSTLY) * len(values):
            continue
        return _judge_times(values, name, form)
    return None


def _judge_times(values: NDArray[np.float64], name: str, form: str) -> Judged:
    present = values[np.isfinite(values)]
    missing = len(values) - len(present)
    if not len(present):
        return _empty(name)
    n_unique = len(np.unique(present))
    if n_unique == 1:
        return _constant(name, missing, str(pd.Timestamp(present[0], unit="s")))
    return Judged(Column(name, Kind.TIME, n_unique, missing, form=form), values=values)


# --- text ----------------------------------------------------------------------------------------------------


def _prose_or_id(words: list[str], name: str, n_present: int, missing: int, *, keep: bool) -> Judged | None:
    if len(words) <= FEW_VALUES and len(words) < 0.9 * n_present:
        return None
    some = words if len(words) <= 2_000 else words[:: len(words) // 2_000]
    spaced = sum(1 for word in some if len(word.split()) > 1) / len(some)
    length = sum(map(len, some)) / len(some)
    varied = len(words) > 0.2 * n_present
    if (varied and (spaced > 0.5 or length > LONG_TEXT)) or (length > 2 * LONG_TEXT and len(words) > FEW_VALUES):
        return Judged(Column(name, Kind.TEXT, len(words), missing))
    if not keep and n_present >= 20 and len(words) > 0.95 * n_present:
        return _id_like(name, len(words), n_present + missing)
    return None


# --- nothing to learn from -----------------------------------------------------------------------------------


def _empty(name: str) -> Judged:
    return Judged(dropped=said_dropped("empty", N_("“%(column)s” is left out: it is empty throughout."), name))


def _constant(name: str, missing: int, word: str) -> Judged:
    """One value throughout. With blanks beside it, whether it is given is what the column says."""
    if missing:
        return Judged(Column(name, Kind.CATEGORY, 1, missing))
    return Judged(
        dropped=said_dropped(
            "constant", N_("“%(column)s” is left out: it is “%(value)s” in every row."), name, value=word[:40]
        )
    )


def _id_like(name: str, n_unique: int, n_rows: int) -> Judged:
    return Judged(
        dropped=said_dropped(
            "id",
            N_("“%(column)s” is left out: it names rows (%(unique)s different values in %(rows)s rows)."),
            name,
            unique=n_unique,
            rows=n_rows,
        )
    )
