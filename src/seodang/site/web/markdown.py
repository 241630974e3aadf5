"""Markdown written by people of a course → HTML that is safe to show to the others.

markdown-it reads (CommonMark, tables, strikethrough; raw HTML is shown as text), nh3 then lets only the tags and
attributes below through. Mathematics between dollar signs stays as it was typed.
"""

from __future__ import annotations

from functools import cache

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre",
    "s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "code": {"class"},
    "td": {"class"},
    "th": {"class"},
}
_CLASSES = {"num", "mid"}


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    reader.enable(["table", "strikethrough"])
    return reader


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """Classes: only what the style knows. Pictures: only those of this site or data of a picture format."""
    if attribute == "class":
        if tag == "code":
            return value if value.startswith("language-") and value.replace("-", "").isalnum() else None
        return value if value in _CLASSES else None
    if tag == "img" and attribute == "src":
        safe = ("/", "data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp")
        return value if value.startswith(safe) and not value.startswith("//") else None
    return value


def render(text: str) -> str:
    """Sanitised HTML. Headings begin at h2, since the page has its own h1."""
    reader = _reader()
    tokens = reader.parse(text or "")
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
        elif token.type in {"td_open", "th_open"}:
            # The alignment comes as a style attribute, which the Content-Security-Policy forbids.
            align = str(token.attrs.pop("style", ""))
            if "right" in align:
                token.attrs["class"] = "num"
            elif "center" in align:
                token.attrs["class"] = "mid"
    html = reader.renderer.render(tokens, reader.options, {})
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="nofollow noopener",
    )
    # A wide table scrolls by itself instead of widening the page.
    return safe.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace("</table>", "</table></div>")
