import re

import pytest

from seodang.site.web.markdown import render

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    "<a href='javascript:alert(1)'>x</a>",
    "<svg onload=alert(1)>",
    "<iframe src='https://example.org'></iframe>",
    "[x](https://example.org 'a\" onmouseover=\"alert(1)')",
    "<div style='position:fixed'>x</div>",
    "`<script>`",
    "| a |\n|--:|\n| <script>x</script> |",
    '```x" onclick="alert(1)\n1\n```',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_that_runs_survives(text):
    html = render(text)
    tags = re.findall(r"<[^>]*>", html)
    assert not any(re.match(r"</?(script|iframe|svg|style|object)", tag, re.IGNORECASE) for tag in tags)
    assert not any(re.search(r"\s(on\w+|style)\s*=", re.sub(r'"[^"]*"', '""', tag)) for tag in tags)
    assert not any(re.search(r"(javascript|data:text)", tag, re.IGNORECASE) for tag in tags)


def test_a_link_to_another_site_is_not_followed_by_search_engines():
    assert 'rel="nofollow noopener"' in render("[x](https://example.org)")


def test_a_picture_of_another_site_is_left_out():
    assert "example.org" not in render("![x](https://example.org/x.png)")
    assert "src" not in render("![x](//example.org/x.png)")
    assert 'src="/files/x.png"' in render("![x](/files/x.png)")


def test_a_column_of_numbers_is_set_right_without_a_style_attribute():
    html = render("| a | b |\n|:--|--:|\n| x | 1 |")
    assert '<td class="num">1</td>' in html
    assert "style" not in html


def test_headings_begin_below_the_title_of_the_page():
    assert render("# One\n\n###### Six") == "<h2>One</h2>\n<h6>Six</h6>\n"


def test_mathematics_stays_as_typed():
    assert "$x^2 + y_1$" in render("$x^2 + y_1$")


def test_code_keeps_its_language_and_nothing_else():
    assert '<code class="language-python">' in render("```python\n1\n```")
    assert "class" not in render("```py<thon\n1\n```")


def test_nothing_gives_nothing():
    assert render("") == ""
