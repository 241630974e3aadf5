"""Code in lines: as many as the source has, and nothing in it becomes markup."""

import re
from pathlib import Path

import pytest

import seodang.site.labs
from seodang.site.labs.charts import class_bar, points_histogram
from seodang.site.labs.highlight import code_lines

STATIC = Path(seodang.site.labs.__file__).parent / "static/labs"


@pytest.mark.parametrize(
    "source", ["", "\n\n", "x = 1", "\n\ndef f():\n    '''a\n\n    b'''\n\n", "%%bash\nls\r\nx\ry"]
)
def test_there_are_as_many_lines_as_in_the_source(source):
    assert len(code_lines(source)) == len(source.replace("\r\n", "\n").split("\n"))


@pytest.mark.parametrize("language", ["python", "text", "no-such-language"])
def test_the_source_never_becomes_markup(language):
    (line,) = code_lines("x = '<script>' & \"</span>\"  # <b>", language)
    assert "<script" not in line
    assert "<b>" not in line
    assert line.count("<span") == line.count("</span>")


def test_a_token_over_several_lines_is_closed_on_each():
    for line in code_lines('"""one\ntwo\nthree"""'):
        assert line.count("<span") == line.count("</span>") == 1


def test_a_bar_shows_only_who_is_there_and_names_everybody():
    bar = class_bar([("marked", "marked", 3), ("missing", "missing", 0)])
    assert bar.count("<rect") == 1
    assert "<title>marked 3, missing 0</title>" in bar
    assert class_bar([("marked", "marked", 0)]) == ""


def test_a_histogram_without_anybody_is_nothing():
    assert points_histogram([(0, 1, 0)], max_points=1) == ""
    assert points_histogram([(0, 0, 2)], max_points=0, mean=0).count("<rect") == 1


def test_the_style_uses_only_what_the_site_defines_and_asks_no_other_site():
    style = (STATIC / "staff.css").read_text("utf-8")
    site = (STATIC.parents[2] / "web/static/web/seodang.css").read_text("utf-8")
    assert set(re.findall(r"var\((--[\w-]+)", style)) <= set(re.findall(r"(--[\w-]+)\s*:", site))
    for name in ("staff.css", "marking.js"):
        assert not re.search(r"https?://", (STATIC / name).read_text("utf-8"))
