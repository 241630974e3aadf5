"""The rungs as a page shows them: of a climb that goes on from its progress, of one that is done from its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from seodang.i18n import gettext as toolkit_gettext
from seodang.site.ladders import metrics
from seodang.site.ladders.models import Ladder, LadderState, said_text
from seodang.site.web.charts import without_outliers


@dataclass(frozen=True)
class Row:
    """One rung. `is_now`: its family is at work. `is_tied`: cannot be told from the best."""

    name: str
    title: str
    score: float | None = None
    low: float | None = None
    high: float | None = None
    seconds: float = 0.0
    is_best: bool = False
    is_tied: bool = False
    is_now: bool = False
    skipped: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    n_candidates: int = 0
    has_prediction: bool = False


@dataclass(frozen=True)
class Rows:
    """All of them, the top of the ladder last, with the axis that their whiskers share."""

    rows: Sequence[Row]
    low: float
    high: float
    decimals: int
    metric: str
    direction: str

    @property
    def best(self) -> Row | None:
        return next((row for row in self.rows if row.is_best), None)

    @property
    def tied(self) -> list[Row]:
        return [row for row in self.rows if row.is_tied and not row.is_best]

    @property
    def has_skipped(self) -> bool:
        return any(row.skipped for row in self.rows)


def rows_of(ladder: Ladder) -> Rows:
    rows = list(_of_done(ladder) if ladder.state == LadderState.DONE else _of_progress(ladder))
    values = [value for row in rows for value in (row.low, row.score, row.high) if value is not None]
    low, high = without_outliers(values)
    metric = metrics.find(ladder.metric_used)
    return Rows(
        rows=rows,
        low=low,
        high=high,
        decimals=metrics.decimals(ladder.metric_used),
        metric=metrics.title(metric) if metric else "",
        direction=metrics.direction(metric) if metric else "",
    )


def _of_done(ladder: Ladder) -> Iterable[Row]:
    for rung in ladder.rungs.all():
        yield Row(
            name=rung.name,
            title=rung.title_text,
            score=rung.score,
            low=rung.ci_low,
            high=rung.ci_high,
            seconds=rung.seconds,
            is_best=rung.name == ladder.best,
            is_tied=rung.tied_with_best,
            skipped=rung.skipped_text,
            settings=rung.settings,
            n_candidates=rung.n_candidates,
            has_prediction=bool(rung.prediction),
        )


def _of_progress(ladder: Ladder) -> Iterable[Row]:
    told = ladder.progress or {}
    climbs = ladder.state == LadderState.CLIMBING
    for rung in told.get("rungs") or ():
        yield Row(
            name=rung.get("name", ""),
            title=toolkit_gettext(rung.get("title") or "") or rung.get("name", ""),
            score=rung.get("score"),
            low=rung.get("ci_low"),
            high=rung.get("ci_high"),
            seconds=rung.get("seconds") or 0.0,
            is_best=bool(told.get("best")) and rung.get("name") == told.get("best"),
            is_now=climbs and rung.get("name") == told.get("now"),
            skipped=said_text(rung.get("skipped")),
        )


def seconds_left(ladder: Ladder) -> int:
    """Of its budget, by the clock; 0 once that is used up and the rest (saving, the report) is being made."""
    if ladder.state != LadderState.CLIMBING or ladder.started_at is None:
        return 0
    told = ladder.progress or {}
    if "seconds" not in told:
        return ladder.budget_seconds
    return max(0, round(ladder.budget_seconds - told["seconds"]))


def seconds_taken(ladder: Ladder) -> int:
    if ladder.started_at is None:
        return 0
    return max(0, round(((ladder.finished_at or timezone.now()) - ladder.started_at).total_seconds()))
