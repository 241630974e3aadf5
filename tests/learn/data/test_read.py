"""Tables as a person brings them."""

import gzip

import numpy as np
import pandas as pd
import pytest

from seodang.learn.data.read import read_frame
from seodang.learn.errors import TableUnusable
from seodang.score.errors import TableUnreadable


def write(tmp_path, text, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_cells_of_a_text_file_stay_as_written(tmp_path):
    frame = read_frame(write(tmp_path, "code,size\n007, 42.0\n010,?\n"))
    assert frame["code"].tolist() == ["007", "010"]
    assert frame["size"].tolist() == [" 42.0", "?"]


def test_tabs_and_gzip_are_read(tmp_path):
    path = tmp_path / "table.tsv.gz"
    path.write_bytes(gzip.compress(b"a\tb\n1\tx\n2\ty\n"))
    assert read_frame(path).shape == (2, 2)


def test_parquet_keeps_its_types(tmp_path):
    path = tmp_path / "table.parquet"
    pd.DataFrame({"n": [1.5, None], "when": pd.to_datetime(["2026-01-01", "2026-01-02"])}).to_parquet(path)
    frame = read_frame(path)
    assert frame["n"].dtype == np.float64
    assert str(frame["when"].dtype).startswith("datetime64")


def test_arrays_get_names():
    assert list(read_frame(np.zeros((3, 2))).columns) == ["c0", "c1"]


def test_names_that_are_no_text_become_text():
    assert list(read_frame(pd.DataFrame({0: [1], "b": [2]})).columns) == ["0", "b"]


def test_a_packed_file_that_was_cut_off_is_named(tmp_path):
    whole = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
    with pytest.raises(TableUnreadable, match="cannot be unpacked"):
        read_frame(write(tmp_path, whole[: len(whole) // 2], "t.csv.gz"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        ("이름,값\n가,1\n".encode("cp949"), "CP949"),
        (b"\x89PNG\r\n", "PNG"),
        (b"a,a\n1,2\n", "more than once"),
        (b"a,b\n1\n", "cells"),
    ],
)
def test_a_broken_file_is_refused_with_what_was_found(tmp_path, content, says):
    with pytest.raises(TableUnreadable, match=says):
        read_frame(write(tmp_path, content))


def test_a_header_without_rows_is_refused(tmp_path):
    with pytest.raises(TableUnusable, match="no rows"):
        read_frame(write(tmp_path, "a,b\n"))


@pytest.mark.parametrize("source", [np.zeros((2, 2, 2)), 7])
def test_what_is_no_table_is_refused(source):
    with pytest.raises(TableUnusable):
        read_frame(source)


def test_more_columns_than_are_read_are_counted():
    with pytest.raises(TableUnreadable, match="10001 columns"):
        read_frame(np.zeros((2, 10_001)))
