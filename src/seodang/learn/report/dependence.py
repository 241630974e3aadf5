"""Partial dependence: how the prediction moves with one column while all others stay."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_, gettext
from seodang.learn.data.schema import Kind
from seodang.learn.report import _charts as charts
from seodang.learn.report._asking import interesting, rows_for, whole_model
from seodang.learn.report._html import Html, join, paragraph, say, tag
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import cut, number

SHOWN, GRID, MOST_WORDS, MOST_CLASSES, MOST_ROWS = 6, 16, 8, 3, 300
NUMBERS = (Kind.NUMBER, Kind.TIME)


@section("dependence", N_("How the prediction moves with a column"), order=90, costly=True)
def render(reading: Reading) -> Html | None:
    if reading.are_images:
        return None
    columns = [column for column in interesting(reading) if column.kind != Kind.TEXT][:SHOWN]
    grids = {column.name: _grid(reading, column) for column in columns}
    columns = [column for column in columns if len(grids[column.name]) > 1]
    if not columns:
        return None
    n_calls = sum(len(grids[column.name]) for column in columns)
    rows = rows_for(reading, whole_model(reading), n_calls, 0.8, MOST_ROWS)
    if rows is None:
        return paragraph(N_("There was no time left to ask the model about changed rows."), class_="note")
    figures = []
    for column in columns:
        if reading.seconds_left() <= 0:
            break
        figures.append(_figure(reading, column, grids[column.name], rows))
    if not figures:
        return paragraph(N_("There was no time left to ask the model about changed rows."), class_="note")
    return join([paragraph(_INTRODUCTION, what=_what(reading), n=len(rows)), tag("div", *figures, class_="pair")])


_INTRODUCTION = N_(
    "Every one of %(n)s rows is given the same value in one column, then another, and the best rung is asked each "
    "time. The line is the mean of %(what)s; the shade holds the middle half of the rows, so a wide shade means "
    "that the column acts differently from row to row. Values that do not occur together in the table may make "
    "odd rows, and odd rows odd answers."
)


def _what(reading: Reading) -> str:
    if not reading.task.has_classes:
        return gettext("the predicted “%(target)s”") % {"target": reading.target}
    if len(reading.labels) == 2:
        return gettext("the probability of “%(label)s”") % {"label": reading.labels[1]}
    return gettext("the probability of each class")


def _grid(reading: Reading, column: Any) -> list[Any]:
    """Values to try: quantiles of a number without its outermost hundredths, the most frequent words."""
    values = reading.frame[column.name]
    if column.kind in NUMBERS:
        there = values.to_numpy(dtype=np.float64)
        there = there[np.isfinite(there)]
        if not len(there):
            return []
        distinct = np.unique(there)
        if len(distinct) <= GRID:
            return [float(value) for value in distinct]
        return [float(value) for value in np.unique(np.quantile(there, np.linspace(0.01, 0.99, GRID)))]
    if column.kind == Kind.BOOLEAN:
        return [0.0, 1.0]
    return list(values.value_counts().index[:MOST_WORDS])


def _followed(reading: Reading) -> list[int]:
    """The classes whose probability is drawn."""
    if len(reading.labels) == 2:
        return [1]
    sizes = np.bincount(reading.y.astype(np.int64), minlength=len(reading.labels))
    return sorted(int(c) for c in np.argsort(-sizes, kind="stable")[:MOST_CLASSES])


def _answers(reading: Reading, column: Any, grid: list[Any], rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    frame = reading.frame.iloc[rows].reset_index(drop=True)
    ask = whole_model(reading)
    found = []
    for value in grid:
        changed = frame.copy()
        changed[column.name] = value
        p = ask(changed, rows)
        sides = [(c, p[:, c]) for c in _followed(reading)] if reading.task.has_classes else [(-1, p)]
        for c, side in sides:
            low, high = np.quantile(side, [0.25, 0.75])
            name = cut(reading.labels[c], 24) if c >= 0 else reading.target
            found.append(
                {"value": value, "mean": float(side.mean()), "low": float(low), "high": float(high), "line": name}
            )
    return found


def _figure(reading: Reading, column: Any, grid: list[Any], rows: NDArray[np.int64]) -> Html:
    found = _answers(reading, column, grid, rows)
    chart = _line(found, column) if column.kind in NUMBERS else _dots(found, column)
    means = [row["mean"] for row in found]
    said = gettext("The mean moves between %(low)s and %(high)s.") % {
        "low": number(min(means), 3),
        "high": number(max(means), 3),
    }
    name = cut(column.name, 40)
    return charts.figure(
        chart, title=name, said=said, caption=say(N_("%(title)s. %(said)s"), title=tag("strong", name), said=said)
    )


def _encodings(found: list[dict[str, Any]]) -> tuple[Any, dict[str, Any]]:
    import altair as alt

    names = list(dict.fromkeys(row["line"] for row in found))
    several = len(names) > 1
    legend = alt.Legend(columns=3) if several else None
    scale = alt.Scale(domain=names, range=list(charts.SERIES[: len(names)]))
    y = alt.Y("mean:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    return y, {"color": alt.Color("line:N", title=None, scale=scale, legend=legend)}


def _line(found: list[dict[str, Any]], column: Any) -> Any:
    import altair as alt

    if column.kind == Kind.TIME:
        found = [{**row, "value": row["value"] * 1000} for row in found]
        x = alt.X("value:T", title=None, axis=alt.Axis(grid=False, tickCount=5))
    else:
        x = alt.X(
            "value:Q",
            title=None,
            scale=alt.Scale(zero=False, nice=False),
            axis=alt.Axis(grid=False, tickCount=5),
        )
    y, more = _encodings(found)
    base = alt.Chart(charts.values(found))
    shade = base.mark_area(opacity=0.16).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", **more)
    return (shade + base.mark_line(strokeWidth=2).encode(x=x, y=y, **more)).properties(width=290, height=170)


def _dots(found: list[dict[str, Any]], column: Any) -> Any:
    import altair as alt

    words = {0.0: gettext("no"), 1.0: gettext("yes")} if column.kind == Kind.BOOLEAN else {}
    if column.kind == Kind.BOOLEAN and len(column.words) == 2:
        words = {0.0: column.words[0], 1.0: column.words[1]}
    found = [{**row, "value": cut(words.get(row["value"], row["value"]), 18)} for row in found]
    order = list(dict.fromkeys(row["value"] for row in found))
    y, more = _encodings(found)
    x = alt.X(
        "value:N",
        title=None,
        sort=order,
        axis=alt.Axis(labelAngle=-35 if len(order) > 3 else 0, ticks=False, labelLimit=110),
    )
    base = alt.Chart(charts.values(found))
    bars = base.mark_rule(strokeWidth=5, opacity=0.25).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", **more)
    return (bars + base.mark_point(filled=True, size=60, opacity=1).encode(x=x, y=y, **more)).properties(
        width=290, height=150
    )
