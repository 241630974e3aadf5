"""Reading notebooks of strangers: what is taken, and what each refusal says."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.grade import oracle
from tests.grade.notebooks import as_bytes, code, markdown, notebook

from seodang.grade.errors import SubmissionRefused
from seodang.grade.notebook import MAX_CELLS, read_notebook

PLAIN = notebook(code("x = 1"), markdown("# 서당"))


def refused(data: bytes | Path, name: str = "lab.ipynb", **more) -> SubmissionRefused:
    with pytest.raises(SubmissionRefused) as caught:
        read_notebook(data, name=name, **more)
    error = caught.value
    assert error.hint
    assert "%(" not in str(error)
    return error


def test_a_plain_notebook_is_read():
    read = read_notebook(as_bytes(PLAIN), name="lab.ipynb")
    assert [(cell.cell_type, cell.source) for cell in read.cells] == [("code", "x = 1"), ("markdown", "# 서당")]
    assert read.language == "python"


def test_a_source_may_be_a_list_of_lines():
    read = read_notebook(as_bytes(notebook(code(["x = 1\n", "y"]))))  # type: ignore[arg-type]
    assert read.cells[0].source == "x = 1\ny"


def test_a_byte_order_mark_is_no_hindrance():
    assert read_notebook(b"\xef\xbb\xbf" + as_bytes(PLAIN)).cells


def test_a_notebook_may_be_named_anything():
    assert read_notebook(as_bytes(PLAIN), name="lab.py").cells
    assert read_notebook(as_bytes(PLAIN), name="").cells


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "empty_file", "empty"),
        (b" \n\n", "empty_file", "empty"),
        (b"\0" * 4096, "empty_file", "empty"),
        (b"PK\x03\x04" + b"\0" * 30 + b"lab.ipynb", "not_a_notebook", "ZIP"),
        (b"PK\x03\x04" + b"\0" * 30 + b"word/document.xml", "not_a_notebook", "Word"),
        (gzip.compress(b"{}", mtime=0), "not_a_notebook", "gzip"),
        (b"%PDF-1.7 ...", "not_a_notebook", "PDF"),
        (b"<!DOCTYPE html><html>", "not_a_notebook", "web page"),
        (b"\x89PNG\r\n", "not_a_notebook", "picture"),
        (b"version https://git-lfs.github.com/spec/v1\n", "not_a_notebook", "LFS"),
        ("{}".encode("utf-16"), "not_a_notebook", "UTF-16"),
        (b"print('hello')\n", "not_a_notebook", "no notebook"),
        (b'{"cells": [', "not_a_notebook", "damaged"),
        (b"{}", "not_a_notebook", "JSON but no notebook"),
        (b'{"nbformat": 4}', "not_a_notebook", "no cells"),
        (b'{"nbformat": true, "cells": []}', "not_a_notebook", "JSON but no notebook"),
        (b'{"nbformat": 4, "cells": []}', "no_cells", "no cells"),
        (b'{"nbformat": 4, "cells": {}}', "schema", "no list"),
        (b'{"nbformat": 4, "cells": [7]}', "schema", "cell 1"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 7}]}', "schema", "cell 1"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code"}]}', "schema", "source"),
        (b'{"nbformat": 4, "cells": [{"cell_type": ["code"], "source": ""}]}', "schema", "type"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "sql", "source": ""}]}', "schema", "type"),
        (b'{"nbformat": 5, "cells": []}', "future_format", "format 5"),
        (b'{"nbformat": 3, "worksheets": 7}', "schema", "old format 3"),
        (b'<<<<<<< HEAD\n{"cells"', "conflict", "conflict"),
        (b'{"cells": [\n<<<<<<< HEAD\n"a"\n=======\n"b"\n>>>>>>> topic\n]}', "conflict", "conflict"),
        (b'{"nbformat": 4,\n "cells": ["\xff\xfe"]}', "not_utf8", "line 2"),
        (b'{"a":' * 100_000, "too_complex", "nested"),
        (b'{"nbformat": 4, "cells": ' + b"[" * 300_000 + b"]" * 300_000 + b"}", "too_complex", "nested"),
        (b'{"nbformat": ' + b"1" * 5000 + b"}", "not_a_notebook", "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_refused_with_a_sentence(data, code, says):
    error = refused(data)
    assert error.code == code
    assert says in str(error)


def test_a_script_without_cells_is_refused():
    error = refused(b"print(1)\n", name="lab.py")
    assert error.code == "no_cells"
    assert "# %%" in str(error)


def test_a_missing_file_is_refused(tmp_path):
    assert refused(tmp_path / "no.ipynb", name="").code == "unreadable"
    assert refused(tmp_path, name="").code == "unreadable"


def test_keys_given_twice_count_once():
    data = b'{"nbformat": 4, "cells": [], "cells": [{"cell_type": "raw", "source": "a", "source": "b"}]}'
    assert [cell.source for cell in read_notebook(data).cells] == ["b"]


def test_not_a_number_in_metadata_is_no_hindrance():
    data = as_bytes(notebook(code("x"), thing=float("nan")))
    assert b"NaN" in data
    assert read_notebook(data).metadata["thing"] is None


def test_cells_without_metadata_and_with_wrong_metadata_are_read():
    cells = [{"cell_type": "code", "source": "a"}, {"cell_type": "code", "source": "b", "metadata": [1]}]
    read = read_notebook(json.dumps({"nbformat": 4, "cells": cells}).encode())
    assert [cell.metadata for cell in read.cells] == [{}, {}]


def test_metadata_that_nests_too_deeply_is_refused():
    deep = b'{"a":' * 900 + b"1" + b"}" * 900
    cell = b'{"cell_type": "code", "source": "", "metadata": %s}'
    assert refused(b'{"nbformat": 4, "metadata": %s, "cells": []}' % deep).code == "too_complex"
    assert refused(b'{"nbformat": 4, "cells": [%s]}' % (cell % deep)).code == "too_complex"
    assert read_notebook(b'{"nbformat": 4, "cells": [%s]}' % (cell % b"{}")).cells


@pytest.mark.parametrize("odd", [7, [], {"a": 7}, {"a": {"image/png": {"deep": []}}}, {"a": {"image/png": None}}])
def test_attachments_of_another_shape_are_left_behind(odd):
    assert read_notebook(as_bytes(notebook(markdown("x") | {"attachments": odd}))).cells[0].attachments is None


def test_lone_surrogates_and_nul_are_replaced():
    data = b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "\\ud800 \\ud83d\\ude00 \\u0000"}]}'
    source = read_notebook(data).cells[0].source
    assert source == "\ufffd \U0001f600 \ufffd"
    source.encode()


def test_a_million_empty_cells_are_refused():
    data = b'{"nbformat": 4, "cells": [' + b"{}," * 1_000_000 + b"{}]}"
    assert refused(data).code in {"too_many_cells", "too_complex"}


def test_too_many_cells_are_refused():
    error = refused(as_bytes(notebook(*[code("")] * (MAX_CELLS + 1))))
    assert error.code == "too_many_cells"


def _with_outputs(size: int) -> bytes:
    picture = {"output_type": "display_data", "data": {"image/png": "A" * size}, "metadata": {}}
    return as_bytes(notebook(code("x = 1") | {"outputs": [picture]}, code("y = '\"outputs\": ['")))


def test_large_outputs_are_left_behind():
    read = read_notebook(_with_outputs(20_000_000))
    assert [cell.source for cell in read.cells] == ["x = 1", "y = '\"outputs\": ['"]


def test_too_large_a_file_is_refused_and_the_remedy_told(tmp_path):
    path = tmp_path / "lab.ipynb"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    error = refused(path)
    assert error.code == "too_large"
    assert "200 MB" in str(error)
    assert "Clear" in str(error)


def test_a_large_source_is_refused():
    assert refused(as_bytes(notebook(code("x" * 9_000_000)))).code == "too_large"


HOSTILE = {
    "brackets": b'{"nbformat": 4, "cells": [' + b"[]," * 20_000_000 + b"[]]}",
    "numbers": b'{"nbformat": 4, "cells": [' + b"1," * 30_000_000 + b"1]}",
    "quotes": b'{"nbformat": 4, "cells": [' + b'"",' * 20_000_000 + b'""]}',
    "open string": b'{"nbformat": 4, "cells": ["' + b"a\\" * 30_000_000,
    "open quotes": b'{"a' + b'"' * 60_000_000,
    "many outputs keys": b'{"nbformat": 4, "cells": [' + b'{"outputs":[]},' * 4_000_000 + b"{}]}",
    "outputs": _with_outputs(60_000_000),
}
LIMITED = """
import resource, sys
data = sys.stdin.buffer.read()
from seodang.grade.notebook import read_notebook
from seodang.grade.errors import SubmissionRefused
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
limit = 700 * 1024 * 1024
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    print(len(read_notebook(data, name="lab.ipynb").cells))
except SubmissionRefused as error:
    print(error.code)
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_of_sixty_megabytes_need_little_memory_and_time(name):
    done = subprocess.run([sys.executable, "-c", LIMITED], input=HOSTILE[name], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert done.stdout.decode().strip() in {"too_complex", "too_large", "not_a_notebook", "2"}


@given(data=st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b'{"nbformat": 4, "cells": [' + tail))
def test_any_bytes_are_read_or_refused(data):
    for name in ("lab.ipynb", "lab.py", "lab.md", "lab.Rmd"):
        try:
            read_notebook(data, name=name)
        except SubmissionRefused as error:
            assert str(error)  # noqa: PT017


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["cells", "worksheets", "nbformat", "nbformat_minor", "metadata", "source", "cell_type", "id"]
)


@given(
    major=st.integers(0, 5),
    cells=st.lists(st.dictionaries(KEYS, JSON | st.sampled_from(["code", "markdown"]), max_size=5), max_size=3),
    top=st.dictionaries(KEYS, JSON, max_size=3),
)
def test_any_json_is_read_or_refused(major, cells, top):
    value = {"nbformat": major, "cells": cells, "worksheets": [{"cells": cells}], **top}
    try:
        read = read_notebook(json.dumps(value).encode(), name="lab.ipynb")
    except SubmissionRefused as error:
        assert str(error)  # noqa: PT017
    else:
        assert all(isinstance(cell.source, str) for cell in read.cells)


@pytest.mark.parametrize("path", oracle.notebooks(), ids=lambda path: path.name)
def test_every_notebook_of_nbgraders_wheel_is_read_as_nbformat_reads_it(path):
    expected = oracle.read(path)
    read = read_notebook(path)
    assert [(cell.cell_type, cell.source) for cell in read.cells] == [
        (c.cell_type, c.source) for c in expected.cells
    ]


def test_a_notebook_of_format_3_is_upgraded():
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "old"},
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": "Part", "metadata": {}},
                    {"cell_type": "code", "input": ["x = 1"], "language": "python", "outputs": [], "metadata": {}},
                ],
                "metadata": {},
            }
        ],
    }
    read = read_notebook(json.dumps(old).encode())
    assert [cell.source for cell in read.cells] == ["## Part", "x = 1"]
