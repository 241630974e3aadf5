"""Tables as a person brings them: a file or an object in memory, as a pandas frame of raw values.

A text file's cells stay as written (Arrow text), so that what is judged is the spelling: “007”, “42.0”, “ ?”.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from seodang.i18n import N_
from seodang.learn.errors import TableUnusable
from seodang.score.errors import TableUnreadable
from seodang.score.tables import in_bytes, open_table, read_table, read_text, repeated_columns

MOST_BYTES = 2**30
MOST_COLUMNS = 10_000
_BLOCK = 2**20


def read_frame(source: Any) -> pd.DataFrame:
    """A table as a frame of raw values; names are text.

    Args:
        source: the path of a CSV, TSV or Parquet file, gzipped or not; a pandas frame; a NumPy array (n,) or
            (n, p), whose columns are named c0, c1 …; a mapping of columns; a pyarrow table.

    Raises:
        TableUnreadable: the file is no table, and how.
        TableUnusable: no rows, no columns, or an object that is no table.
    """
    frame = _read_file(Path(source)) if isinstance(source, str | os.PathLike) else _frame_of(source)
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise repeated_columns(list(dict.fromkeys(name for name in names if names.count(name) > 1)))
    if len(names) > MOST_COLUMNS:
        raise TableUnreadable(
            N_("The table has %(n)s columns; at most %(most)s are read."),
            hint=N_("Leave out columns that tell little, and try again."),
            code="too_large",
            n=len(names),
            most=MOST_COLUMNS,
        )
    if not len(frame):
        raise TableUnusable(
            N_("The table has a header and no rows."),
            hint=N_("Give a table with at least ten rows below its header."),
        )
    return frame if names == list(frame.columns) else frame.set_axis(names, axis=1)


def _frame_of(source: Any) -> pd.DataFrame:
    if isinstance(source, pd.DataFrame):
        if isinstance(source.columns, pd.MultiIndex):
            return source.set_axis(["_".join(map(str, name)) for name in source.columns], axis=1)
        return source.reset_index(drop=True)
    if isinstance(source, pa.Table):
        return _from_arrow(source)
    if isinstance(source, Mapping):
        return pd.DataFrame(dict(source))
    if isinstance(source, np.ndarray | list):
        return _from_array(np.asarray(source))
    raise TableUnusable(
        N_("A table is expected; received an object of type “%(kind)s”."),
        hint=N_("Give the path of a CSV, TSV or Parquet file, a pandas frame or a NumPy array."),
        kind=type(source).__name__,
    )


def _from_array(values: np.ndarray[Any, Any]) -> pd.DataFrame:
    if values.ndim == 1 and values.dtype.names is None:
        values = values[:, None]
    if values.dtype.names is not None:
        return pd.DataFrame(values)
    if values.ndim != 2:
        raise TableUnusable(
            N_("A table has rows and columns; received an array of shape %(shape)s."),
            hint=N_("Give an array of two dimensions."),
            shape=str(values.shape),
        )
    return pd.DataFrame(values, columns=[f"c{j}" for j in range(values.shape[1])])


def _read_file(path: Path) -> pd.DataFrame:
    if path.is_dir():
        raise TableUnusable(
            N_("“%(name)s” is a folder without pictures in class folders; a table is expected."),
            hint=N_("Give the path of a CSV, TSV or Parquet file."),
            name=path.name,
        )
    if path.is_file() and _is_gzip(path):
        with tempfile.TemporaryDirectory(prefix="seodang-") as folder:
            unpacked = Path(folder) / path.name.removesuffix(".gz")
            _unpack(path, unpacked)
            return _read_plain(unpacked)
    return _read_plain(path)


def _read_plain(path: Path) -> pd.DataFrame:
    table = open_table(path, max_bytes=MOST_BYTES)
    if table.repeated:
        raise repeated_columns(table.repeated)
    if table.kind == "parquet":
        return _from_arrow(read_table(path, max_bytes=MOST_BYTES))
    return _from_arrow(read_text(table, table.names))


def _from_arrow(table: pa.Table) -> pd.DataFrame:
    table = table.combine_chunks()
    text = [pa.types.is_string(kind) or pa.types.is_large_string(kind) for kind in table.schema.types]
    if all(text):
        columns = {
            name: pd.Series(column, dtype=pd.ArrowDtype(pa.string()), copy=False)
            for name, column in zip(table.column_names, map(_one_chunk, table.columns), strict=True)
        }
        return pd.DataFrame(columns, copy=False)
    return table.to_pandas(types_mapper={pa.string(): pd.ArrowDtype(pa.string())}.get, split_blocks=False)


def _one_chunk(column: pa.ChunkedArray) -> Any:
    return pd.arrays.ArrowExtensionArray(column)


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _unpack(packed: Path, plain: Path) -> None:
    """Bounded, so that a small file cannot fill the disk."""
    size = 0
    try:
        with gzip.open(packed) as source, plain.open("wb") as target:
            while block := source.read(_BLOCK):
                size += len(block)
                if size > MOST_BYTES:
                    raise TableUnreadable(
                        N_("The file unpacks to more than %(most)s, which is the most that is read."),
                        code="too_large",
                        most=in_bytes(MOST_BYTES),
                    )
                target.write(block)
    except (OSError, EOFError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
        raise TableUnreadable(
            N_("The gzip file cannot be unpacked: %(reason)s"),
            hint=N_("Write it anew; it may have been cut off on its way."),
            reason=str(error)[:200],
        ) from error
