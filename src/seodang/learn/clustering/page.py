"""The report of a clustering: one HTML file that needs nothing else, in the style of a ladder's report."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seodang.errors import fill
from seodang.i18n import N_, current_language, gettext, speaking
from seodang.learn.clustering.choose import Grouping
from seodang.learn.clustering.profile import Difference, profiles
from seodang.learn.clustering.space import on_a_plane
from seodang.learn.report._charts import DASHES, INK, QUIET, SERIES, figure, svg, values
from seodang.learn.report._html import Html, join, paragraph, say, table, tag
from seodang.learn.report._page import POLICY, _style

if TYPE_CHECKING:
    from seodang.learn.cluster import Clustering

DRAWN = 1_200
N_COLOURS = 5  # the sixth is the quiet one, which noise takes
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")


def write(found: Clustering, path: Path, *, language: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html(found, language=language), encoding="utf-8")
    return path


def write_picture(found: Clustering, path: Path, *, language: str | None = None) -> Path:
    """The picture alone, as an SVG file with colours of its own."""
    with speaking(language or current_language()):
        drawn = svg(_scatter(found), title=gettext("Groups on a plane"), said=_said_scatter(found))
    light = {"ink": "#1c1d1f", "quiet": "#5c6066", "hair": "#e3e4e6", "edge": "#9a9ea4"}
    light |= {f"s{n}": colour for n, colour in enumerate(_COLOURS, start=1)}
    text = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    for name, colour in light.items():
        text = text.replace(f"var(--{name})", colour)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    return path


_COLOURS = ("#1f6fb4", "#c8641b", "#2f8f5b", "#8a4fbf", "#b23a5b", "#6f7a1d")


def html(found: Clustering, *, language: str | None = None) -> str:
    """One HTML document."""
    chosen = language or current_language()
    with speaking(chosen):
        head = join(
            [
                tag("meta", charset="utf-8"),
                tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
                tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
                tag("meta", name="referrer", content="no-referrer"),
                tag("title", gettext("Groups in the table")),
                tag("style", Html(_style())),
            ]
        )
        document = tag(
            "html",
            tag("head", head),
            tag("body", tag("main", *_sections(found))),
            lang="ko" if chosen.startswith("ko") else "en",
        )
    return f"<!DOCTYPE html>\n{document}\n"


def _sections(found: Clustering) -> list[Html]:
    parts = [
        tag("header", tag("h1", gettext("Groups in the table")), *_summary(found)),
        _section("plane", N_("The groups on a plane"), _plane(found)),
        _section("differences", N_("By what the groups differ"), _differences(found)),
        _section("methods", N_("The methods"), _methods(found)),
    ]
    if found.best.tried and len(found.best.tried) > 1:
        parts.append(_section("number", N_("How many groups"), _number(found)))
    parts.append(_section("made", N_("How every number was made"), _made(found)))
    return parts


def _section(name: str, title: str, *body: Any) -> Html:
    return tag("section", tag("h2", say(title), id=f"h-{name}"), *body, id=name, aria_labelledby=f"h-{name}")


def _summary(found: Clustering) -> list[Html]:
    best = found.best
    parts = [
        paragraph(
            N_(
                "%(k)s groups in %(rows)s rows, found by %(method)s: silhouette %(silhouette)s, stability "
                "%(stability)s."
            ),
            class_="lead",
            k=best.k,
            rows=f"{len(found.space):,}",
            method=gettext(best.title),
            silhouette=number(best.silhouette),
            stability=number(best.stability),
        )
    ]
    if best.why is not None:
        parts.append(tag("p", str(best.why)))
    parts += [tag("p", str(said), class_="warning") for said in found.remarks]
    return parts


def number(value: float, digits: int = 2) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


# --- the picture -----------------------------------------------------------------------------------------------


def _scatter(found: Clustering) -> Any:
    import altair as alt

    places, shares = on_a_plane(found.space)
    labels = found.labels
    rows = np.arange(len(places))
    if len(rows) > DRAWN:
        rows = np.sort(np.random.default_rng(found.seed).choice(rows, DRAWN, replace=False))
    names = [_name(group) for group in range(found.best.k + 1)]
    shown = [names[g] for g in range(1, found.best.k + 1)] + ([names[0]] if (labels[rows] == 0).any() else [])
    points = [
        {"x": round(float(places[i, 0]), 3), "y": round(float(places[i, 1]), 3), "group": names[labels[i]]}
        for i in rows
    ]
    colours = [SERIES[place % N_COLOURS] if name != names[0] else QUIET for place, name in enumerate(shown)]
    shapes = [_SHAPES[(place // N_COLOURS + place % N_COLOURS) % len(_SHAPES)] for place in range(len(shown))]

    def axis(place: int) -> str:
        return gettext("Component %(n)s (%(share).0f %% of the variance)") % {
            "n": place + 1,
            "share": 100 * shares[place],
        }

    scale: Any = alt.Scale
    return (
        alt.Chart(values(points))
        .mark_point(filled=True, size=34, opacity=0.75)
        .encode(
            x=alt.X("x:Q", title=axis(0), axis=alt.Axis(grid=False)),
            y=alt.Y("y:Q", title=axis(1), axis=alt.Axis(grid=False)),
            color=alt.Color("group:N", title=gettext("Group"), scale=scale(domain=shown, range=colours)),
            shape=alt.Shape("group:N", title=gettext("Group"), scale=scale(domain=shown, range=shapes)),
        )
        .properties(width=560, height=400)
    )


def _name(group: int) -> str:
    return gettext("none") if group == 0 else str(group)


def _said_scatter(found: Clustering) -> str:
    return gettext("%(n)s rows as points, coloured by their group.") % {"n": min(DRAWN, len(found.space))}


def _plane(found: Clustering) -> Html:
    caption = fill(
        N_(
            "Each point is a row. The axes are the two directions along which rows differ most (principal "
            "components); groups that overlap here may stand apart in other directions."
        ),
        {},
    )
    return figure(_scatter(found), title=gettext("Groups on a plane"), said=_said_scatter(found), caption=caption)


# --- by what they differ ---------------------------------------------------------------------------------------


def _differences(found: Clustering) -> Html:
    assert found.best.labels is not None
    rows = []
    sizes = found.best.sizes
    for place, differences in enumerate(profiles(found.space, found.best.labels)):
        stable = found.best.group_stability[place] if place < len(found.best.group_stability) else math.nan
        rows.append(
            tag(
                "tr",
                tag("th", place + 1, scope="row"),
                tag("td", f"{sizes[place]:,}", class_="num"),
                tag("td", number(stable), class_="num"),
                tag("td", join(tag("div", _told(one)) for one in differences)),
            )
        )
    head = [gettext("Group"), gettext("Rows"), gettext("Stability"), gettext("Furthest from all rows in")]
    return table(gettext("The groups, the largest first"), head, rows)


def _told(one: Difference) -> str:
    if one.level is not None:
        return gettext("%(column)s is “%(level)s” in %(here).0f %% (of all rows: %(all).0f %%)") % {
            "column": one.column,
            "level": one.level,
            "here": 100 * one.here,
            "all": 100 * one.everywhere,
        }
    here, everywhere = (_date(v) if one.is_time else f"{v:.4g}" for v in (one.here, one.everywhere))
    return gettext("%(column)s: mean %(here)s (of all rows: %(all)s)") % {
        "column": one.column,
        "here": here,
        "all": everywhere,
    }


def _date(seconds: float) -> str:
    return str(np.datetime64(int(seconds), "s"))[:10]


# --- the methods -----------------------------------------------------------------------------------------------


def _methods(found: Clustering) -> Html:
    rows = [_method_row(one, is_best=one.name == found.best.name) for one in found.groupings]
    head = [gettext(word) for word in (N_("Method"), N_("Groups"), N_("Silhouette"), N_("Stability"), N_("Noise"))]
    return table(gettext("What each method found"), [*head, gettext("How it sees groups")], rows)


def _method_row(one: Grouping, *, is_best: bool) -> Html:
    name = tag("th", tag("strong", gettext(one.title)) if is_best else gettext(one.title), scope="row")
    said = tag("td", gettext(one.said))
    if one.labels is None:
        return tag("tr", name, tag("td", str(one.skipped or ""), colspan=4), said)
    cells = (str(one.k), number(one.silhouette), number(one.stability), f"{100 * one.noise:.0f} %")
    return tag("tr", name, *(tag("td", cell, class_="num") for cell in cells), said)


def _number(found: Clustering) -> Html:
    import altair as alt

    silhouette, stability = gettext("Silhouette"), gettext("Stability")
    rows = [
        {"k": one.k, "what": what, "value": round(value, 4)}
        for one in found.best.tried
        for what, value in ((silhouette, one.silhouette), (stability, one.stability))
        if not math.isnan(value)
    ]
    colour: Any = alt.Color(
        "what:N", title=None, scale=alt.Scale(domain=[silhouette, stability], range=[SERIES[0], SERIES[1]])
    )
    dash: Any = alt.StrokeDash(
        "what:N", title=None, scale=alt.Scale(domain=[silhouette, stability], range=[DASHES[0], DASHES[1]])
    )
    base = alt.Chart(values(rows)).encode(
        x=alt.X("k:O", title=gettext("Number of groups"), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(domainMax=1)),
        color=colour,
        strokeDash=dash,
    )
    chosen = alt.Chart(values([{"k": found.best.k}])).mark_rule(color=INK, strokeDash=[2, 3]).encode(x="k:O")
    chart = (base.mark_line(point=True) + chosen).properties(width=480, height=220)
    said = gettext("Silhouette and stability for each number of groups; %(k)s was chosen.") % {"k": found.best.k}
    return figure(chart, title=gettext("How many groups"), said=said, caption=said)


def _made(found: Clustering) -> Html:
    items = [
        N_(
            "Numbers are standardised, gaps filled with the median, categories written as columns of 0 and 1; all "
            "that comes from one column has a variance of 1 together, so that every column weighs the same."
        ),
        N_(
            "Silhouette: how much nearer a row is to its own group than to the next one, from −1 to 1, the mean "
            "over at most 2,000 rows (Rousseeuw 1987)."
        ),
        N_(
            "Stability: how well a group comes back when the method sees 70 %% of at most 1,000 rows: the mean "
            "largest Jaccard similarity over resamples, from 0 to 1 (Hennig 2007). Above 0.75 a group is there; "
            "below 0.6 do not trust it."
        ),
        N_(
            "The best method: the largest silhouette times the share of rows in groups, among methods of a "
            "stability of at least 0.6."
        ),
    ]
    written = [tag("li", say(item)) for item in items]
    if not math.isnan(found.shuffled):
        sentence = N_(
            "Where every column is shuffled by itself, the same method reaches a silhouette of %(shuffled)s."
        )
        written.append(tag("li", say(sentence, shuffled=number(found.shuffled))))
    written += [tag("li", str(said)) for said in found.notes]
    seed = say(N_("Seed %(seed)s; %(seconds)s s."), seed=found.seed, seconds=f"{found.seconds:.1f}")
    return join([tag("ul", *written), tag("p", seed)])
