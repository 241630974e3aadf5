"""The ladder itself: a picture and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seodang.i18n import N_, gettext
from seodang.learn.report import _charts as charts
from seodang.learn.report._html import Html, join, paragraph, say, table, tag
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import between, decimals_for, fixed, seconds
from seodang.learn.rungs import Rung

if TYPE_CHECKING:
    import altair as alt

WIDE, NARROW = 560, 200


@section("ladder", N_("The ladder"), order=10)
def render(reading: Reading) -> Html | None:
    if not reading.climbed:
        return _table(reading)
    said = _said(reading)
    title = gettext("The rungs with their scores and 95 % intervals")
    pictures = [
        charts.svg(_chart(reading, reading.climbed, width), title=title, said=said, class_=name)
        for name, width in (("wide", WIDE), ("narrow", NARROW))
    ]
    caption = say(
        N_(
            "Each dot is a rung’s score on rows it was not trained on, with its 95 %% interval. Rungs with a "
            "filled dot cannot be told from the best; the shaded band is the best rung’s interval."
        )
    )
    parts = [paragraph(_INTRODUCTION), tag("figure", *pictures, tag("figcaption", caption))]
    closer = _closer(reading)
    if closer:
        near = [
            charts.svg(
                _chart(reading, closer, width), title=gettext("The better rungs, closer"), said=said, class_=name
            )
            for name, width in (("wide", WIDE), ("narrow", NARROW))
        ]
        parts.append(
            tag("figure", *near, tag("figcaption", say(N_("The better rungs alone, on a scale of their own."))))
        )
    parts.append(_table(reading))
    return join(parts)


_INTRODUCTION = N_(
    "Every family of models answers the same question on the same rows. The lowest rung ignores the inputs: "
    "whatever stands above it has learnt something. The higher rungs cost more time; the picture shows whether "
    "they earn it."
)


def _said(reading: Reading) -> str:
    told = [f"{reading.title(r)} {_score(r)}" for r in reading.climbed]
    return f"{reading.axis_title()}: {', '.join(told)}."


def _score(rung: Rung) -> str:
    if rung.ci_low is None or rung.ci_high is None:
        return fixed(rung.score, 4)
    places = decimals_for(rung.ci_low, rung.ci_high)
    return f"{fixed(rung.score, places)} [{fixed(rung.ci_low, places)}, {fixed(rung.ci_high, places)}]"


def _closer(reading: Reading) -> list[Rung]:
    """The rungs worth a second look when the others stretch the scale so far that these stand on one spot."""
    best = reading.best
    if best.score is None:
        return []
    gaps = {rung.name: abs(float(rung.score or 0.0) - best.score) for rung in reading.climbed}
    widest = max(gaps.values())
    near = [rung for rung in reading.climbed if gaps[rung.name] <= widest / 5]
    return near if 2 <= len(near) < len(reading.climbed) else []


def _chart(reading: Reading, rungs: list[Rung], width: int) -> alt.TopLevelMixin:
    import altair as alt

    best = reading.best
    rows: list[dict[str, Any]] = [
        {
            "rung": reading.title(rung),
            "score": rung.score,
            "low": rung.score if rung.ci_low is None else rung.ci_low,
            "high": rung.score if rung.ci_high is None else rung.ci_high,
            "fill": charts.ACCENT if rung.tied_with_best else "var(--paper)",
            "edge": charts.ACCENT if rung.tied_with_best else charts.EDGE,
            "size": 170 if rung.name == best.name else 80,
        }
        for rung in rungs
    ]
    # The first rung stands at the bottom, as on a ladder.
    order = [row["rung"] for row in reversed(rows)]
    base = alt.Chart(charts.values(rows))
    x = alt.X(
        "score:Q", title=reading.axis_title(), scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5)
    )
    y = alt.Y(
        "rung:N",
        title=None,
        sort=order,
        axis=alt.Axis(domain=False, ticks=False, labelColor=charts.INK, labelPadding=10),
    )
    layers: list[Any] = []
    if best.ci_low is not None and best.ci_high is not None:
        band = alt.Chart(charts.values([{"low": best.ci_low, "high": best.ci_high}]))
        layers.append(band.mark_rect(color=charts.WASH, opacity=1).encode(x=alt.X("low:Q"), x2="high:Q"))
    stroke = alt.Stroke("edge:N", scale=None)
    layers += [
        base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q", y=y, stroke=stroke),
        base.mark_point(filled=True, opacity=1, strokeWidth=2, shape="circle").encode(
            x=x, y=y, fill=alt.Fill("fill:N", scale=None), stroke=stroke, size=alt.Size("size:Q", scale=None)
        ),
    ]
    return alt.layer(*layers).properties(width=width, height=alt.Step(30))


def _table(reading: Reading) -> Html:
    head = [
        say(N_("Rung")),
        tag("th", reading.metric_title, scope="col", class_="num"),
        tag("th", say(N_("95 %% interval")), scope="col", class_="num"),
        tag("th", say(N_("Candidates")), scope="col", class_="num"),
        tag("th", say(N_("Time")), scope="col", class_="num"),
        say(N_("Beside the best")),
    ]
    if any(rung.holdout_score is not None for rung in reading.rungs):
        head.insert(3, tag("th", say(N_("On the holdout")), scope="col", class_="num"))
    rows = [_row(reading, rung, len(head)) for rung in reversed(reading.rungs)]
    caption = say(N_("The rungs from the top down, scores on rows that each model has not seen"))
    return table(caption, head, rows, class_="ladder")


def _row(reading: Reading, rung: Rung, n_columns: int) -> Html:
    name = tag("th", reading.title(rung), scope="row")
    if rung.score is None:
        why = say(N_("skipped")) if rung.skipped is None else say(N_("skipped: %(why)s"), why=str(rung.skipped))
        return tag("tr", name, tag("td", why, colspan=n_columns - 1), class_="skipped")
    low, high, places = rung.ci_low, rung.ci_high, _places(reading)
    interval = "–" if low is None else between(fixed(low, places), fixed(high, places))
    cells = [name, tag("td", fixed(rung.score, places), class_="num"), tag("td", interval, class_="num")]
    if n_columns == 7:
        cells.append(tag("td", fixed(rung.holdout_score, places), class_="num"))
    cells += [
        tag("td", rung.n_candidates, class_="num"),
        tag("td", seconds(rung.seconds), class_="num"),
        tag("td", _place(reading, rung)),
    ]
    is_best = rung.name == reading.best.name
    return tag("tr", *cells, class_="best" if is_best else "tied" if rung.tied_with_best else None)


def _places(reading: Reading) -> int:
    """As many decimals for every rung as the best one's interval asks for."""
    best = reading.best
    if best.ci_low is None or best.ci_high is None:
        return reading.metric.decimals
    return decimals_for(best.ci_low, best.ci_high)


def _place(reading: Reading, rung: Rung) -> Html:
    if rung.name == reading.best.name:
        return say(N_("the best"))
    return say(N_("cannot be told from the best")) if rung.tied_with_best else say(N_("worse"))
