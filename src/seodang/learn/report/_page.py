"""The document: head, summary, contents, and one section after the other."""

from __future__ import annotations

import logging
import time
from functools import cache
from pathlib import Path
from typing import Any

from seodang.i18n import N_, current_language, gettext, speaking
from seodang.learn.compare import bbc
from seodang.learn.report._charts import drawing
from seodang.learn.report._html import Html, join, paragraph, safe, say, tag
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import SECTIONS, Section
from seodang.learn.report._words import decimals_for, fixed, seconds

log = logging.getLogger(__name__)

# Whoever serves the page sends this too, with `sandbox` added.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
DEADLINE_SECONDS = 20.0
MOST_BYTES = 3_000_000


def write(
    ladder: Any, path: str | Path, *, language: str | None = None, deadline_seconds: float = DEADLINE_SECONDS
) -> Path:
    """Write the report of a ladder into a file.

    Args:
        ladder: `seodang.learn.Ladder`.
        path: of the HTML file; its folder is made.
        language: "en" or "ko"; the reader's own where not given.
        deadline_seconds: what takes predictions of models (importance, dependence) is shortened to fit.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html(ladder, language=language, deadline_seconds=deadline_seconds), encoding="utf-8")
    return path


def html(
    ladder: Any, *, language: str | None = None, theme: str = "", deadline_seconds: float = DEADLINE_SECONDS
) -> str:
    """The report as one HTML document. `theme`: "light" or "dark" where the reader chose; else as the system is."""
    chosen = language or current_language()
    with speaking(chosen), drawing():
        reading = Reading(ladder, time.monotonic() + deadline_seconds)
        content = _content(reading)
        title = gettext("Ladder for “%(target)s”") % {"target": reading.target}
        head = join(
            [
                tag("meta", charset="utf-8"),
                tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
                tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
                tag("meta", name="referrer", content="no-referrer"),
                tag("title", title),
                tag("style", Html(_style())),
            ]
        )
        document = tag(
            "html",
            tag("head", head),
            tag("body", tag("main", content)),
            lang="ko" if chosen.startswith("ko") else "en",
            data_theme=theme if theme in ("light", "dark") else None,
        )
    return f"<!DOCTYPE html>\n{document}\n"


@cache
def _style() -> str:
    return (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


def _content(reading: Reading) -> Html:
    sections = sorted(SECTIONS, key=lambda one: (one.order, one.name))
    rendered: dict[str, Html] = {}
    for one in sorted(sections, key=lambda one: (one.costly, one.order)):
        found = _rendered(one, reading)
        if found:
            rendered[one.name] = found
    there = [one for one in sections if one.name in rendered]
    links = [tag("li", tag("a", say(one.title), href=f"#{one.name}")) for one in there]
    contents = tag("nav", tag("ol", *links), aria_label=gettext("Contents"))
    bodies = _within(there, rendered)
    return join([_header(reading), contents, *bodies])


def _within(sections: list[Section], rendered: dict[str, Html]) -> list[Html]:
    """Sections until the page is full; what is left out is said."""
    bodies: list[Html] = []
    room = MOST_BYTES - len(_style()) - 20_000
    for one in sections:
        heading = tag("h2", say(one.title), id=f"h-{one.name}")
        body = tag("section", heading, rendered[one.name], id=one.name, aria_labelledby=f"h-{one.name}")
        size = len(body.encode())
        if size > room:
            note = paragraph(N_("This section is left out: the page would grow too large."), class_="note")
            body = tag("section", heading, note, id=one.name, aria_labelledby=f"h-{one.name}")
        room -= min(size, room)
        bodies.append(body)
    return bodies


def _rendered(one: Section, reading: Reading) -> Html | None:
    """A section that fails costs the reader that section, not the report."""
    try:
        return one.render(reading)
    except Exception as error:
        log.exception("report section %s failed", one.name)
        return paragraph(
            N_("This section could not be made: %(error)s"), class_="note", error=f"{type(error).__name__}: {error}"
        )


def _header(reading: Reading) -> Html:
    best = reading.best
    parts = [
        paragraph(N_("Seodang · ladder of models"), class_="eyebrow"),
        tag("h1", say(N_("Predicting “%(target)s”"), target=reading.target)),
        _headline(reading),
    ]
    tied = [reading.title(r) for r in reading.by_score if r.tied_with_best and r.name != best.name]
    parts.append(safe(_picked(reading)))
    if tied:
        parts.append(
            paragraph(N_("These cannot be told from the best: %(names)s."), class_="lead", names=", ".join(tied))
        )
    elif len(reading.climbed) > 1:
        parts.append(paragraph(N_("Every other rung is worse, and by more than chance explains."), class_="lead"))
    parts.append(_facts(reading))
    warnings = reading.warnings()
    if warnings:
        items = [tag("li", warning) for warning in warnings]
        parts.append(tag("div", tag("h2", say(N_("Look at this first"))), tag("ul", *items), class_="warnings"))
    return tag("header", *parts)


def _headline(reading: Reading) -> Html:
    best = reading.best
    if best.score is None:
        return paragraph(N_("No rung could be climbed."), class_="lead")
    low, high = best.ci_low, best.ci_high
    if low is None or high is None:
        score = fixed(best.score, reading.metric.decimals)
        return paragraph(
            N_("Best: %(name)s, %(metric)s %(score)s."),
            class_="headline",
            name=tag("strong", reading.title(best)),
            metric=reading.metric_title,
            score=tag("strong", score),
        )
    places = decimals_for(low, high)
    return paragraph(
        N_("Best: %(name)s, %(metric)s %(score)s (95 %% interval %(low)s to %(high)s)."),
        class_="headline",
        name=tag("strong", reading.title(best)),
        metric=reading.metric_title,
        score=tag("strong", fixed(best.score, places)),
        low=fixed(low, places),
        high=fixed(high, places),
    )


def _picked(reading: Reading) -> Html | None:
    """What standing first among several flatters the best rung by, where that is worth a word."""
    best = reading.best
    oofs = [reading.candidates[rung.name].oof for rung in reading.by_score if rung.name in reading.candidates]
    if best.score is None or best.ci_low is None or best.ci_high is None or len(oofs) < 2:
        return None
    groups = reading.prepared.groups
    amount = bbc(
        oofs,
        reading.y,
        reading.metric,
        labels=reading.labels,
        groups=groups,
        seed=reading.seed,
        deadline=time.monotonic() + 2.0,
    )
    if amount < 0.02 * (best.ci_high - best.ci_low):
        return None
    expected = best.score - amount if reading.metric.greater_is_better else best.score + amount
    places = decimals_for(best.ci_low, best.ci_high) + 1
    return paragraph(
        N_(
            "Whoever is first of %(n)s was also lucky: being picked flatters it by about %(amount)s, so expect "
            "%(score)s of it on new rows."
        ),
        class_="lead",
        n=len(oofs),
        amount=fixed(amount, places),
        score=fixed(expected, places),
    )


def _facts(reading: Reading) -> Html:
    n_columns = len(reading.ladder.schema.columns)
    facts = [
        (N_("Rows"), f"{len(reading.y):,}"),
        (N_("Columns used"), f"{n_columns:,}") if not reading.are_images else (N_("Pictures"), _shape(reading)),
        (N_("Folds"), str(len(reading.ladder.folds))),
        (N_("Candidates"), f"{len(reading.ladder.candidates):,}"),
        (N_("Time"), seconds(float(reading.ladder.seconds))),
    ]
    return tag(
        "dl", *(tag("div", tag("dt", say(name)), tag("dd", safe(value))) for name, value in facts), class_="facts"
    )


def _shape(reading: Reading) -> str:
    height, width, channels = reading.ladder.schema.picture_shape
    return f"{width} × {height} × {channels}"
