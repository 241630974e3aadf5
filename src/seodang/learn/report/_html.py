"""Writing HTML so that nothing from a table can become markup: whatever is not `Html` is escaped on its way in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from html import escape
from typing import Any

from seodang.i18n import gettext

# Marks that turn the reading direction of what follows them.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_VOID = frozenset({"img", "meta", "br", "hr"})


class Html(str):
    """Text that is markup already. Only this module and `_charts` make it."""

    __slots__ = ()


def safe(value: Any) -> Html:
    """Markup as it is, everything else escaped; None is nothing."""
    if isinstance(value, Html):
        return value
    return Html("" if value is None else escape(_visible(str(value))))


def _visible(text: str) -> str:
    """Without control characters, which no document may hold, and without marks that turn the reading direction."""
    if text.isprintable():
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_unseen(letter) else letter for letter in text)


def _is_unseen(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return kind == "Cs" or (kind == "Cc" and letter not in "\n\t") or letter in _TURNS


def join(parts: Iterable[Any]) -> Html:
    return Html("".join(safe(part) for part in parts))


def tag(name: str, /, *children: Any, **attributes: Any) -> Html:
    """`tag("td", 3, class_="num")`: an attribute of None or False is left out; `_` in its name stands for `-`."""
    written = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        attribute = key.rstrip("_").replace("_", "-")
        written.append(f" {attribute}" if value is True else f' {attribute}="{escape(_visible(str(value)))}"')
    opened = f"<{name}{''.join(written)}>"
    return Html(opened if name in _VOID else f"{opened}{join(children)}</{name}>")


def say(template: str, **params: Any) -> Html:
    """A msgid in the reader's language, escaped, with its places filled by escaped values or by markup.

    A percent sign is written twice, with places or without.
    """
    text = escape(gettext(template), quote=False)
    return Html(text % {key: safe(value) for key, value in params.items()})


def paragraph(template: str, class_: str | None = None, **params: Any) -> Html:
    return tag("p", say(template, **params), class_=class_)


def table(caption: Any, head: Iterable[Any], rows: Iterable[Html], *, class_: str | None = None) -> Html:
    """A table that scrolls in its own box. `head`: texts or ready `<th>` cells."""
    cells = [
        cell if isinstance(cell, Html) and cell.startswith("<t") else tag("th", cell, scope="col") for cell in head
    ]
    body = tag("tbody", *rows)
    made = tag("table", tag("caption", caption), tag("thead", tag("tr", *cells)), body, class_=class_)
    return tag("div", made, class_="scroll", tabindex="0", role="region", aria_label=caption)
