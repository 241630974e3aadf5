"""Time against score: what each rung's seconds bought."""

from __future__ import annotations

from typing import Any

from seodang.i18n import N_, gettext
from seodang.learn.report import _charts as charts
from seodang.learn.report._html import Html, join, paragraph, say
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import number, seconds

WIDTH, HEIGHT, APART = 460, 280, 15


@section("timing", N_("Time against score"), order=20)
def render(reading: Reading) -> Html | None:
    rungs = [rung for rung in reading.climbed if rung.seconds > 0]
    if len(rungs) < 2:
        return None
    rows: list[dict[str, Any]] = [
        {
            "rung": reading.title(rung),
            "seconds": rung.seconds,
            "score": rung.score,
            "color": charts.ACCENT if rung.tied_with_best else charts.QUIET,
        }
        for rung in rungs
    ]
    said = "; ".join(f"{row['rung']}: {seconds(row['seconds'])}, {number(row['score'])}" for row in rows)
    caption = say(
        N_(
            "Seconds of computing, of all candidates and folds, on a logarithmic scale. A rung further right must "
            "stand better to have been worth its time."
        )
    )
    chart = _chart(reading, rows)
    return join(
        [
            paragraph(_INTRODUCTION, total=seconds(sum(row["seconds"] for row in rows))),
            charts.figure(chart, title=gettext("Time against score"), said=said, caption=caption),
        ]
    )


_INTRODUCTION = N_(
    "All rungs together took %(total)s of computing; several processes work at once, so this may be more than the "
    "clock showed."
)


def _chart(reading: Reading, rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    low, high = min(row["score"] for row in rows), max(row["score"] for row in rows)
    margin = 0.08 * (high - low) or 0.05 * (abs(high) or 1.0)
    domain = [low - margin, high + margin]
    _place_names(rows, *domain)
    base = alt.Chart(charts.values(rows))
    spent = [row["seconds"] for row in rows]
    # Room on the right for the last name.
    reach = alt.Scale(type="log", nice=False, domain=[0.7 * min(spent), 3 * max(spent)])
    x = alt.X("seconds:Q", title=gettext("seconds"), scale=reach, axis=alt.Axis(grid=False, tickCount=5))
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    y = alt.Y("score:Q", title=reading.axis_title(), scale=scale, axis=alt.Axis(tickCount=6))
    dots = base.mark_point(filled=True, size=80, opacity=1).encode(x=x, y=y, color=alt.Color("color:N", scale=None))
    names = base.mark_text(align="left", dx=9, baseline="middle").encode(
        x=x, y=alt.Y("place:Q", scale=scale), text="rung:N"
    )
    return (dots + names).properties(width=WIDTH, height=HEIGHT)


def _place_names(rows: list[dict[str, Any]], low: float, high: float) -> None:
    """Each name at its dot's height, moved up where it would stand on another."""
    per_pixel = (high - low) / HEIGHT
    floor = -float("inf")
    for row in sorted(rows, key=lambda row: float(row["score"])):
        row["place"] = max(row["score"], floor)
        floor = row["place"] + APART * per_pixel
    # What was pushed out at the top pushes back.
    ceiling = high
    for row in sorted(rows, key=lambda row: -float(row["place"])):
        row["place"] = min(row["place"], ceiling)
        ceiling = row["place"] - APART * per_pixel
