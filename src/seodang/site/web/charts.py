"""Small charts as SVG strings: plain values in, accessible markup out. No style attribute, no script, no library.

Colours come from classes in `seodang.css`, so the charts follow the theme. Every chart has role="img" and a
<title> that says in words what the picture says. Values that are not finite numbers are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from html import escape
from statistics import quantiles
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

MINUS = "\N{MINUS SIGN}"
_ABSURD = 1e100


def number(value: float, decimals: int) -> str:
    """A number as it is shown: fixed decimals, a real minus sign, never “-0.000”; 1.235e+12 from 10⁹ on."""
    text = f"{value:.{decimals}f}" if abs(value) < 1e9 else f"{value:.3e}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.") else MINUS + text[1:]
    return text


def as_float(value: Any) -> float | None:
    try:
        result = float(value)
    except (TypeError, ValueError):
        return None
    return result if math.isfinite(result) else None


def _at(value: Any) -> float | None:
    """A place on the x axis: seconds for a datetime, else the number itself."""
    if isinstance(value, datetime):
        return value.timestamp()
    return as_float(value)


def clean(points: Iterable[Sequence[Any]] | None) -> list[tuple[float, float]]:
    """(x, y) pairs of finite numbers in the order of x; the absurdly large, which would flatten all else, goes."""
    pairs = [(_at(point[0]), as_float(point[1])) for point in points or ()]
    return sorted((x, y) for x, y in pairs if x is not None and y is not None and abs(y) < _ABSURD)


def best_so_far(points: list[tuple[float, float]], *, greater_is_better: bool) -> list[tuple[float, float]]:
    """What a leaderboard would have shown at each moment."""
    better = max if greater_is_better else min
    shown: list[tuple[float, float]] = []
    for x, y in points:
        shown.append((x, better(y, shown[-1][1]) if shown else y))
    return shown


class Scale:
    """Maps [low, high] to [start, stop]; a domain without width maps to the middle.

    What lies beyond stays at the end, or with `beyond` goes on outside, where the picture's edge cuts it off.
    """

    __slots__ = ("beyond", "factor", "high", "low", "start")

    def __init__(self, low: float, high: float, start: float, stop: float, *, beyond: bool = False) -> None:
        width = high - low
        self.low, self.high, self.beyond = low, high, beyond
        if 0 < width < math.inf:
            self.start, self.factor = start, (stop - start) / width
        else:
            self.start, self.factor = (start + stop) / 2, 0.0

    def __call__(self, value: float) -> float:
        if not self.beyond:
            value = self.low if value < self.low else self.high if value > self.high else value
        return round(self.start + (value - self.low) * self.factor, 1)


def without_outliers(values: Iterable[float]) -> tuple[float, float]:
    """The ends of an axis on which most values can be told apart: those within three quartile distances.

    One entry that went wrong would otherwise press all others into a corner (Tukey, 1977, with his outer fences).
    """
    ordered = sorted(values)
    if len(ordered) < 4:
        return (ordered[0], ordered[-1]) if ordered else (0.0, 1.0)
    lower, _middle, upper = quantiles(ordered, n=4, method="inclusive")
    reach = 3 * (upper - lower)
    kept = [value for value in ordered if lower - reach <= value <= upper + reach] if reach else ordered
    return kept[0], kept[-1]


def _steps(points: list[tuple[float, float]], x: Scale, y: Scale, until: float) -> str:
    """An SVG path that holds each value until the next."""
    path = f"M{x(points[0][0])} {y(points[0][1])}"
    for at, value in points[1:]:
        path += f"H{x(at)}V{y(value)}"
    return f"{path}H{x(until)}"


def _svg(kind: str, width: float, height: float, title: str, body: str) -> str:
    return (
        f'<svg class="chart {kind}" role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}"><title>{escape(title)}</title>{body}</svg>'
    )


# --- in a table's cell ---------------------------------------------------------------------------------------


def sparkline(
    points: Iterable[Sequence[Any]] | None,
    *,
    greater_is_better: bool | None = None,
    decimals: int = 4,
    width: int = 96,
    height: int = 22,
) -> str:
    """A step line of a score over time, with a dot at its end; nothing for no points."""
    pairs = clean(points)
    if not pairs:
        return ""
    if greater_is_better is not None:
        pairs = best_so_far(pairs, greater_is_better=greater_is_better)
    values = [y for _x, y in pairs]
    pad = 3.0
    x = Scale(pairs[0][0], pairs[-1][0], pad, width - pad)
    y = Scale(min(values), max(values), height - pad, pad)
    first, last = number(values[0], decimals), number(values[-1], decimals)
    title = _("from %(first)s to %(last)s") % {"first": first, "last": last} if len(values) > 1 else last
    if len(pairs) == 1:
        dot_x, line = width - pad, f'<path class="spark-flat" d="M{pad} {height / 2:g}H{width - pad}"/>'
    else:
        dot_x, line = x(pairs[-1][0]), f'<path class="spark-line" d="{_steps(pairs, x, y, pairs[-1][0])}"/>'
    dot = f'<circle class="spark-dot" cx="{dot_x:g}" cy="{y(values[-1]):g}" r="2"/>'
    return _svg("spark", width, height, title, line + dot)


def whisker(
    low: Any,
    score: Any,
    high: Any,
    domain_low: Any,
    domain_high: Any,
    *,
    decimals: int = 4,
    width: int = 120,
    height: int = 16,
) -> str:
    """A dot for the score and a line for its interval, on an axis shared by all rows of a board."""
    middle = as_float(score)
    if middle is None:
        return ""
    ends = [as_float(low), as_float(high)]
    known = [value for value in (*ends, middle, as_float(domain_low), as_float(domain_high)) if value is not None]
    left, right = as_float(domain_low), as_float(domain_high)
    x = Scale(min(known) if left is None else left, max(known) if right is None else right, 4, width - 4)
    y = height / 2
    line = ""
    title = number(middle, decimals)
    if ends[0] is not None and ends[1] is not None:
        a, b = sorted((ends[0], ends[1]))
        caps = "".join(f"M{x(end)} {y - 3:g}v6" for end in (a, b) if x.low <= end <= x.high)
        line = f'<path class="whisker-line" d="M{x(a)} {y:g}H{x(b)}"/>'
        if caps:
            line += f'<path class="whisker-end" d="{caps}"/>'
        title = _("%(score)s, 95 %% interval %(low)s to %(high)s") % {
            "score": title,
            "low": number(a, decimals),
            "high": number(b, decimals),
        }
    if x.low <= middle <= x.high or not x.factor:
        dot = f'<circle class="whisker-dot" cx="{x(middle)}" cy="{y:g}" r="3"/>'
    else:  # beyond the axis: an arrow that points to where it is
        tip = 4 if middle > x.high else -4
        dot = f'<path class="whisker-dot" d="M{x(middle) + tip:g} {y:g}l{-tip} -3.5v7z"/>'
    return _svg("whisker", width, height, title, f'<path class="axis" d="M4 {y:g}H{width - 4}"/>{line}{dot}')


# --- profiles of a column ------------------------------------------------------------------------------------


def _counts(bins: Any) -> tuple[list[float], str, str]:
    """Counts with the labels of both ends, from any of the shapes a profile has.

    `{"counts": […], "edges": […]}`, `[(low, high, count), …]`, `[{"low", "high", "count"}, …]` or plain counts.
    """
    if not bins:
        return [], "", ""
    if isinstance(bins, dict):
        edges = list(bins.get("edges") or [])
        counts = [as_float(count) or 0.0 for count in bins.get("counts") or []]
        return counts, _short(edges[0]) if edges else "", _short(edges[-1]) if edges else ""
    rows = list(bins)
    if isinstance(rows[0], dict):
        rows = [(row.get("low"), row.get("high"), row.get("count")) for row in rows]
    if isinstance(rows[0], list | tuple):
        return [as_float(row[2]) or 0.0 for row in rows], _short(rows[0][0]), _short(rows[-1][1])
    return [as_float(count) or 0.0 for count in rows], "", ""


def _short(value: Any) -> str:
    found = as_float(value)
    return str(value or "") if found is None else f"{found:.4g}".replace("-", MINUS)


def histogram(bins: Any, *, width: int = 160, height: int = 40) -> str:
    """Counts of a column of numbers as bars without gaps, the range in words beneath for those who cannot see."""
    counts, low, high = _counts(bins)
    counts = [max(0.0, count) for count in counts]
    if not counts or max(counts) <= 0:
        return ""
    step = width / len(counts)
    y = Scale(0, max(counts), 0, height - 2)
    bars = "".join(
        f'<rect class="bar" x="{index * step:.2f}" y="{height - 1 - y(count):.1f}" '
        f'width="{max(step - 1, 0.5):.2f}" height="{y(count):.1f}"/>'
        for index, count in enumerate(counts)
        if count
    )
    title = _("Histogram from %(low)s to %(high)s") % {"low": low, "high": high} if low else _("Histogram")
    return _svg("histogram", width, height, title, f'{bars}<path class="axis" d="M0 {height - 0.5}H{width}"/>')


@dataclass(frozen=True)
class Bar:
    label: str
    count: float
    share: float  # of the largest count, for the bar's length
    percent: float | None  # of all


def bars(items: Iterable[Any] | None, total: Any = None) -> list[Bar]:
    """(label, count) pairs, or {"label" or "value", "count"} dicts, ready to be shown as labelled bars."""
    pairs: list[tuple[str, float]] = []
    for item in items or ():
        if isinstance(item, dict):
            label, count = item.get("label", item.get("value")), item.get("count")
        else:
            label, count = item[0], item[1]
        pairs.append((str(label), max(0.0, as_float(count) or 0.0)))
    most = max((count for _label, count in pairs), default=0.0)
    whole = as_float(total) or 0.0
    return [
        Bar(label, count, round(count / most, 4) if most else 0.0, 100 * count / whole if whole > 0 else None)
        for label, count in pairs
    ]


# --- the score over time -------------------------------------------------------------------------------------


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers that cover [low, high] (Heckbert's nice numbers, Graphics Gems, 1990)."""
    if not high > low:
        return [low]
    raw = (high - low) / max(1, wanted - 1)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    leading = raw / magnitude
    step = magnitude * (1 if leading < 1.5 else 2 if leading < 3 else 5 if leading < 7 else 10)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def _tick_decimals(ticks: list[float]) -> int:
    """As many decimals as tell neighbouring ticks apart and write each exactly."""
    for decimals in range(9):
        if all(abs(round(tick, decimals) - tick) < 1e-9 * max(1.0, abs(tick)) for tick in ticks):
            return decimals
    return 8


def spread(places: list[float], *, apart: float, low: float, high: float) -> list[float]:
    """Moves label places as little as needed so that none overlaps, inside [low, high] where they fit."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = [places[index] for index in order]
    for index in range(1, len(moved)):
        moved[index] = max(moved[index], moved[index - 1] + apart)
    if moved and moved[-1] > high:
        moved[-1] = high
        for index in range(len(moved) - 2, -1, -1):
            moved[index] = min(moved[index], moved[index + 1] - apart)
    if moved and moved[0] < low:
        shift = low - moved[0]
        moved = [place + shift for place in moved]
    result = [0.0] * len(places)
    for index, place in zip(order, moved, strict=True):
        result[index] = place
    return result


def _time_ticks(low: float, high: float, tz: tzinfo | None, wanted: int) -> list[tuple[float, str]]:
    """Midnights where the span is days, even clock times where it is shorter; no label twice."""
    first, last = (datetime.fromtimestamp(at, tz=tz) for at in (low, high))
    days = (last.date() - first.date()).days
    if days < 2:
        places = [low + (high - low) * index / (wanted - 1) for index in range(wanted)]
        ticks = [(at, formats.date_format(datetime.fromtimestamp(at, tz=tz), "H:i")) for at in places]
        # Entries of one minute, as while a class begins: a clock time stands there once.
        return [tick for index, tick in enumerate(ticks) if not index or tick[1] != ticks[index - 1][1]]
    # Translators: a day without its year, in Django's date format letters
    shape = _("j M")
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    step = max(1, math.ceil(days / wanted))
    moments = [midnight + timedelta(days=step * index) for index in range(1, days // step + 1)]
    return [(moment.timestamp(), formats.date_format(moment, shape)) for moment in moments]


@dataclass(frozen=True)
class Frame:
    """The room of a line chart: its size, margins, and how much of a name fits beside it."""

    kind: str
    width: float
    height: float
    left: float
    right: float
    name_length: int
    with_values: bool
    time_ticks: int
    top: float = 12.0
    bottom: float = 28.0


WIDE = Frame("line-chart line-chart-wide", 720, 300, 56, 172, 15, True, 6)
PHONE = Frame("line-chart line-chart-phone", 360, 260, 44, 96, 9, False, 3)
Lines = list[tuple[str, list[tuple[float, float]]]]


def line_chart(
    series: Iterable[Any] | None,
    *,
    greater_is_better: bool | None = None,
    decimals: int = 4,
    tz: tzinfo | None = None,
    title: str = "",
) -> str:
    """The best score so far of several teams, named at the ends of their lines; drawn for a desk and for a phone.

    `series`: up to eight (name, points) pairs or {"name", "points"} dicts; the first is drawn strongest.
    """
    lines: Lines = []
    timed = False
    for item in list(series or ())[:8]:
        name, points = (item["name"], item["points"]) if isinstance(item, dict) else (item[0], item[1])
        points = list(points or ())
        timed = timed or any(isinstance(point[0], datetime) for point in points)
        pairs = clean(points)
        if pairs and greater_is_better is not None:
            pairs = best_so_far(pairs, greater_is_better=greater_is_better)
        if pairs:
            lines.append((str(name), pairs))
    if not lines:
        return ""
    best = _("Best score so far")
    words = ", ".join(f"{name} {number(pairs[-1][1], decimals)}" for name, pairs in lines)
    words = f"{title or best}: {words}"
    return "".join(
        _svg(frame.kind, frame.width, frame.height, words, _draw_lines(lines, frame, decimals, tz, timed=timed))
        for frame in (WIDE, PHONE)
    )


def _draw_lines(lines: Lines, frame: Frame, decimals: int, tz: tzinfo | None, *, timed: bool) -> str:
    xs = [x for _name, pairs in lines for x, _y in pairs]
    ys = [y for _name, pairs in lines for _x, y in pairs]
    low, high = without_outliers(ys)
    # A leader far ahead of the others is no entry that went wrong.
    leader = lines[0][1][-1][1]
    low, high = min(low, leader), max(high, leader)
    margin = (high - low) * 0.06 or abs(high) * 0.05 or 1.0
    low, high = low - margin, high + margin
    edge, floor = frame.width - frame.right, frame.height - frame.bottom
    x = Scale(min(xs), max(xs), frame.left, edge)
    y = Scale(low, high, floor, frame.top, beyond=True)
    if timed and max(xs) > min(xs):
        moments = [(x(at), label) for at, label in _time_ticks(min(xs), max(xs), tz, frame.time_ticks)]
    else:
        moments = []
    body = _axes(nice_ticks(low, high), y, moments, frame)
    # Whoever lies beyond the axis is named at its edge.
    ends = [min(max(y(pairs[-1][1]), frame.top), floor) for _name, pairs in lines]
    places = spread(ends, apart=16, low=frame.top, high=floor)
    until = max(xs)
    # A picture within the picture cuts off what lies beyond the axis, before it crosses the labels beneath.
    box = f"0 0 {frame.width:g} {floor + 3:g}"
    window = f'<svg x="0" y="0" width="{frame.width:g}" height="{floor + 3:g}" viewBox="{box}">'
    for index in range(len(lines) - 1, -1, -1):  # the first is drawn last, over the others
        name, pairs = lines[index]
        value = f' <tspan class="value">{number(pairs[-1][1], decimals)}</tspan>' if frame.with_values else ""
        body += (
            f'<g class="line line-{index + 1}">{window}<path class="curve" d="{_steps(pairs, x, y, until)}"/></svg>'
            f'<circle class="end" cx="{x(until):g}" cy="{ends[index]:g}" r="2.5"/>'
            f'<path class="leader" d="M{x(until) + 5:g} {ends[index]:g}L{edge + 12:g} {places[index]:g}"/>'
            f'<text class="name" x="{edge + 16:g}" y="{places[index] + 4:g}">'
            f"{escape(_cut(name, frame.name_length))}{value}</text></g>"
        )
    return body


def _axes(ticks: list[float], y: Scale, moments: list[tuple[float, str]], frame: Frame) -> str:
    edge, floor = frame.width - frame.right, frame.height - frame.bottom
    decimals = _tick_decimals(ticks)
    body = ""
    for tick in ticks:
        body += f'<path class="grid" d="M{frame.left:g} {y(tick):g}H{edge:g}"/>'
        body += f'<text class="tick" x="{frame.left - 8:g}" y="{y(tick) + 4:g}" text-anchor="end">'
        body += f"{number(tick, decimals)}</text>"
    for at, label in moments:
        body += f'<path class="axis" d="M{at:g} {floor:g}v4"/>'
        body += (
            f'<text class="tick" x="{at:g}" y="{frame.height - 8:g}" text-anchor="middle">{escape(label)}</text>'
        )
    return f'{body}<path class="axis" d="M{frame.left:g} {floor:g}H{edge:g}"/>'


def _cut(text: str, length: int) -> str:
    """Korean letters are about twice as wide as Latin ones."""
    room = 0.0
    for index, letter in enumerate(text):
        room += 1.7 if ord(letter) > 0x1100 else 1
        if room > length:
            return text[: max(1, index - 1)] + "…"
    return text
