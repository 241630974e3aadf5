"""Reading files of strangers: what is taken, what is refused, and in which words."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seodang.score import tables
from seodang.score.errors import TableUnreadable
from seodang.score.tables import find_fault, open_table, read_columns, read_table, read_text, record_lines


def write(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path, **limits: int) -> TableUnreadable:
    with pytest.raises(TableUnreadable) as caught:
        read_table(path, **limits)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_usual_kinds_of_text_are_read(tmp_path: Path, separator: str, newline: str, mark: str) -> None:
    rows = [["id", "y"], ["007", "1.5"], ["8", "2"]]
    path = write(tmp_path, mark + newline.join(separator.join(row) for row in rows) + newline)
    read = read_columns(open_table(path), {"id": pa.string(), "y": pa.float64()})
    assert read.to_pydict() == {"id": ["007", "8"], "y": [1.5, 2.0]}


def test_the_name_of_a_file_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    pq.write_table(pa.table({"id": [1, 2]}), path)
    assert open_table(path).kind == "parquet"
    assert read_text(open_table(path), ["id"]).column(0).to_pylist() == ["1", "2"]


def test_quoted_line_breaks_are_read_and_counted(tmp_path: Path) -> None:
    path = write(tmp_path, 'id,text\n1,"a\nb"\n\n2,c\n3,d\n')
    table = open_table(path)
    assert read_text(table, ["id", "text"]).column("text").to_pylist() == ["a\nb", "c", "d"]
    assert record_lines(table, [0, 1, 2]) == [2, 5, 6]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refused(write(tmp_path, content)).code == "empty"


def test_missing_file_is_refused(tmp_path: Path) -> None:
    assert "nothing.csv" in refused(tmp_path / "nothing.csv").message


def test_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    error = refused(write(tmp_path, "id\n" + "1\n" * 5000), max_bytes=1000)
    assert error.code == "too_large"
    assert "1000 bytes" in error.message


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    assert refused(write(tmp_path, "id\n" + "1\n" * 50), max_rows=49).code == "too_large"


def test_korean_code_page_is_refused_with_the_way_out(tmp_path: Path) -> None:
    error = refused(write(tmp_path, "아이디,점수\n가,1\n".encode("cp949")))
    assert error.code == "wrong_encoding"
    assert "CP949" in error.hint
    assert "CSV UTF-8" in error.hint


def test_wrong_encoding_far_down_the_file_names_its_line(tmp_path: Path) -> None:
    content = b"id,y\n" + b"1,2\n" * 200_000 + "가,3\n".encode("cp949")
    error = refused(write(tmp_path, content))
    assert error.code == "wrong_encoding"
    assert error.params["line"] == 200_002


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_unicode_is_refused(tmp_path: Path, codec: str) -> None:
    assert refused(write(tmp_path, "id,y\n1,2\n".encode(codec))).code == "wrong_encoding"


def test_zero_byte_in_the_body_does_not_pass_as_a_number(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, b"id,y\n1,2\n2,\x003\n"))
    with pytest.raises(TableUnreadable) as caught:
        read_columns(table, {"y": pa.float64()})
    assert (caught.value.code, caught.value.params["line"]) == ("wrong_encoding", 3)


def packed(kind: str) -> bytes:
    if kind == "gzip":
        return gzip.compress(b"id,y\n1,2\n")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml" if kind == "Excel" else "table.csv", "id,y\n")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["gzip", "ZIP", "Excel"])
def test_packed_file_is_refused_by_its_name(tmp_path: Path, kind: str) -> None:
    error = refused(write(tmp_path, packed(kind)))
    assert error.code == "compressed"
    assert kind in error.message


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"%PDF-1.7", "PDF"),
        (b"\x80\x04\x95", "pickle"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b'{"cells": []}', "JSON"),
        (b"\xd0\xcf\x11\xe0", "Excel"),
    ],
)
def test_other_formats_are_refused_by_name(tmp_path: Path, head: bytes, name: str) -> None:
    error = refused(write(tmp_path, head + b"\x00" * 50))
    assert error.code == "unreadable"
    assert name in error.message


def test_ragged_row_is_refused_with_its_line(tmp_path: Path) -> None:
    error = refused(write(tmp_path, "id,y\n1,2\n\n2,3,4\n"))
    assert error.params["line"] == 4
    assert "3 cells" in error.message


def test_repeated_column_is_refused(tmp_path: Path) -> None:
    assert refused(write(tmp_path, "id,y,y\n1,2,3\n")).code == "wrong_columns"


def test_thousands_of_columns_are_refused_before_they_are_parsed(tmp_path: Path) -> None:
    assert refused(write(tmp_path, ",".join(f"c{i}" for i in range(20_000)) + "\n1\n")).code == "too_large"


def test_first_line_without_end_is_refused(tmp_path: Path) -> None:
    assert "does not end" in refused(write(tmp_path, b"a" * (tables.HEADER_BYTES + 10))).message


def test_long_record_is_read(tmp_path: Path) -> None:
    cell = "1 2 " * 700_000
    path = write(tmp_path, f"id,mask\n1,{cell}\n2,\n")
    assert read_text(open_table(path), ["mask"]).column(0).to_pylist() == [cell, ""]


def test_unclosed_quotation_mark_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, 'id,y\n1,"2\n' + "2,3\n" * 10)
    with pytest.raises((TableUnreadable, pa.ArrowInvalid)):
        read_columns(open_table(path), {"id": pa.string(), "y": pa.float64()})


def test_parquet_bomb_by_metadata_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"id": pa.array([0] * 3_000_000)}), path, use_dictionary=False, compression="zstd")
    assert path.stat().st_size < 100_000
    error = refused(path, max_bytes=1_000_000)
    assert error.code == "too_large"
    assert "unpacks" in error.message


def test_parquet_bomb_of_one_long_word_repeated_is_refused(tmp_path: Path) -> None:
    """The file and its declared size are small; written out, the column would be 20 GB."""
    path = tmp_path / "bomb.parquet"
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), pa.array(["a" * 100_000]))
    pq.write_table(pa.table({"id": words}), path)
    assert path.stat().st_size < 1_000_000
    assert refused(path, max_bytes=10_000_000).code == "too_large"


def test_parquet_of_too_many_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": pa.array(range(1000))}), path)
    assert refused(path, max_rows=999).code == "too_large"


def test_cut_off_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"
    pq.write_table(pa.table({"id": pa.array(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-20])
    assert refused(path).code == "unreadable"


def test_nested_parquet_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nested.parquet"
    pq.write_table(pa.table({"id": [1], "y": [[1.0, 2.0]]}), path)
    with pytest.raises(TableUnreadable):
        read_columns(open_table(path), {"id": pa.string(), "y": pa.float64()})


def test_good_file_has_no_fault(tmp_path: Path) -> None:
    assert find_fault(open_table(write(tmp_path, "id,y\n1,2\n"))) is None
