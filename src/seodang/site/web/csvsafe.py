"""CSV that is safe to open in a spreadsheet.

A cell that begins with = + - @ (or a tab, carriage return, or their full-width twins) runs as a formula in Excel,
LibreOffice and Google Sheets; a leading apostrophe makes it text (OWASP, "CSV Injection"). Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
BOM = "\ufeff"


def guard(value: Any) -> Any:
    """The value as a cell that no spreadsheet executes. What is not text is left alone."""
    if not isinstance(value, str):
        return value
    bare = value.lstrip(" ")
    if bare.startswith(_STARTERS) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


def unguard(value: str) -> str:
    """A cell as it was before `guard`; also `="00123"`, which people write to keep leading zeros."""
    if value.startswith("'") and value[1:].lstrip(" ").startswith(_STARTERS):
        return value[1:]
    quoted = re.fullmatch(r'="([^"]*)"', value)
    return quoted.group(1) if quoted else value


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A guarded CSV, line by line; a byte order mark first, without which Excel takes UTF-8 for something else."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    for row in itertools.chain([header], rows):
        writer.writerow([guard(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
