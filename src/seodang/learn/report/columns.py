"""What each column looked like, and which were left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from seodang.i18n import N_, gettext
from seodang.learn.data.schema import Kind
from seodang.learn.report import _charts as charts
from seodang.learn.report._html import Html, join, paragraph, say, table, tag
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import KINDS, between, cut, number, percent
from seodang.learn.report.worst import shown

BINS, MOST_COLUMNS, MOST_WORDS = 20, 80, 3


@section("columns", N_("The columns"), order=110)
def render(reading: Reading) -> Html | None:
    parts = [_target(reading)]
    columns = list(reading.ladder.schema.columns)
    if columns:
        if len(columns) > MOST_COLUMNS:
            parts.append(
                paragraph(
                    N_("The first %(n)s of %(all)s columns."), class_="note", n=MOST_COLUMNS, all=len(columns)
                )
            )
        parts.append(_table(reading, columns[:MOST_COLUMNS]))
    dropped = dict(reading.ladder.schema.dropped)
    if dropped:
        items = [tag("li", str(said)) for said in list(dropped.values())[:MOST_COLUMNS]]
        parts += [tag("h3", say(N_("Left out"))), tag("ul", *items)]
        if len(dropped) > MOST_COLUMNS:
            parts.append(paragraph(N_("And %(n)s more."), class_="note", n=len(dropped) - MOST_COLUMNS))
    return join(parts)


def _target(reading: Reading) -> Html:
    y = reading.y
    if not reading.task.has_classes:
        told = gettext(
            "“%(target)s”, which is predicted, runs from %(low)s to %(high)s; its middle is %(middle)s."
        ) % {
            "target": reading.target,
            "low": number(float(y.min())),
            "high": number(float(y.max())),
            "middle": number(float(np.median(y))),
        }
        heights = np.histogram(y.astype(np.float64), bins=40)[0].astype(float).tolist()
        return tag(
            "p", told, " ", charts.bars(heights, title=gettext("histogram"), width=240, height=44), class_="target"
        )
    sizes = np.bincount(y.astype(np.int64), minlength=len(reading.labels))
    order = np.argsort(-sizes, kind="stable")[:8]
    named = [f"“{cut(reading.labels[c], 30)}” {percent(sizes[c] / len(y), 1)}" for c in order]
    more = "" if len(reading.labels) <= 8 else " …"
    return paragraph(
        N_("“%(target)s”, which is predicted, is %(classes)s."),
        target=reading.target,
        classes=", ".join(named) + more,
    )


def _table(reading: Reading, columns: list[Any]) -> Html:
    head = [
        say(N_("Column")),
        say(N_("Kind")),
        tag("th", say(N_("Missing")), scope="col", class_="num"),
        tag("th", say(N_("Different values")), scope="col", class_="num"),
        say(N_("Values")),
        say(N_("Range, or most frequent")),
    ]
    rows = []
    for column in columns:
        values = reading.frame[column.name]
        missing = float(values.isna().mean())
        picture, told = _looks(column, values)
        rows.append(
            tag(
                "tr",
                tag("th", cut(column.name, 40), scope="row"),
                tag("td", say(KINDS[str(column.kind)])),
                tag("td", percent(missing, 1) if missing else "–", class_="num"),
                tag("td", f"{column.n_unique:,}" if column.n_unique else f"{values.nunique():,}", class_="num"),
                tag("td", picture),
                tag("td", told, class_="values"),
            )
        )
    return table(gettext("The columns that models learn from"), head, rows, class_="columns")


def _looks(column: Any, values: Any) -> tuple[Any, Any]:
    """A small histogram, and the ends or the most frequent values in words."""
    if column.kind in (Kind.NUMBER, Kind.TIME):
        there = values.to_numpy(dtype=np.float64)
        there = there[np.isfinite(there)]
        if not len(there):
            return "", ""
        low, high = float(there.min()), float(there.max())
        # One value far out would leave a single bar: the picture ends at the outermost thousandths.
        inner = np.clip(there, *np.quantile(there, [0.001, 0.999]))
        heights = np.histogram(inner, bins=BINS)[0].astype(float).tolist()
        return charts.bars(heights, title=gettext("histogram")), between(shown(column, low), shown(column, high))
    if column.kind == Kind.TEXT:
        lengths = values.dropna().str.len().to_numpy(dtype=np.float64)
        if not len(lengths):
            return "", ""
        heights = np.histogram(lengths, bins=BINS)[0].astype(float).tolist()
        said = gettext("middle length: %(n)s letters") % {"n": f"{np.median(lengths):,.0f}"}
        return charts.bars(heights, title=gettext("histogram of lengths")), said
    counts = values.value_counts()
    heights = counts.to_numpy(dtype=np.float64)[:BINS].tolist()
    n = int(counts.sum())
    named = [
        f"{cut(shown(column, value), 30)} {percent(counts.iloc[i] / n)}"
        for i, value in enumerate(counts.index[:MOST_WORDS])
    ]
    return charts.bars(heights, title=gettext("counts, the most frequent first")), ", ".join(named)
