"""Learning curves: how each network's loss fell while it was trained."""

from __future__ import annotations

import math
from typing import Any

from seodang.i18n import N_, gettext
from seodang.learn.candidate import Candidate
from seodang.learn.report import _charts as charts
from seodang.learn.report._html import Html, join, paragraph, say, tag
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import number

MOST_POINTS = 120


@section("training", N_("How the networks learnt"), order=30)
def render(reading: Reading) -> Html | None:
    figures = [
        _figure(reading.title(rung), reading.candidates[rung.name])
        for rung in reading.climbed
        if rung.name in reading.candidates and _points(reading.candidates[rung.name])
    ]
    if not figures:
        return None
    return join([paragraph(_INTRODUCTION), tag("div", *figures, class_="pair")])


_INTRODUCTION = N_(
    "Each pass over the training rows is an epoch. The training loss falls as the weights follow the gradient; "
    "the loss on the fold’s own validation rows falls too, until the network begins to learn the training rows by "
    "heart. One line for each fold."
)


def _points(candidate: Candidate) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    kinds = (("loss", gettext("training")), ("val_loss", gettext("validation")))
    for fold, curve in enumerate(candidate.curves, start=1):
        epochs = [float(epoch) for epoch in curve.get("epoch", ())]
        step = max(1, math.ceil(len(epochs) / MOST_POINTS))
        for key, kind in kinds:
            pairs = list(zip(epochs, curve.get(key) or (), strict=False))
            kept = pairs[::step] + (pairs[-1:] if pairs and (len(pairs) - 1) % step else [])
            rows += [
                {"epoch": epoch, "loss": float(loss), "kind": kind, "line": f"{key}{fold}"}
                for epoch, loss in kept
                if loss is not None and math.isfinite(float(loss))
            ]
    return rows


def _figure(title: str, candidate: Candidate) -> Html:
    import altair as alt

    rows = _points(candidate)
    kinds = [gettext("training"), gettext("validation")]
    base = alt.Chart(charts.values(rows))
    losses = sorted(row["loss"] for row in rows)
    # A loss that is huge in the first epochs would flatten all that follows.
    top = losses[min(len(losses) - 1, int(0.98 * len(losses)))]
    lines = base.mark_line(strokeWidth=1.4, opacity=0.8, clip=True, interpolate="linear").encode(
        x=alt.X(
            "epoch:Q", title=gettext("epoch"), axis=alt.Axis(grid=False, tickCount=6), scale=alt.Scale(nice=False)
        ),
        y=alt.Y("loss:Q", title=gettext("loss"), scale=alt.Scale(zero=False, domain=[losses[0], top], nice=True)),
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=kinds, range=[charts.QUIET, charts.ACCENT])),
        strokeDash=alt.StrokeDash("kind:N", title=None, scale=alt.Scale(domain=kinds, range=[[3, 2], [1, 0]])),
        detail="line:N",
    )
    epochs = [row["epoch"] for row in rows]
    last = [row["loss"] for row in rows if row["kind"] == kinds[1]] or [row["loss"] for row in rows]
    said = gettext("%(n)s epochs; the last loss recorded is %(loss)s.") % {
        "n": f"{max(epochs):.0f}",
        "loss": number(last[-1]),
    }
    caption = say(N_("%(title)s. %(said)s"), title=tag("strong", title), said=said)
    return charts.figure(lines.properties(width=300, height=190), title=title, said=said, caption=caption)
