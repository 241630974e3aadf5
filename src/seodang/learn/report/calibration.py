"""Does a probability mean what it says? Predicted against observed shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_, gettext
from seodang.learn.report import _charts as charts
from seodang.learn.report._html import Html, join, paragraph, say, tag
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import fixed, percent

BINS = 10
Z = 1.959964


@section("calibration", N_("Do the probabilities mean what they say?"), order=60)
def render(reading: Reading) -> Html | None:
    if not reading.task.has_classes or not reading.shown:
        return None
    figures = []
    for rung in reading.shown[:2]:
        rows, p = reading.oof(rung)
        y = reading.y[rows]
        if len(reading.labels) == 2:
            probability, happened = p[:, 1], y == 1
        else:
            probability, happened = p.max(axis=1), p.argmax(axis=1) == y
        figures.append(_figure(reading.title(rung), probability, happened))
    what = (
        gettext("the probability of “%(label)s”") % {"label": reading.labels[1]}
        if len(reading.labels) == 2
        else gettext("the probability of the class it names")
    )
    return join([paragraph(_INTRODUCTION, what=what), tag("div", *figures, class_="pair")])


_INTRODUCTION = N_(
    "Of the rows that were given 70 %%, about 70 in a hundred should be so. Rows are put into groups of equal "
    "size by %(what)s; each dot is a group, with the 95 %% interval of its share. On the diagonal, probabilities "
    "can be taken at their word; above it the model is too cautious, below it too sure."
)


def bins_of(probability: NDArray[np.float64], happened: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Groups of nearly equal size, with Wilson's interval (E. B. Wilson, JASA 22 (1927) 209-212)."""
    order = np.argsort(probability, kind="stable")
    found = []
    for rows in np.array_split(order, min(BINS, max(1, len(order) // 20))):
        n, share = len(rows), float(happened[rows].mean())
        middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
        reach = Z / (1 + Z**2 / n) * float(np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)))
        said = float(probability[rows].mean())
        found.append({"said": said, "was": share, "low": middle - reach, "high": middle + reach, "n": n})
    return found


def _figure(title: str, probability: NDArray[np.float64], happened: NDArray[np.bool_]) -> Html:
    import altair as alt

    groups = bins_of(probability, happened)
    gap = sum(abs(group["said"] - group["was"]) * group["n"] for group in groups) / len(probability)
    unit = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(tickCount=5, format=".1f")
    base = alt.Chart(charts.values([dict(group) for group in groups]))
    x = alt.X("said:Q", title=gettext("predicted"), scale=unit, axis=axis)
    y = alt.Y("was:Q", title=gettext("observed"), scale=unit, axis=axis)
    chance = alt.Chart(charts.values([{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
    chart: Any = alt.layer(
        chance.mark_line(color=charts.EDGE, strokeDash=[2, 3], strokeWidth=1).encode(x="x:Q", y="y:Q"),
        base.mark_rule(color=charts.ACCENT, strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_line(color=charts.ACCENT, strokeWidth=1, opacity=0.5).encode(x=x, y=y),
        base.mark_point(filled=True, color=charts.ACCENT, size=55, opacity=1).encode(x=x, y=y),
    ).properties(width=290, height=290)
    said = gettext("Predicted and observed differ by %(gap)s on average.") % {"gap": percent(gap, 1)}
    told = "; ".join(f"{fixed(group['said'], 2)} → {fixed(group['was'], 2)}" for group in groups)
    caption = say(N_("%(title)s. %(said)s"), title=tag("strong", title), said=said)
    return charts.figure(chart, title=title, said=f"{said} {told}", caption=caption)
