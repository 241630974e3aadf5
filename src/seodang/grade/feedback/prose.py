"""Markdown and HTML that students or their code wrote → HTML of an allow-list.

Notebooks mix HTML into Markdown, so markdown-it lets it through and nh3 (ammonia) decides afterwards. No class, id
or style survives: nothing written in a notebook can look like the page's own marks. Mathematics stays as typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import escape, unescape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from seodang.grade.feedback.images import checked, data_address

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "s", "samp",
    "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "u", "ul", "var",
}  # fmt: skip
_CELL = {"colspan", "rowspan"}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "details": {"open"},
    "td": _CELL,
    "th": _CELL | {"scope"},
}
# With everything inside them; other unknown tags leave their text behind.
_GONE = {
    "script",
    "style",
    "template",
    "iframe",
    "object",
    "noscript",
    "title",
    "textarea",
    "select",
    "svg",
    "math",
}
_MATH = re.compile(r"\$\$(?:[^$\\]|\\.)+\$\$|\$(?!\s)(?:[^$\\\n]|\\.)+?(?<!\s)\$(?!\d)", re.DOTALL)
_ATTACHMENT = re.compile(r"attachment:([^)\s\"']+)")
MOST_CHARACTERS = 200_000


def sanitised(html: str) -> str:
    """HTML of the allow-list; "" where nothing is left that one could see."""
    safe = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_GONE,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
    )
    if not re.sub(r"<(?!img\b)[^>]*>", "", safe).strip():
        return ""
    # A wide table scrolls by itself instead of widening the page.
    return safe.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace("</table>", "</table></div>")


def from_markdown(text: str, attachments: Mapping[str, Any] | None = None) -> str:
    """Sanitised HTML of a Markdown cell. Headings begin at h3: the page has its own above them."""
    reader = _reader()
    tokens = reader.parse(_attached(text[:MOST_CHARACTERS], attachments or {}))
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    return sanitised(reader.renderer.render(tokens, reader.options, {}))


def _attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute in _CELL:
        return value if value.isascii() and value.isdigit() and len(value) <= 3 else None
    if (tag, attribute) == ("img", "src"):
        return checked(value)
    if (tag, attribute) == ("a", "href"):
        return value if value.startswith(("http://", "https://", "mailto:")) else None
    return value


def _attached(text: str, attachments: Mapping[str, Any]) -> str:
    """Pictures pasted into a cell (`attachment:name`) as data, which the sanitiser then looks at."""

    def address(found: re.Match[str]) -> str:
        bundle = attachments.get(found[1]) if isinstance(attachments, Mapping) else None
        for mime, content in (bundle or {}).items() if isinstance(bundle, Mapping) else ():
            if mime in ("image/png", "image/jpeg") and isinstance(content, str):
                return data_address(mime, content) or found[0]
        return found[0]

    return _ATTACHMENT.sub(address, text)


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": True, "linkify": False, "typographer": False})
    reader.enable(["table", "strikethrough"])
    # markdown-it itself refuses data addresses of some kinds; here the sanitiser judges all of them.
    reader.validateLink = _any_link  # type: ignore[method-assign]
    reader.inline.ruler.before("escape", "mathematics", _mathematics)
    reader.add_render_rule(
        "mathematics", lambda _self, tokens, index, *_rest: f"<var>{escape(tokens[index].content)}</var>"
    )
    return reader


def _any_link(url: str) -> bool:
    return True


def _mathematics(state: StateInline, silent: bool) -> bool:
    """`$…$` and `$$…$$` stay whole, so that `a_i b_j` in them does not turn italic."""
    if state.src[state.pos] != "$":
        return False
    found = _MATH.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("mathematics", "", 0).content = unescape(found[0])
    state.pos = found.end()
    return True
