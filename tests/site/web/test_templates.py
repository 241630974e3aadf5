"""No template may bring what the Content-Security-Policy refuses."""

import re
from pathlib import Path

import pytest

import seodang.site

SITE = Path(seodang.site.__file__).parent
TEMPLATES = sorted(SITE.rglob("templates/**/*.html"))
FORBIDDEN = {
    # A block of JSON is data: it does not run, and the policy lets it stand.
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)(?! type=.application/json)", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an event handler": re.compile(r"<[a-z][^>{}]*\son[a-z]+\s*=", re.IGNORECASE),
    "an htmx handler": re.compile(r"\bhx-on\b|\bhx-on:", re.IGNORECASE),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "something from another site": re.compile(r"(?:src|<link[^>]*href)=[\"']?(?:https?:)?//", re.IGNORECASE),
}


def test_there_are_templates_to_look_at():
    assert len(TEMPLATES) > 20


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what):
    found = [str(path.relative_to(SITE)) for path in TEMPLATES if FORBIDDEN[what].search(path.read_text("utf-8"))]
    assert not found, f"{what} in {found}"


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("an inline script", "<script>alert(1)</script>"),
        ("a style attribute", '<p class="x" style="color:red">'),
        ("an event handler", '<a href="/" onclick="x()">'),
        ("something from another site", '<script src="https://cdn.example/x.js">'),
    ],
)
def test_the_search_would_find(what, text):
    assert FORBIDDEN[what].search(text)


def test_own_style_and_script_ask_no_other_site():
    for name in ("seodang.css", "seodang.js"):
        text = (SITE / "web/static/web" / name).read_text("utf-8")
        addresses = set(re.findall(r"https?://[^\s'\")]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}


def test_style_uses_only_properties_that_it_defines():
    text = (SITE / "web/static/web/seodang.css").read_text("utf-8")
    defined = set(re.findall(r"(--[\w-]+)\s*:", text))
    used = set(re.findall(r"var\((--[\w-]+)", text))
    assert used <= defined
