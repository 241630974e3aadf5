"""The feedback page says what was earned and shows nothing that is not the reader's, whatever a notebook holds."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest

from seodang.grade.feedback import POLICY, ansi, images, prose, render_feedback
from seodang.grade.feedback.outputs import Budget, shown
from seodang.grade.results import Check, Flag, Graded, Kind, QuestionGrade, Severity, Status


@dataclass(frozen=True)
class FakeLab:
    title: str = "Week 3: gradient descent"


def png(width: int = 2, height: int = 2, claims: tuple[int, int] | None = None) -> str:
    """A grey picture, base64. claims: what its header says of its size instead."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", *(claims or (width, height)), 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return base64.b64encode(raw).decode()


def code(source: str, *outputs: dict[str, Any], grade_id: str = "") -> dict[str, Any]:
    metadata = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": list(outputs)}


def markdown(source: str, grade_id: str = "", **more: Any) -> dict[str, Any]:
    metadata = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": "markdown", "source": source, "metadata": metadata, **more}


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def display(**data: Any) -> dict[str, Any]:
    named = {mime.replace("__", "+").replace("_", "/", 1): value for mime, value in data.items()}
    return {"output_type": "display_data", "data": named, "metadata": {}}


def question(id_: str, status: Status, points: str | None, most: str = "5", **more: Any) -> QuestionGrade:
    return QuestionGrade(
        id=id_,
        title=more.pop("title", id_),
        kind=more.pop("kind", Kind.AUTOGRADED),
        max_points=Decimal(most),
        points=None if points is None else Decimal(points),
        status=status,
        **more,
    )


def graded(*cells: dict[str, Any], questions: tuple[QuestionGrade, ...] = (), **more: Any) -> Graded:
    return Graded("kim.ipynb", questions=questions, notebook={"cells": list(cells), "nbformat": 4}, **more)


def page(*cells: dict[str, Any], language: str = "en", **more: Any) -> str:
    return render_feedback(FakeLab(), graded(*cells, **more), language=language)


def test_the_total_is_what_counts_and_says_what_lateness_took() -> None:
    earned = graded(questions=(question("q", Status.PARTIAL, "8", "9"),))
    assert '<p class="total">8 / 9</p>' in render_feedback(FakeLab(), earned)
    late = render_feedback(FakeLab(), earned, penalty=Decimal("0.8"))
    assert '<p class="total">7.2 / 9 <span>8 − 0.8 for lateness</span></p>' in late


def outputs(*each: dict[str, Any]) -> str:
    return shown(each, Budget())


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in ("meta", "img", "br", "hr", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)><iframe src='https://evil.test'></iframe>"
    "<a href='javascript:alert(1)' onclick='alert(1)'>x</a><style>body{display:none}</style>"
    "<form action='https://evil.test'><input name=a><button>go</button></form><svg onload=alert(1)>"
    "<script>1</script></svg><p class='points' id='q1' style='position:fixed'>5 / 5</p><base href='https://evil.test'>"
    "<meta http-equiv=refresh content='0;url=https://evil.test'><link rel=stylesheet href='https://evil.test/x.css'>"
    "<img src='https://evil.test/seen.png'><object data=x></object><math><mtext></mtext></math>"
    "<video autoplay></video>"
)


def assert_harmless(html: str) -> None:
    """Only what the page itself writes, and what the allow-list names."""
    found = Elements(html)
    assert not {"script", "iframe", "form", "input", "button", "svg", "base", "link", "object", "video"} & set(
        found.tags
    )
    assert found.tags.count("meta") == 4
    assert found.tags.count("style") == 1
    for tag, name, value in found.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name != "style"
        if name == "src":
            assert value.startswith(
                ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/svg+xml;base64,")
            )
        if name == "href":
            assert re.match(r"#q\d+$|https?://|mailto:", value)


# --- what stands above -----------------------------------------------------------------------------------------


def test_points_are_told_for_each_question_and_in_all():
    html = page(
        code("assert loss(1) == 1", grade_id="t1"),
        code("assert grad(1) == 2", grade_id="t2"),
        questions=(question("t1", Status.PASSED, "5"), question("t2", Status.PARTIAL, "2.50", "4")),
    )
    assert '<p class="total">7.5 / 9</p>' in html
    assert '<td class="num">2.5 / 4</td>' in html
    assert html.index('id="q1"') < html.index("loss(") < html.index('id="q2"') < html.index("grad(")


def test_the_total_says_when_a_person_still_marks():
    html = page(questions=(question("essay", Status.WAITING, None, kind=Kind.MANUAL),))
    assert "a person still marks the rest" in html
    assert "– / 5" in html


def test_a_missing_cell_has_a_row_but_no_link():
    html = page(code("x = 1"), questions=(question("t1", Status.MISSING, "0"),))
    assert "This cell is not in the notebook" in html
    assert 'href="#q1"' not in html


def test_a_notebook_that_could_not_be_marked_says_why():
    refused = Graded(
        "kim.ipynb", problem={"code": "x", "template": "It holds <no> cells.", "hint": "Hand in again."}
    )
    html = render_feedback(FakeLab(), refused, language="en")
    assert "It holds &lt;no&gt; cells. Hand in again." in html


def test_korean_pages_are_korean():
    html = page(code("assert f()", grade_id="t1"), language="ko", questions=(question("t1", Status.FAILED, "0"),))
    assert '<html lang="ko">' in html
    assert "통과하지 못함" in html
    assert "Not passed" not in html


def test_the_language_of_the_page_is_not_that_of_the_process(monkeypatch):
    monkeypatch.setenv("SEODANG_LANG", "ko")
    assert "Feedback" in page(language="en")


# --- tests -----------------------------------------------------------------------------------------------------


def test_visible_messages_are_shown_and_hidden_ones_are_not():
    checks = (
        Check("the shape", True, True),
        Check("", True, False, "AssertionError: expected 3, got <2>", "staff trace"),
        Check("empty input", False, False, "", "AssertionError: secret_value == 42"),
        Check("large input", False, None),
    )
    html = page(code("assert f()", grade_id="t1"), questions=(question("t1", Status.FAILED, "0", checks=checks),))
    assert "AssertionError: expected 3, got &lt;2&gt;" in html
    assert "empty input" in html
    assert "large input" in html
    assert "secret_value" not in html
    assert "staff trace" not in html


def test_a_message_on_a_hidden_test_stays_unseen_even_if_somebody_filled_it():
    checks = (Check("empty input", False, False, "expected 42"),)
    assert "expected 42" not in page(questions=(question("t1", Status.FAILED, "0", checks=checks),))


def test_outputs_of_a_test_stay_unseen():
    cell = code("assert f()", stream("hidden print 42"), grade_id="t1")
    assert "hidden print" not in page(cell, questions=(question("t1", Status.PASSED, "5"),))


def test_a_manual_answer_shows_what_it_printed():
    cell = code("plot()", stream("my plot"), grade_id="m1")
    assert "my plot" in page(cell, questions=(question("m1", Status.WAITING, None, kind=Kind.MANUAL),))


def test_students_read_what_was_restored_but_never_that_tampering_was_seen():
    flags = (
        Flag("restored", Severity.INFO, "The cell “%(cell)s” was put back as it was handed out.", {"cell": "t1<"}),
        Flag("odd", Severity.LOOK, "ctypes is imported"),
        Flag("tampered", Severity.TAMPERING, "AssertionError was replaced"),
    )
    html = page(code("x"), flags=flags, questions=(question("t1", Status.TAMPERED, "0"),))
    assert "The cell “t1&lt;” was put back" in html
    assert "ctypes" not in html
    assert "AssertionError was replaced" not in html
    assert "amper" not in re.sub("<style>.*</style>", "", html, flags=re.DOTALL)


def test_a_doubled_graded_cell_is_marked_once():
    html = page(
        code("assert f()", grade_id="t1"),
        code("assert f()", stream("copy"), grade_id="t1"),
        questions=(question("t1", Status.PASSED, "5"),),
    )
    assert html.count('id="q1"') == 1


# --- hostile notebooks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        markdown(HOSTILE),
        markdown(
            f"# {HOSTILE}\n\n> {HOSTILE}\n\n`{HOSTILE}` ${HOSTILE}$ [x](javascript:alert(1)) ![x](https://evil.test/)"
        ),
        markdown(
            "![x](data:image/svg+xml;base64,PHN2Zz4=) ![y](data:text/html,<script>1</script>) <!-- --!><script>"
        ),
        markdown("</main></body><script>alert(1)</script>"),
        code(HOSTILE),
        code("x", stream(HOSTILE), stream("\x1b[31m" + HOSTILE + "\x1b]8;;javascript:alert(1)\x07link", "stderr")),
        code("x", display(text_html=HOSTILE, text_plain=HOSTILE)),
        code("x", display(text_html=["<scr", "ipt>alert(1)</script><b>bold</b>"])),
        code("x", display(text_markdown=HOSTILE)),
        code("x", display(text_latex=HOSTILE)),
        code("x", display(image_svg__xml=f"<svg>{HOSTILE}</svg>", text_plain=f'"{HOSTILE}')),
        code("x", display(image_png='"><script>alert(1)</script>', text_plain=HOSTILE)),
        code("x", display(application_json={"a": HOSTILE})),
        code("x", {"output_type": "error", "ename": HOSTILE, "evalue": HOSTILE, "traceback": [HOSTILE]}),
        code("x", {"output_type": "error", "ename": HOSTILE, "evalue": HOSTILE, "traceback": "no list"}),
        {"cell_type": "raw", "source": HOSTILE, "metadata": {}},
        {"cell_type": HOSTILE, "source": {"a": HOSTILE}, "metadata": HOSTILE, "outputs": HOSTILE},
    ],
)
def test_nothing_a_notebook_holds_becomes_active(cell):
    html = page(cell)
    assert_harmless(html)


def test_titles_and_messages_are_escaped_everywhere():
    checks = (Check(HOSTILE, True, False, HOSTILE), Check(HOSTILE, False, True))
    flags = (Flag("x", Severity.INFO, "%(a)s", {"a": HOSTILE}),)
    html = render_feedback(
        FakeLab(HOSTILE),
        graded(
            code("x", grade_id="t1"),
            questions=(question("t1", Status.FAILED, "0", checks=checks, title=HOSTILE),),
            flags=flags,
        ),
        language="en",
    )
    assert_harmless(html)


def test_a_notebook_cannot_dress_up_as_the_page():
    found = Elements(prose.sanitised("<p class='points' id='q1'>5 / 5</p><section class=question>x</section>"))
    assert found.attributes == []
    assert found.tags == ["p"]


def test_the_policy_forbids_all_but_the_page_s_own_style_and_data_pictures():
    html = page()
    style = re.search("<style>(.*)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in POLICY
    assert POLICY.startswith("default-src 'none'; img-src data:;")
    assert f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">' in html
    assert html.index("Content-Security-Policy") < html.index("<style>")


def test_every_element_is_closed():
    checks = (Check("", True, False, "\x1b[31mred"),)
    html = page(
        markdown("a **b** \n\n|a|b|\n|-|-|\n|1|2|\n\n<details><summary>s</summary><b>open"),
        code("x = 'unclosed", stream("\x1b[1m\x1b[32mgreen"), display(text_html="<table><tr><td>1")),
        code("assert 1", grade_id="t1"),
        questions=(question("t1", Status.FAILED, "0", checks=checks),),
    )
    assert Elements(html).open == []


def test_the_content_alone_brings_no_head_and_no_style():
    content = render_feedback(FakeLab(), graded(code("x = 1")), language="en", standalone=False)
    assert "<style" not in content
    assert content.startswith("<header>")


# --- outputs ---------------------------------------------------------------------------------------------------


def test_a_data_frame_keeps_its_table():
    html = outputs(
        display(
            text_html='<style scoped>.x{}</style><table border="1" class="dataframe"><thead><tr><th></th><th>a</th>'
            '</tr></thead><tbody><tr><th>0</th><td colspan="2" onclick="x">1</td></tr></tbody></table>',
            text_plain="   a\n0  1",
        )
    )
    assert '<table><thead><tr><th></th><th>a</th></tr></thead><tbody><tr><th>0</th><td colspan="2">1</td>' in html
    assert 'class="scroll"' in html


def test_html_that_is_all_script_falls_back_to_its_text():
    html = outputs(display(text_html="<div id=plot></div><script>Plotly.draw()</script>", text_plain="Figure(1)"))
    assert "Figure(1)" in html
    assert "Plotly" not in html


def test_pictures_are_shown_as_data():
    html = outputs(display(image_png=png(), text_plain="<Figure size 640x480 with 1 Axes>"))
    assert f'src="data:image/png;base64,{png()}"' in html
    assert 'alt="Figure size 640x480 with 1 Axes"' in html


def test_svg_is_a_picture_that_runs_nothing():
    html = outputs(display(image_svg__xml="<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"))
    assert '<img src="data:image/svg+xml;base64,' in html
    assert Elements(html).tags == ["div", "img"]


@pytest.mark.parametrize(
    "content",
    ["no base64 §", base64.b64encode(b"GIF89a" + b"\0" * 40).decode(), png(claims=(60000, 60000)), "A" * 5_000_000],
    ids=["garbage", "another format", "unfolds to gigabytes", "too large"],
)
def test_what_is_no_proper_picture_is_told_and_not_shown(content):
    html = outputs(display(image_png=content, text_plain="<Figure>"))
    assert "<img" not in html
    assert "A picture is not shown" in html
    assert "&lt;Figure&gt;" in html


def test_jpeg_is_measured_by_its_frame_header():
    def jpeg(width: int, height: int) -> str:
        frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + b"\0" * 9
        return base64.b64encode(b"\xff\xd8\xff\xe0\x00\x04JF" + frame + b"\xff\xd9").decode()

    assert images.data_address("image/jpeg", jpeg(640, 480)) is not None
    assert images.data_address("image/jpeg", jpeg(65000, 65000)) is None
    assert images.data_address("image/jpeg", base64.b64encode(b"\xff\xd8\xff\xe0\x00\x00").decode()) is None


def test_long_output_loses_its_middle_and_says_so():
    html = outputs(stream("start" + "x" * 1_000_000 + "end"))
    assert len(html) < 30_000
    assert html.index("start") < html.index("984,008 characters are left out here") < html.index("end</pre>")


def test_thousands_of_outputs_do_not_make_a_page_nobody_can_open():
    many = [display(text_plain=f"number {i}") for i in range(3000)]
    html = outputs(*many)
    assert "number 49" in html
    assert "number 50<" not in html
    assert "2950 more outputs are not shown." in html
    assert outputs(*[stream(f"{i}\n") for i in range(3000)]).count("<pre") == 1


def test_the_page_stays_small_whatever_it_is_given():
    heavy = [
        code("x", *[display(image_png=base64.b64encode(base64.b64decode(png()) + b"\0" * 2_000_000).decode())] * 3)
    ] * 3
    html = page(*heavy)
    assert len(html) < 14_000_000
    assert "the page would grow too large" in html


def test_beyond_what_is_parsed_text_is_shown_plainly():
    budget = Budget(careful=2)
    assert "<b>aaaaaaa</b>" in shown([display(text_html="<b>aaaaaaa</b>")], budget)
    assert "&lt;b&gt;" in shown([display(text_html="<i>long enough text</i>", text_plain="<b>plain</b>")], budget)
    html = page(markdown("**x**"), markdown("**x** " * 100_000))
    assert "<strong>" in html
    assert "**x**" in html


def test_progress_bars_show_their_last_state():
    assert ansi.overstrike("10%\r50%\r100%\ndone\r") == "100%\ndone"
    assert ansi.overstrike("abc\b\b\bxyz") == "xyz"


def test_colours_become_classes_and_other_sequences_vanish():
    assert ansi.to_html("\x1b[1;31mred\x1b[0m & \x1b[2Kplain") == '<span class="a1 a31">red</span> &amp; plain'
    assert ansi.to_html("\x1b[38;5;196mred") == '<span class="a91">red</span>'
    assert ansi.to_html("\x1b[38;2;0;0;230mblue") == '<span class="a34">blue</span>'
    assert ansi.to_html("\x1b]0;title\x07a\x00\x1b") == "a"


# --- prose -----------------------------------------------------------------------------------------------------


def test_mathematics_stays_as_typed():
    html = prose.from_markdown("Let $a_i b_j \\{x\\}$ cost $5 and $6.\n\n$$\n\\sum_i x_i < y\n$$")
    assert "<var>$a_i b_j \\{x\\}$</var> cost $5 and $6." in html
    assert "\\sum_i x_i &lt; y" in html
    assert "<em>" not in html


def test_headings_of_a_notebook_stand_below_those_of_the_page():
    assert "<h3>Title</h3>" in prose.from_markdown("# Title")
    assert "<h6>Deep</h6>" in prose.from_markdown("##### Deep")


def test_pasted_pictures_are_shown_and_foreign_ones_are_not():
    html = prose.from_markdown("![mine](attachment:a.png)", {"a.png": {"image/png": png()}})
    assert 'src="data:image/png;base64,' in html
    assert "src=" not in prose.from_markdown("![spy](https://evil.test/a.png) ![none](attachment:b.png)", {})
    assert "src=" not in prose.from_markdown("![x](attachment:a.png)", {"a.png": "nonsense"})  # type: ignore[dict-item]


def test_plain_data_in_plain_page_out():
    assert render_feedback(FakeLab(), graded(code("x = 1")), language="en") == render_feedback(
        FakeLab(), replace(graded(code("x = 1"))), language="en"
    )
