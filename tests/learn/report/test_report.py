"""The report as a document: what is in it, and what can never be."""

import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from tests.learn.report._fake import make_ladder

from seodang.learn import report
from seodang.learn.report import SECTIONS
from seodang.learn.report._html import Html, safe, say, tag
from seodang.learn.report._reading import Reading
from seodang.learn.task import Task

VOID = {"meta", "img", "br", "hr"}


class Page(HTMLParser):
    """Elements with their attributes, headings, and whether everything is closed in order."""

    def __init__(self, text):
        super().__init__()
        self.text, self.elements, self.open, self.headings = text, [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, name, attributes):
        self.elements.append((name, dict(attributes)))
        if name not in VOID:
            self.open.append(name)
        if re.fullmatch("h[1-6]", name):
            self.headings.append(int(name[1]))

    def handle_startendtag(self, name, attributes):
        self.elements.append((name, dict(attributes)))

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def all(self, name):
        return [attributes for element, attributes in self.elements if element == name]


@pytest.fixture(scope="module", params=list(Task), ids=str)
def ladder(request):
    return make_ladder(request.param, 220)


@pytest.fixture(scope="module")
def page(ladder):
    return Page(report.html(ladder, language="en", deadline_seconds=3))


@pytest.fixture(scope="module")
def hostile():
    return report.html(make_ladder(Task.BINARY, 260, hostile=True), language="en", deadline_seconds=3)


# --- the document ------------------------------------------------------------------------------------------------


def test_every_element_is_closed(page):
    assert page.open == []


def test_no_section_failed(page):
    assert "could not be made" not in page.text


def test_nothing_comes_from_elsewhere_and_nothing_runs(page):
    assert not page.all("script")
    assert not page.all("link")
    assert not page.all("iframe")
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:image/"))
    assert not re.search(r"url\((?!#)|@import|@font-face", page.text)


def test_it_brings_a_policy_that_allows_only_its_own_style(page):
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv")]
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy


def test_headings_descend_one_step_at_a_time(page):
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(below <= above + 1 for above, below in zip(page.headings, page.headings[1:], strict=False))


def test_every_picture_has_a_name_and_a_description(page):
    pictures = [svg for svg in page.all("svg") if svg.get("class") != "bars"]
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert pictures
    for svg in pictures:
        assert svg["role"] == "img"
        assert set(svg["aria-labelledby"].split()) <= ids


def test_no_id_occurs_twice_and_every_reference_leads_somewhere(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", page.text)) <= set(ids)
    assert {a["href"][1:] for a in page.all("a")} <= set(ids)


def test_every_table_has_a_caption_and_heads(page):
    assert len(page.all("table")) == len(page.all("caption"))
    assert all("scope" in th for th in page.all("th"))


def test_colours_are_those_of_the_page_so_that_dark_and_light_both_work(page):
    body = page.text[page.text.index("<body") :]
    assert not re.search(r'(?:fill|stroke)="#', body)
    assert 'fill="black"' not in body


def test_the_text_of_pictures_is_text(page):
    assert page.all("text")


def test_it_stays_small(page):
    assert len(page.text.encode()) < 700_000


# --- what it says ------------------------------------------------------------------------------------------------


def test_every_rung_stands_in_it_and_the_skipped_one_with_its_reason(ladder, page):
    for rung in ladder.rungs:
        assert rung.title in page.text
    assert "would take longer than the budget" in page.text


def test_warnings_stand_above_everything_else(page):
    assert page.text.index("alone predicts the target") < page.text.index('id="ladder"')


def test_sections_suit_the_task(ladder, page):
    there = {attributes["id"] for attributes in page.all("section")}
    assert {"ladder", "timing", "training", "importance", "dependence", "worst", "columns", "method"} <= there
    assert ("residuals" in there) == (ladder.task is Task.REGRESSION)
    assert ({"classes", "discrimination", "calibration"} <= there) == (ladder.task is not Task.REGRESSION)


def test_the_formula_of_the_metric_is_printed(ladder, page):
    expected = "sqrt( (1/n)" if ladder.metric == "rmse" else "natural logarithm"
    assert expected in page.text


def test_the_column_that_matters_most_is_on_top_of_the_importances(ladder):
    reading = Reading(ladder, time.monotonic() + 20)
    SECTIONS.get("importance").render(reading)
    found = reading.kept["importance"]
    assert max(found, key=found.get) == ladder.prepared.X.columns[0]


def test_the_row_that_is_most_wrong_comes_first(ladder):
    body = SECTIONS.get("worst").render(Reading(ladder, time.monotonic() + 5))
    oof = next(
        c for c in ladder.candidates if c.family == ladder.best.name and dict(c.settings) == ladder.best.settings
    ).oof
    y = ladder.prepared.y
    off = np.abs(y - oof) if oof.ndim == 1 else 1 - oof[np.arange(len(y)), y]
    first = re.search(r'<th scope="row" class="num">(\d+)</th>', body)
    assert int(first[1]) == ladder.prepared.rows[int(np.argmax(off))] + 1


def test_without_time_the_model_is_hardly_asked_and_the_report_is_still_whole():
    ladder = make_ladder(Task.BINARY, 200)
    text = report.html(ladder, language="en", deadline_seconds=0)
    assert "There was no time left" in text
    assert ladder.asked <= 12
    assert 'id="method"' in text


def test_a_ladder_of_one_rung_has_a_report():
    ladder = make_ladder(Task.BINARY, 200)
    ladder.rungs = [rung for rung in ladder.rungs if rung.name == "baseline"]
    text = report.html(ladder, language="en", deadline_seconds=2)
    assert "could not be made" not in text


def test_provisional_rungs_without_intervals_have_a_report():
    ladder = make_ladder(Task.REGRESSION, 200)
    ladder.rungs = [replace(rung, ci_low=None, ci_high=None) for rung in ladder.rungs]
    assert "could not be made" not in report.html(ladder, language="en", deadline_seconds=2)


def test_the_language_can_be_chosen():
    ladder = make_ladder(Task.BINARY, 150)
    assert '<html lang="ko"' in report.html(ladder, language="ko", deadline_seconds=0)
    assert '<html lang="en"' in report.html(ladder, language="en", deadline_seconds=0)


def test_write_makes_the_folder_and_a_file_in_utf8(tmp_path):
    path = report.write(make_ladder(Task.BINARY, 150), tmp_path / "new" / "report.html", deadline_seconds=0)
    assert "재구매" in path.read_text(encoding="utf-8")


def test_two_reports_of_one_ladder_say_the_same():
    ladder = make_ladder(Task.REGRESSION, 150)
    reports = [
        re.sub(r"\b[tdf]\d+\b", "", report.html(ladder, language="en", deadline_seconds=0)) for _ in range(2)
    ]
    assert reports[0] == reports[1]


# --- hostile names and cells -------------------------------------------------------------------------------------


def test_names_and_cells_never_become_markup(hostile):
    page = Page(hostile)
    assert page.open == []
    names = {name for name, _ in page.elements}
    assert not names & {"script", "img", "i", "iframe", "object", "form"}
    assert all(not name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in hostile
    assert "could not be made" not in hostile


def test_what_is_not_markup_is_escaped():
    assert tag("td", "<b>", title='"><i>') == '<td title="&quot;&gt;&lt;i&gt;">&lt;b&gt;</td>'
    assert say("%(name)s is 5 %% more", name="<i>") == "&lt;i&gt; is 5 % more"
    assert safe(Html("<b>")) == "<b>"


def test_signs_that_turn_text_around_and_control_characters_are_shown_as_such():
    assert safe("a\u202eb\x00c\u00a0d") == "a\ufffdb\ufffdc\u00a0d"


def test_a_section_that_fails_costs_only_itself(monkeypatch):
    from seodang.learn.report import _section

    broken = replace(SECTIONS.get("timing"), render=lambda reading: 1 / 0)
    monkeypatch.setitem(_section.SECTIONS._entries, "timing", broken)
    text = report.html(make_ladder(Task.BINARY, 150), language="en", deadline_seconds=0)
    assert "This section could not be made: ZeroDivisionError" in text
    assert 'id="columns"' in text


def test_the_settings_are_readable(ladder, page):
    best = ladder.best.settings
    for key in best:
        assert f"{key}=" in page.text


# --- pictures ----------------------------------------------------------------------------------------------------


def test_pictures_show_the_worst_of_them_as_data_and_nothing_of_columns():
    ladder = make_ladder(Task.BINARY, 120)
    rng = np.random.default_rng(0)
    ladder.schema = replace(ladder.schema, columns=(), picture_shape=(8, 8, 3))
    ladder.prepared.X = SimpleNamespace(pictures=rng.integers(0, 255, (120, 8, 8, 3), dtype=np.uint8))
    page = Page(report.html(ladder, language="en", deadline_seconds=1))
    assert "could not be made" not in page.text
    assert len(page.all("img")) == 24
    assert all(img["src"].startswith("data:image/png;base64,") and img["alt"] for img in page.all("img"))
    assert "importance" not in {section["id"] for section in page.all("section")}
