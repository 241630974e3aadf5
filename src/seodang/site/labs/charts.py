"""Pictures of a class's points as SVG strings, in the manner of `web.charts`: plain values in, markup out.

Every chart has role="img" and a <title> that says in words what the picture says; the page puts numbers beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seodang.site.web.charts import number

WIDTH, HEIGHT = 720.0, 14.0
GAP = 2.0


def short(value: float, most: int = 2) -> str:
    """2, 2.5, 0.33: a number of points without needless zeros."""
    text = number(float(value), most)
    return text.rstrip("0").rstrip(".") if "." in text else text


def class_bar(parts: Sequence[tuple[str, str, int]]) -> str:
    """(key, label, count) of a class as one bar; `.part-KEY` is the look, the order is the legend's."""
    total = sum(count for _key, _label, count in parts)
    if not total:
        return ""
    shown = [(key, label, count) for key, label, count in parts if count]
    room = WIDTH - GAP * (len(shown) - 1)
    x, body = 0.0, ""
    for key, _label, count in shown:
        width = room * count / total
        body += (
            f'<rect class="part part-{escape(key)}" x="{x + 0.5:.1f}" y="0.5" width="{max(width - 1, 0.5):.1f}" '
        )
        body += f'height="{HEIGHT - 1:g}"/>'
        x += width + GAP
    title = ", ".join(f"{label} {count}" for _key, label, count in parts)
    return (
        f'<svg class="chart class-bar" role="img" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" '
        f'height="{HEIGHT:g}" preserveAspectRatio="none"><title>{escape(title)}</title>{body}</svg>'
    )


def points_histogram(
    bins: Sequence[tuple[float, float, int]],
    *,
    max_points: float,
    mean: float | None = None,
    width: int = 260,
    height: int = 92,
) -> str:
    """How many got how many points: (low, high, count) bins from 0 to the full points, with the mean marked."""
    counts = [max(0, int(count)) for _low, _high, count in bins]
    if not counts or not sum(counts):
        return ""
    floor, top, left = height - 26.0, 16.0, 6.0
    step = (width - 2 * left) / len(counts)
    most = max(counts)
    body = ""
    for index, count in enumerate(counts):
        if not count:
            continue
        tall = (floor - top) * count / most
        x = left + index * step
        body += f'<rect class="bar" x="{x + 0.5:.1f}" y="{floor - tall:.1f}" width="{max(step - 1.5, 1):.1f}" '
        body += f'height="{tall:.1f}"/>'
        if step >= 14:
            body += f'<text class="count" x="{x + step / 2:.1f}" y="{floor - tall - 3:.1f}" text-anchor="middle">'
            body += f"{count}</text>"
    body += f'<path class="axis" d="M0 {floor + 0.5:g}H{width}"/>'
    body += f'<text class="tick" x="{left:g}" y="{height - 4}">0</text>'
    body += f'<text class="tick" x="{width - left:g}" y="{height - 4}" text-anchor="end">{short(max_points)}</text>'
    if mean is not None and max_points > 0:
        at = left + (width - 2 * left) * min(max(mean / max_points, 0), 1)
        body += f'<path class="mean" d="M{at:.1f} {floor + 2:g}l-4 7h8z"/>'
    return (
        f'<svg class="chart points-histogram" role="img" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}"><title>{escape(_in_words(bins, max_points, mean))}</title>{body}</svg>'
    )


def _in_words(bins: Sequence[tuple[float, float, int]], max_points: float, mean: float | None) -> str:
    n = sum(int(count) for _low, _high, count in bins)
    words = ngettext(
        "Points of %(n)d student, from 0 to %(most)s", "Points of %(n)d students, from 0 to %(most)s", n
    )
    text = words % {"n": n, "most": short(max_points)}
    return text if mean is None else text + "; " + _("mean %(mean)s") % {"mean": short(mean)}
