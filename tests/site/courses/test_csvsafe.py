"""CSV that no spreadsheet executes (`web.csvsafe`), as people lists and exports use it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seodang.site.web.csvsafe import csv_lines, guard, unguard


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "|x", "+82-10-1234"]
)
def test_formulas_become_text(cell):
    assert guard(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["Kim", "", "a=b", "-1.5", "+3e-4", "2026001", 5, -1.5, None])
def test_numbers_and_plain_text_stay(cell):
    assert guard(cell) == cell


@given(st.text())
def test_guard_comes_off_again(cell):
    if guard(cell) != cell:
        assert unguard(guard(cell)) == cell


@given(st.text())
def test_no_guarded_cell_begins_like_a_formula(cell):
    bare = guard(cell).lstrip(" ")
    if bare and bare[0] in "=@\t\r＝＠":
        pytest.fail(f"{cell!r} came out as {bare!r}")


def test_lines_make_one_table_with_a_byte_order_mark():
    text = "".join(csv_lines(("name", "score"), iter([("=x", 0.5), ('a,"b"', None)])))
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:]))) == [["name", "score"], ["'=x", "0.5"], ['a,"b"', ""]]
