"""Outputs of a cell → HTML. Of the forms that an output offers, the richest one that is safe to show.

Every output is cut to a length that a phone can read, with a note of what was cut; together they keep within
`Budget`, so that no notebook grows a page beyond what a browser opens at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from seodang.errors import fill
from seodang.grade.feedback import ansi, images, prose
from seodang.i18n import N_, gettext

HEAD_CHARACTERS, TAIL_CHARACTERS = 12_000, 4_000
MOST_JSON = 20_000
MOST_OUTPUTS = 50


@dataclass
class Budget:
    """What the page may still take in, in characters; pictures count with their data.

    careful: characters that may still be parsed (Markdown, source in colours); what comes later is plain text. HTML
        costs a tenth, as its parser is so much quicker.
    """

    left: int = 12_000_000
    careful: int = 500_000

    def take(self, html: str) -> str:
        if len(html) > self.left:
            return note(gettext(N_("This output is not shown: the page would grow too large.")))
        self.left -= len(html)
        return html

    def parses(self, cost: int) -> bool:
        """Whether this much is still parsed; if so, it is taken off."""
        if cost > self.careful:
            return False
        self.careful -= cost
        return True


def note(text: str) -> str:
    return f'<p class="note">{ansi.to_html(text)}</p>'


def shown(outputs: Sequence[Any], budget: Budget) -> str:
    """All outputs of a cell; what is no output of nbformat 4 is left out."""
    joined = list(_joined(output for output in outputs if isinstance(output, Mapping)))
    parts = [budget.take(_one(output, budget)) for output in joined[:MOST_OUTPUTS]]
    if len(joined) > MOST_OUTPUTS:
        parts.append(note(fill(N_("%(count)s more outputs are not shown."), {"count": len(joined) - MOST_OUTPUTS})))
    return "".join(parts)


def terminal(text: str, kind: str = "text") -> str:
    """Text of a program, its middle cut out where it is long."""
    text = ansi.overstrike(text)
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS + 1000:
        return _pre(text, kind)
    missing = len(text) - HEAD_CHARACTERS - TAIL_CHARACTERS
    said = fill(N_("%(count)s characters are left out here."), {"count": f"{missing:,}"})
    return _pre(text[:HEAD_CHARACTERS], kind) + note(said) + _pre(text[-TAIL_CHARACTERS:], kind)


def _pre(text: str, kind: str) -> str:
    return f'<pre class="out {kind}" tabindex="0">{ansi.to_html(text)}</pre>'


def _joined(outputs: Iterator[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Neighbouring pieces of one stream as one output: a thousand prints make one block."""
    held: dict[str, Any] | None = None
    pieces: list[str] = []
    for output in outputs:
        stream = output.get("output_type") == "stream"
        if held is not None and not (stream and output.get("name") == held.get("name")):
            yield {**held, "text": "".join(pieces)}
            held, pieces = None, []
        if not stream:
            yield output
            continue
        held = dict(output)
        pieces.append(text_of(output.get("text")))
    if held is not None:
        yield {**held, "text": "".join(pieces)}


def text_of(value: Any) -> str:
    """nbformat's multi-line strings; anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return "" if value is None else json.dumps(value, ensure_ascii=False)[:MOST_JSON]


def _one(output: Mapping[str, Any], budget: Budget) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        return terminal(text_of(output.get("text")), "stderr" if output.get("name") == "stderr" else "stdout")
    if kind == "error":
        trace = output.get("traceback")
        lines = [text_of(line) for line in trace] if isinstance(trace, list) else []
        named = f"{text_of(output.get('ename'))}: {text_of(output.get('evalue'))}"
        return terminal("\n".join(lines) or named, "error")
    data = output.get("data")
    if kind in ("execute_result", "display_data") and isinstance(data, Mapping):
        return _rich(data, budget)
    return ""


def _rich(data: Mapping[str, Any], budget: Budget) -> str:
    plain = text_of(data.get("text/plain"))
    html = text_of(data.get("text/html"))
    if html and len(html) <= prose.MOST_CHARACTERS and budget.parses(len(html) // 10):
        safe = prose.sanitised(html)
        if safe:
            return f'<div class="out rich">{safe}</div>'
    refused = False
    for mime in ("image/svg+xml", "image/png", "image/jpeg"):
        if mime in data:
            address = images.data_address(mime, text_of(data[mime]))
            if address:
                return f'<div class="out picture"><img src="{address}" alt="{_alt(plain)}"></div>'
            refused = True
    markdown = text_of(data.get("text/markdown"))
    if markdown and budget.parses(len(markdown)):
        safe = prose.from_markdown(markdown)
        if safe:
            return f'<div class="out rich">{safe}</div>'
    said = note(gettext(N_("A picture is not shown: it is too large, or no picture."))) if refused else ""
    text = text_of(data.get("text/latex")) or plain
    if not text:
        text = next((text_of(value) for mime, value in data.items() if "json" in str(mime)), "")
    return said + (terminal(text) if text else "")


def _alt(plain: str) -> str:
    """matplotlib says “<Figure size 640x480 with 1 Axes>”: poor, but better than nothing."""
    short = " ".join(plain.split())[:120].strip("<>")
    return escape(short or gettext(N_("Picture drawn by this cell")))
