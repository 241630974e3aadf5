"""A regression's errors: predicted against true, and what is left over."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_, gettext
from seodang.learn.report import _charts as charts
from seodang.learn.report._html import Html, join, paragraph, say, tag
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import number, percent
from seodang.learn.rungs import Rung
from seodang.learn.task import Task

MOST_DOTS, GROUPS = 600, 12
Floats = NDArray[np.float64]


@section("residuals", N_("How far off it is"), order=70)
def render(reading: Reading) -> Html | None:
    if reading.task is not Task.REGRESSION or not reading.shown:
        return None
    parts = [paragraph(_INTRODUCTION)]
    for place, rung in enumerate(reading.shown[:2]):
        body = _body(reading, rung)
        if place == 0:
            parts += [tag("h3", reading.title(rung)), body]
        else:
            parts.append(tag("details", tag("summary", reading.title(rung)), body))
    return join(parts)


_INTRODUCTION = N_(
    "A residual is the truth minus the prediction. A good model leaves residuals without a pattern: as many above "
    "as below at every height. A bend means that a shape was missed; a funnel means that large values are harder."
)


def _body(reading: Reading, rung: Rung) -> Html:
    rows, p = reading.oof(rung)
    y = reading.y[rows].astype(np.float64)
    kept = reading.sample(len(rows), MOST_DOTS, 71)
    off = np.abs(y - p)
    said = gettext("Half of the predictions are off by less than %(half)s, nine in ten by less than %(most)s.") % {
        "half": number(float(np.median(off)), 3),
        "most": number(float(np.quantile(off, 0.9)), 3),
    }
    told = paragraph(N_("%(said)s"), said=said)
    if len(kept) < len(rows):
        share = percent(len(kept) / len(rows), 1)
        told = join(
            [
                told,
                paragraph(
                    N_("The pictures show %(share)s of the rows, drawn at random."), class_="note", share=share
                ),
            ]
        )
    left = charts.figure(
        _against(y[kept], p[kept], reading.target),
        title=gettext("Predicted against true"),
        said=said,
        caption=say(N_("On the diagonal the prediction is right.")),
    )
    right = charts.figure(
        _left_over(y[kept], p[kept], y, p),
        title=gettext("Residuals against predictions"),
        said=said,
        caption=say(N_("Residuals; the line follows their middle, the shade holds half of them.")),
    )
    return join([told, tag("div", left, right, class_="pair")])


def _dots(x: Floats, y: Floats) -> list[dict[str, Any]]:
    return [{"x": float(f"{a:.5g}"), "y": float(f"{b:.5g}")} for a, b in zip(x, y, strict=True)]


def _against(y: Floats, p: Floats, target: str) -> Any:
    import altair as alt

    low, high = float(min(y.min(), p.min())), float(max(y.max(), p.max()))
    scale = alt.Scale(domain=[low, high], nice=True, zero=False)
    axis = alt.Axis(tickCount=5, format="~s")
    dots = (
        alt.Chart(charts.values(_dots(p, y)))
        .mark_circle(size=14, color=charts.ACCENT, opacity=0.45)
        .encode(
            x=alt.X("x:Q", title=gettext("predicted"), scale=scale, axis=axis),
            y=alt.Y("y:Q", title=gettext("true"), scale=scale, axis=axis),
        )
    )
    right = alt.Chart(charts.values([{"x": low, "y": low}, {"x": high, "y": high}]))
    return (
        right.mark_line(color=charts.EDGE, strokeDash=[2, 3], strokeWidth=1).encode(x="x:Q", y="y:Q") + dots
    ).properties(width=290, height=290)


def _left_over(y: Floats, p: Floats, all_y: Floats, all_p: Floats) -> Any:
    import altair as alt

    axis = alt.Axis(tickCount=5, format="~s")
    x = alt.X("x:Q", title=gettext("predicted"), scale=alt.Scale(zero=False), axis=axis)
    dots = (
        alt.Chart(charts.values(_dots(p, y - p)))
        .mark_circle(size=14, color=charts.ACCENT, opacity=0.35)
        .encode(x=x, y=alt.Y("y:Q", title=gettext("true minus predicted"), axis=axis))
    )
    groups = []
    for rows in np.array_split(np.argsort(all_p, kind="stable"), GROUPS):
        if len(rows):
            low, middle, high = np.quantile(all_y[rows] - all_p[rows], [0.25, 0.5, 0.75])
            groups.append(
                {"x": float(all_p[rows].mean()), "low": float(low), "middle": float(middle), "high": float(high)}
            )
    trend = alt.Chart(charts.values(groups))
    zero = alt.Chart(charts.values([{"y": 0}])).mark_rule(color=charts.EDGE, strokeDash=[2, 3]).encode(y="y:Q")
    layers = [
        trend.mark_area(color=charts.INK, opacity=0.12).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"),
        dots,
        zero,
        trend.mark_line(color=charts.INK, strokeWidth=1.6).encode(x=x, y=alt.Y("middle:Q")),
    ]
    return alt.layer(*layers).properties(width=290, height=290)
