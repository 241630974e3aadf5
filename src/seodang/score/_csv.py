"""Writing columns of text as CSV, a batch of rows at a time, without touching a value.

A cell is put between quotation marks only where it must be (RFC 4180): where it holds a comma, a quotation mark or
a line break. So "007" stays 007, and a date stays as its author wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BATCH_BYTES = 2**26


def joined(columns: Sequence[Any]) -> pa.ChunkedArray:
    """The columns as one column of CSV lines without their ends; each (n_rows,)."""
    columns = [_quoted(column) for column in columns]
    n_rows = len(columns[0])
    n_bytes = sum(column.nbytes for column in columns)
    step = max(1, int(n_rows * BATCH_BYTES / max(1, n_bytes)))
    batches = [_joined_batch([c.slice(start, step) for c in columns]) for start in range(0, n_rows, step)]
    return pa.chunked_array(batches, pa.large_string())


def write_csv(path: Path, header: Sequence[str], parts: Sequence[Any]) -> None:
    """`parts` are columns that are CSV already (`quoted`, or `joined` ones), put side by side under the header."""
    with path.open("wb") as file:
        file.write((",".join(_quoted(pa.array(list(header), pa.large_string())).to_pylist()) + "\n").encode())
        n_rows = len(parts[0])
        n_bytes = sum(part.nbytes for part in parts)
        step = max(1, int(n_rows * BATCH_BYTES / max(1, n_bytes)))
        for start in range(0, n_rows, step):
            lines = _joined_batch([part.slice(start, step) for part in parts])
            file.write(_bytes_of(pc.binary_join_element_wise(lines, _text(""), _text("\n"))))


def quoted(column: Any) -> pa.Array:
    """A column of text as CSV cells, in one piece."""
    return _quoted(column)


def _quoted(column: Any) -> pa.Array:
    text = _whole(column).cast(pa.large_string())
    # Most columns need no marks at all, and a search through their bytes is far quicker than one cell by cell.
    whole = bytes(_bytes_of(text))
    if not any(mark in whole for mark in (b",", b'"', b"\n", b"\r")):
        return text
    special = pc.match_substring_regex(text, '[",\n\r]')
    doubled = pc.replace_substring(text, '"', '""')
    return pc.if_else(special, pc.binary_join_element_wise(_text('"'), doubled, _text('"'), _text("")), text)


def _joined_batch(columns: Sequence[Any]) -> pa.Array:
    if len(columns) == 1:
        return _whole(columns[0])
    return _whole(pc.binary_join_element_wise(*map(_whole, columns), _text(",")))


def _text(value: str) -> pa.Scalar:
    return pa.scalar(value, pa.large_string())


def _whole(column: Any) -> pa.Array:
    """One array of a column that may come in chunks."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(
        [chunk.cast(pa.large_string()) for chunk in column.chunks] or [pa.array([], pa.large_string())]
    )


def _bytes_of(column: pa.Array) -> memoryview:
    """The text of a column end to end: Arrow keeps it so."""
    _valid, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    return memoryview(data)[int(ends[0]) : int(ends[-1])] if data is not None else memoryview(b"")
