"""Pictures: Altair charts made into SVG on the server.

Colours are the page's CSS variables, written where Vega expects a colour, so one picture serves light, dark and
paper. Text stays text. Every picture has a title and a description for those who do not see it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import TYPE_CHECKING, Any

from seodang.learn.report._html import Html, join, safe, tag

if TYPE_CHECKING:
    import altair as alt

INK, QUIET, HAIR, EDGE, ACCENT, WASH = (f"var(--{n})" for n in ("ink", "quiet", "hair", "edge", "accent", "wash"))
SERIES = tuple(f"var(--s{number})" for number in range(1, 7))
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [4, 4], [1, 3])

_TAG = re.compile(r"<[^>]*>")
_NOISE = re.compile(r' (?:role|aria-[a-z]+|class|pointer-events|xmlns(?::\w+)?|version)="[^"]*"| opacity="1"')
_EMPTY = re.compile(r'<path class="(?:back|fore)ground"[^>]*?/>')
_HIDDEN = re.compile(r'<text [^>]*opacity="0"[^>]*>[^<]*</text>')
_LONG = re.compile(r"\d+\.\d{3,}")
_ID = re.compile(r'(id="|url\(#)([A-Za-z]+[_\w]*)')
_numbers: ContextVar[Iterator[int] | None] = ContextVar("seodang_report_pictures", default=None)
_unbound = count(1)


@contextmanager
def drawing() -> Iterator[None]:
    """Within it, pictures are numbered from 1, so that the same ladder makes the same page."""
    from altair.utils.schemapi import debug_mode

    before = _numbers.set(count(1))
    try:
        # Checking every chart against Vega-Lite's schema takes five times as long as drawing it.
        with debug_mode(False):
            yield
    finally:
        _numbers.reset(before)


def figure(
    chart: alt.TopLevelMixin, *, title: Any, said: Any, caption: Any = None, class_: str | None = None
) -> Html:
    """A picture with its caption.

    Args:
        title: what it is, in a few words.
        said: what it shows, in words.
        caption: what stands beneath for everybody; the title where not given.
    """
    beneath = tag("figcaption", title if caption is None else caption)
    return tag("figure", svg(chart, title=title, said=said), beneath, class_=class_)


def svg(chart: alt.TopLevelMixin, *, title: Any, said: Any, class_: str | None = None) -> Html:
    import vl_convert

    drawn = vl_convert.vegalite_to_svg(_styled(chart).to_dict(validate=False))
    number = next(_numbers.get() or _unbound)
    head = re.match(r'<svg [^>]*width="([\d.]+)" height="([\d.]+)" viewBox="([^"]*)"[^>]*>', drawn)
    if head is None:
        raise ValueError(f"vl-convert drew something else than a picture: {drawn[:80]}")
    width, height, box = head.groups()
    body = Html(_lean(drawn[head.end() : -len("</svg>")], f"f{number}-"))
    names = f"t{number} d{number}"
    told = join([tag("title", title, id=f"t{number}"), tag("desc", said, id=f"d{number}")])
    opened = (
        f'<svg role="img" aria-labelledby="{names}" viewBox="{box}" width="{width}" height="{height}"'
        f"{f' class={chr(34)}{safe(class_)}{chr(34)}' if class_ else ''}>"
    )
    return Html(f"{opened}{told}{body}</svg>")


def _lean(body: str, prefix: str) -> str:
    """Without what only an interactive chart needs, and with ids of its own."""
    body = _HIDDEN.sub("", _EMPTY.sub("", body))
    names: dict[str, str] = {}

    def renamed(match: re.Match[str]) -> str:
        return match[1] + names.setdefault(match[2], f"{prefix}{len(names) + 1}")

    def each(found: re.Match[str]) -> str:
        shorter = _NOISE.sub("", found[0])
        shorter = _LONG.sub(lambda digits: f"{float(digits[0]):.2f}".rstrip("0").rstrip("."), shorter)
        return _ID.sub(renamed, shorter)

    return _TAG.sub(each, body)


def _styled(chart: Any) -> Any:
    return (
        chart.configure(
            aria=False,
            background="transparent",
            font="sans-serif",
            padding={"left": 8, "right": 8, "top": 4, "bottom": 4},
        )
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=QUIET,
            titleColor=QUIET,
            gridColor=HAIR,
            domainColor=EDGE,
            tickColor=EDGE,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelLimit=190,
            titlePadding=8,
            tickSize=4,
        )
        .configure_legend(
            labelColor=INK,
            titleColor=QUIET,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            orient="bottom",
            symbolStrokeWidth=2.5,
            labelLimit=260,
        )
        .configure_header(labelColor=INK, titleColor=QUIET, labelFontSize=12)
        .configure_text(color=INK, fontSize=12)
    )


def values(rows: list[dict[str, Any]]) -> alt.Data:
    """Rows of plain values, written into the picture's specification."""
    import altair as alt

    # As one string: Altair copies and checks a list cell by cell, again and again.
    return alt.Data(
        values=json.dumps([{key: _plain(value) for key, value in row.items()} for row in rows]),
        format=alt.JsonDataFormat(type="json"),
    )  # type: ignore[no-untyped-call]


def _plain(value: Any) -> Any:
    """What JSON can say: of numbers the finite ones."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def bars(heights: list[float], *, title: Any, width: int = 120, height: int = 28) -> Html:
    """A picture as small as a word: a histogram without axes."""
    top = max([*heights, 1e-12])
    step = width / max(1, len(heights))
    drawn = []
    for place, value in enumerate(heights):
        tall = height * value / top
        if value > 0:
            tall = max(tall, 1.0)
            x, wide = f"{place * step:.1f}", f"{max(0.8, step - 1):.1f}"
            drawn.append(tag("rect", x=x, y=f"{height - tall:.1f}", width=wide, height=f"{tall:.1f}"))
    return tag(
        "svg",
        tag("title", title),
        *drawn,
        role="img",
        class_="bars",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
    )
