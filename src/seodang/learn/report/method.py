"""How every number was made."""

from __future__ import annotations

import json
import platform
import re
from importlib import metadata
from typing import Any

import numpy as np

from seodang.i18n import N_, gettext
from seodang.learn.report._html import Html, join, paragraph, safe, say, table, tag
from seodang.learn.report._reading import Reading
from seodang.learn.report._section import section
from seodang.learn.report._words import TASKS, between, cut, number, seconds

MOST_LETTERS = 2_000
PACKAGES = ("seodang", "numpy", "pandas", "scikit-learn", "lightgbm", "keras", "tensorflow-cpu", "jax", "optuna")


@section("method", N_("How every number was made"), order=200)
def render(reading: Reading) -> Html | None:
    parts = [_facts(reading), *_method(reading), _settings(reading)]
    if reading.notes:
        parts += [
            tag("h3", say(N_("Decided on the way"))),
            tag("ul", *(tag("li", str(said)) for said in reading.notes)),
        ]
    parts.append(_versions())
    return join(parts)


def _facts(reading: Reading) -> Html:
    ladder = reading.ladder
    metric = reading.metric
    facts: list[tuple[str, Any]] = [
        (N_("What is asked"), say(TASKS[str(reading.task)])),
        (
            N_("Metric"),
            say(N_("%(title)s; %(direction)s"), title=reading.metric_title, direction=reading.direction),
        ),
        (N_("Formula"), tag("code", formula(metric.documentation))),
        (N_("Source of the formula"), metric.source),
        (N_("Folds"), _folds(reading)),
        (N_("Seed"), reading.seed),
        (N_("Budget"), _budget(ladder)),
    ]
    pairs = [tag("div", tag("dt", say(name)), tag("dd", value)) for name, value in facts if value not in (None, "")]
    return tag("dl", *pairs, class_="method")


def formula(documentation: str) -> str:
    """What a metric's docstring says behind “Formula:”."""
    found = re.search(r"Formula:\s*(.+?)(?:\n\s*\n|$)", documentation, re.S)
    return " ".join(found[1].split()) if found else ""


def _folds(reading: Reading) -> Html:
    folds = reading.ladder.folds
    sizes = [len(valid) for _, valid in folds]
    if not sizes:
        return safe("0")
    kind = gettext("drawn at random")
    if reading.prepared.times is not None:
        kind = gettext("each after the rows it is trained on, in time")
    elif reading.prepared.groups is not None:
        kind = gettext("rows of one group stay together")
    elif reading.task.has_classes:
        kind = gettext("drawn at random within each class")
    held = f"{min(sizes):,}" if min(sizes) == max(sizes) else between(f"{min(sizes):,}", f"{max(sizes):,}")
    return say(N_("%(n)s, %(kind)s; %(held)s rows held out in each"), n=len(sizes), kind=kind, held=held)


def _budget(ladder: Any) -> str:
    took = seconds(float(ladder.seconds))
    return gettext("%(budget)s allowed, %(took)s taken") % {"budget": seconds(float(ladder.budget)), "took": took}


def _method(reading: Reading) -> list[Html]:
    n_left = len(reading.y) - int(np.count_nonzero(_validated(reading)))
    told = [
        paragraph(
            N_(
                "Scores. The table is cut into folds. A model is trained on all folds but one and predicts the "
                "one left out, in turn, so that every prediction is of a row its model has not seen; columns are "
                "prepared inside each fold too. The score is the metric of all these predictions together."
            )
        ),
        paragraph(
            N_(
                "Intervals. The rows are drawn again a thousand times with replacement, and the middle 95 %% of "
                "the scores is the interval: how far the score would move with other rows of the same kind."
            )
        ),
        paragraph(
            N_(
                "Choosing flatters. The best of many candidates was partly lucky. On each of a few hundred "
                "resamples the best candidate in the bag is scored on the rows out of it, and what it loses is "
                "taken off the rung’s score (BBC-CV, Tsamardinos, Greasidou, Borboudakis 2018)."
            )
        ),
        paragraph(
            N_(
                "Told from the best. All rungs meet the same resamples, so their differences have intervals of "
                "their own. Since folds share training rows, the variance is made larger by the factor of Nadeau "
                "and Bengio (2003), and since several rungs are compared, Holm’s rule keeps the chance of a "
                "single wrong verdict at 5 %% or less."
            )
        ),
    ]
    if n_left:
        told.append(
            paragraph(N_("%(n)s rows are in no fold’s held-out part and count in no score."), n=f"{n_left:,}")
        )
    return told


def _validated(reading: Reading) -> Any:
    return reading.fold_of >= 0


def _settings(reading: Reading) -> Html:
    head = [
        say(N_("Rung")),
        tag("th", say(N_("Taken off for choosing")), scope="col", class_="num"),
        say(N_("Score of each fold")),
        say(N_("Settings")),
    ]
    rows = []
    for rung in reversed(reading.climbed):
        candidate = reading.candidates.get(rung.name)
        settings = dict(rung.settings)
        if candidate is not None and candidate.stage is not None:
            settings["stage"] = candidate.stage
        folds = ", ".join(number(score, 3) for score in rung.fold_scores)
        rows.append(
            tag(
                "tr",
                tag("th", reading.title(rung), scope="row"),
                tag("td", number(rung.optimism, 2) if rung.optimism else "–", class_="num"),
                tag("td", folds or "–", class_="folds"),
                tag("td", tag("code", _written(reading, settings))),
            )
        )
    return table(gettext("What stands behind each rung"), head, rows, class_="settings")


def _written(reading: Reading, settings: dict[str, Any]) -> str:
    """`name=value` pairs; of an ensemble its members with their weights."""
    members = settings.pop("members", None)
    parts = [f"{name}={_value(value)}" for name, value in settings.items() if value is not None]
    if isinstance(members, list):
        parts = [*(_member(reading, dict(member)) for member in members), *parts]
    return cut("; ".join(parts) if members else ", ".join(parts), MOST_LETTERS) or "–"


def _member(reading: Reading, member: dict[str, Any]) -> str:
    titles = {rung.name: reading.title(rung) for rung in reading.rungs}
    name, settings = str(member.get("family", "")), dict(member.get("settings") or {})
    own = ", ".join(f"{key}={_value(value)}" for key, value in settings.items())
    return f"{number(float(member.get('weight', 0.0)), 2)} × {titles.get(name, name)}{f' ({own})' if own else ''}"


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _versions() -> Html:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return paragraph(
        N_("Made with Python %(python)s, %(packages)s."),
        class_="note",
        python=platform.python_version(),
        packages=", ".join(found),
    )
