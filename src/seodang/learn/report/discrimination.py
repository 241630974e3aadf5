"""ROC and precision–recall curves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_, gettext
from seodang.learn.report import _charts as charts
from seodang.learn.report._html import Html, join, paragraph, say, tag
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import cut, fixed

MOST_CLASSES, MOST_POINTS = 6, 200
Floats = NDArray[np.float64]


@section("discrimination", N_("How well the classes are told apart"), order=50)
def render(reading: Reading) -> Html | None:
    if not reading.task.has_classes or not reading.shown:
        return None
    lines = _lines(reading)
    if not lines:
        return None
    binary = len(reading.labels) == 2
    parts = [paragraph(_INTRODUCTION)]
    if binary:
        parts.append(paragraph(N_("The class that is looked for is “%(label)s”."), label=reading.labels[1]))
    else:
        rung = reading.title(reading.shown[0])
        parts.append(paragraph(N_("Of %(rung)s, each class against all others."), rung=rung))
    roc, precision = _figure_roc(lines), _figure_precision(lines)
    return join([*parts, tag("div", roc, precision, class_="pair")])


_INTRODUCTION = N_(
    "A probability becomes a decision by a threshold. Moving it from strict to lenient traces both curves: the "
    "ROC curve shows how many of the class are found for how many false alarms (the diagonal is chance), the "
    "precision–recall curve how many of those named are right (the best is the upper right corner)."
)


def _lines(reading: Reading) -> list[tuple[str, NDArray[np.bool_], Floats]]:
    """Name, truth and probability of each curve: one for each shown rung, or one for each class of the best."""
    if len(reading.labels) == 2:
        found = []
        for rung in reading.shown:
            rows, p = reading.oof(rung)
            found.append((reading.title(rung), reading.y[rows] == 1, p[:, 1]))
    else:
        rows, p = reading.oof(reading.shown[0])
        y = reading.y[rows]
        sizes = np.bincount(y.astype(np.int64), minlength=len(reading.labels))
        kept = sorted(int(c) for c in np.argsort(-sizes, kind="stable")[:MOST_CLASSES])
        found = [(cut(reading.labels[c], 24), y == c, p[:, c]) for c in kept]
    return [line for line in found if 0 < line[1].sum() < len(line[1])]


def curve(positive: NDArray[np.bool_], p: Floats) -> tuple[Floats, Floats, Floats]:
    """False-alarm rate, share found (recall) and precision at every threshold, strictest first."""
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(positive[order])
    last = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)
    hits, named = hits[last].astype(np.float64), last + 1.0
    n_positive = float(positive.sum())
    return (named - hits) / (len(p) - n_positive), hits / n_positive, hits / named


def _thin(*columns: Floats) -> list[list[float]]:
    n = len(columns[0])
    kept = np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(int))
    return [[round(float(value), 4) for value in column[kept]] for column in columns]


def _area(positive: NDArray[np.bool_], p: Floats) -> float:
    alarms, found, _ = curve(positive, p)
    return float(np.trapezoid(np.append(0.0, found), np.append(0.0, alarms)))


def _average_precision(positive: NDArray[np.bool_], p: Floats) -> float:
    _, found, precision = curve(positive, p)
    return float(np.sum(np.diff(np.append(0.0, found)) * precision))


def _figure_roc(lines: list[tuple[str, NDArray[np.bool_], Floats]]) -> Html:
    rows: list[dict[str, Any]] = []
    names = []
    for name, positive, p in lines:
        label = f"{name} {fixed(_area(positive, p), 3)}"
        names.append(label)
        alarms, found, _ = curve(positive, p)
        xs, ys = _thin(np.append(0.0, alarms), np.append(0.0, found))
        rows += [{"x": x, "y": y, "line": label, "place": i} for i, (x, y) in enumerate(zip(xs, ys, strict=True))]
    chart = _chart(rows, names, gettext("false alarms"), gettext("found"), diagonal=True)
    said = gettext("Area under each curve: %(areas)s.") % {"areas": ", ".join(names)}
    return charts.figure(
        chart, title=gettext("ROC curve"), said=said, caption=say(N_("ROC; the numbers are areas under the curve"))
    )


def _figure_precision(lines: list[tuple[str, NDArray[np.bool_], Floats]]) -> Html:
    rows: list[dict[str, Any]] = []
    names = []
    for name, positive, p in lines:
        label = f"{name} {fixed(_average_precision(positive, p), 3)}"
        names.append(label)
        _, found, precision = curve(positive, p)
        xs, ys = _thin(found, precision)
        rows += [{"x": x, "y": y, "line": label, "place": i} for i, (x, y) in enumerate(zip(xs, ys, strict=True))]
    chart = _chart(rows, names, gettext("found (recall)"), gettext("right when named (precision)"), diagonal=False)
    said = gettext("Average precision: %(areas)s.") % {"areas": ", ".join(names)}
    return charts.figure(
        chart,
        title=gettext("Precision–recall curve"),
        said=said,
        caption=say(N_("Precision and recall; the numbers are average precisions")),
    )


def _chart(rows: list[dict[str, Any]], names: list[str], x_title: str, y_title: str, *, diagonal: bool) -> Any:
    import altair as alt

    unit = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(tickCount=5, format=".1f")
    lines = (
        alt.Chart(charts.values(rows))
        .mark_line(strokeWidth=2, clip=True)
        .encode(
            x=alt.X("x:Q", title=x_title, scale=unit, axis=axis),
            y=alt.Y("y:Q", title=y_title, scale=unit, axis=axis),
            order="place:Q",
            color=alt.Color(
                "line:N",
                title=None,
                sort=names,
                scale=alt.Scale(domain=names, range=list(charts.SERIES[: len(names)])),
                legend=alt.Legend(columns=1 if len(names) <= 3 else 2),
            ),
            strokeDash=alt.StrokeDash(
                "line:N",
                title=None,
                sort=names,
                scale=alt.Scale(domain=names, range=[list(d) for d in charts.DASHES[: len(names)]]),
            ),
        )
    )
    chart: Any = lines
    if diagonal:
        chance = alt.Chart(charts.values([{"x": 0, "y": 0, "place": 0}, {"x": 1, "y": 1, "place": 1}]))
        chart = (
            chance.mark_line(color=charts.EDGE, strokeDash=[2, 3], strokeWidth=1).encode(
                x="x:Q", y="y:Q", order="place:Q"
            )
            + lines
        )
    return chart.properties(width=290, height=290)
