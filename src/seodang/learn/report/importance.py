"""Permutation importance: how much worse the best rung becomes when a column is shuffled."""

from __future__ import annotations

from typing import Any

import numpy as np

from seodang.i18n import N_, gettext
from seodang.learn._resample import Judge
from seodang.learn.report import _charts as charts
from seodang.learn.report._asking import MOST_ROWS, Ask, held_out, rows_for
from seodang.learn.report._html import Html, join, paragraph, say
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import cut, number

REPEATS, SHOWN, MOST_COLUMNS = 5, 15, 200


@section("importance", N_("What it looks at"), order=80, costly=True)
def render(reading: Reading) -> Html | None:
    columns = [column.name for column in reading.ladder.schema.columns][:MOST_COLUMNS]
    if reading.are_images or not columns:
        return None
    ask = held_out(reading)
    for repeats in (REPEATS, 2):
        rows = rows_for(reading, ask, repeats * len(columns), 0.55, MOST_ROWS)
        if rows is not None:
            break
    else:
        return paragraph(
            N_("There was no time left to shuffle each column and ask the model again."), class_="note"
        )
    losses, base = _losses(reading, ask, columns, rows, repeats)
    if not losses:
        return None
    means = {name: float(np.mean(values)) for name, values in losses.items()}
    reading.kept["importance"] = means
    order = sorted(means, key=lambda name: -means[name])
    return join(
        [
            paragraph(_INTRODUCTION, metric=reading.metric_title),
            _figure(reading, losses, order),
            _note(reading, len(rows), repeats, base),
        ]
    )


_INTRODUCTION = N_(
    "One column at a time is shuffled among the rows, which breaks what it says about the target and leaves "
    "everything else. The longer the bar, the worse %(metric)s became: so much does the best rung rely on that "
    "column. Columns that say the same share their importance, and a column the model relies on need not be a "
    "cause."
)


def _losses(
    reading: Reading, ask: Ask, columns: list[str], rows: Any, repeats: int
) -> tuple[dict[str, list[float]], float]:
    """How much worse each shuffle made the score, by column, in the metric's unit."""
    judge = Judge.of(reading.metric, reading.y[rows], reading.labels)
    frame = reading.frame.iloc[rows].reset_index(drop=True)
    base = judge.score(ask(frame, rows))
    if not np.isfinite(base):
        return {}, base
    found: dict[str, list[float]] = {name: [] for name in columns}
    generator = np.random.default_rng((reading.seed, 82))
    # Repeat by repeat, so that a late end leaves every column with as many.
    for _ in range(repeats):
        for name in columns:
            shuffled = frame.copy()
            shuffled[name] = frame[name].to_numpy()[generator.permutation(len(frame))]
            found[name].append(judge.sign * (base - judge.score(ask(shuffled, rows))))
            if reading.seconds_left() <= 0:
                return {name: values for name, values in found.items() if values}, base
    return found, base


def _figure(reading: Reading, losses: dict[str, list[float]], order: list[str]) -> Html:
    import altair as alt

    shown = order[:SHOWN]
    names = _distinct([cut(name, 28) for name in shown])
    rows: list[dict[str, Any]] = []
    for name, label in zip(shown, names, strict=True):
        values = np.asarray(losses[name])
        spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
        rows.append(
            {
                "column": label,
                "worse": float(values.mean()),
                "low": float(values.mean()) - spread,
                "high": float(values.mean()) + spread,
            }
        )
    base = alt.Chart(charts.values(rows))
    y = alt.Y(
        "column:N",
        sort=names,
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelColor=charts.INK, labelPadding=8),
    )
    axis = alt.Axis(tickCount=5)
    title = gettext("how much worse %(metric)s becomes") % {"metric": reading.metric_title}
    chart: Any = alt.layer(
        base.mark_bar(color=charts.ACCENT, opacity=0.75, height=13).encode(
            x=alt.X("worse:Q", title=title, axis=axis), y=y
        ),
        base.mark_rule(color=charts.INK).encode(x=alt.X("low:Q"), x2="high:Q", y=y),
    ).properties(width=330, height=alt.Step(22))
    said = "; ".join(f"{row['column']}: {number(row['worse'], 3)}" for row in rows)
    caption = say(N_("The bar is the mean of the shuffles, the line their standard deviation to both sides."))
    if len(order) > len(shown):
        caption = say(
            N_("%(told)s The %(n)s most important of %(all)s columns."), told=caption, n=len(shown), all=len(order)
        )
    return charts.figure(chart, title=gettext("Permutation importance"), said=said, caption=caption)


def _distinct(names: list[str]) -> list[str]:
    """Cut names that have become the same get a number."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made


def _note(reading: Reading, n_rows: int, repeats: int, base: float) -> Html:
    return paragraph(
        N_(
            "Computed on %(n)s rows with %(repeats)s shuffles of each column. Each row is predicted by the model "
            "that was trained without its fold, so what was learnt by heart does not count; unshuffled, these "
            "rows score %(score)s."
        ),
        class_="note",
        n=f"{n_rows:,}",
        repeats=repeats,
        score=number(base),
    )
