"""The ladder in a terminal: a live table while it climbs, plain lines in a pipe, the table at the end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from seodang.i18n import N_
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from seodang.learn.families import Family
    from seodang.learn.ladder import Ladder
    from seodang.learn.rungs import Progress, Rung
    from seodang.score.metrics import Metric

BAR_WIDTH = 28
# Letters of a live row before its last column: title, score, bar, seconds, and what is between.
TAKEN = 26 + 10 + BAR_WIDTH + 9 + 6
STAGES = {
    "reading": N_("Reading the table"),
    "climbing": N_("Climbing"),
    "comparing": N_("Comparing"),
    "saving": N_("Keeping the models"),
    "done": N_("Done"),
}


# --- one rung --------------------------------------------------------------------------------------------------


def span_of(rung: Rung) -> tuple[float, float] | None:
    """The interval; before there is one, the folds' mean and twice its standard error."""
    if rung.score is None or not math.isfinite(rung.score):
        return None
    if rung.ci_low is not None and rung.ci_high is not None:
        return rung.ci_low, rung.ci_high
    scores = [score for score in rung.fold_scores if math.isfinite(score)]
    if len(scores) < 2:
        return rung.score, rung.score
    mean = sum(scores) / len(scores)
    error = math.sqrt(sum((score - mean) ** 2 for score in scores) / (len(scores) - 1) / len(scores))
    return rung.score - 2 * error, rung.score + 2 * error


def domain_of(rungs: Sequence[Rung], *, greater_is_better: bool) -> tuple[float, float]:
    """(worst, best) end of the bars' common axis. Rungs far below the others must not press them together: the axis
    holds those that are at most three times as far from the best as the middle one is."""
    sign = 1.0 if greater_is_better else -1.0
    spans = [
        (sign * rung.score, sorted(sign * end for end in span))
        for rung in rungs
        if rung.score is not None and (span := span_of(rung)) is not None
    ]
    if not spans:
        return 0.0, 1.0
    scores = sorted((score for score, _span in spans), reverse=True)
    floor = scores[0] - 3 * (scores[0] - scores[len(scores) // 2])
    near = [span for score, span in spans if score >= floor]
    worst, best = min(span[0] for span in near), max(span[1] for span in near)
    if best <= worst:
        worst, best = worst - 0.5, worst + 0.5
    return sign * worst, sign * best


def bar(span: tuple[float, float], score: float, domain: tuple[float, float], width: int = BAR_WIDTH) -> str:
    """`   ├──●──┤  `: better is to the right; `‹` where a rung lies outside."""
    worst, best = domain

    def place(value: float) -> float:
        return (value - worst) / (best - worst) * (width - 1)

    low, high = sorted((place(span[0]), place(span[1])))
    middle = place(score)
    if high < 0:
        return "‹" + " " * (width - 1)
    cells = [" "] * width
    first, last = max(0, round(low)), min(width - 1, round(high))
    for cell in range(first, last + 1):
        cells[cell] = "─"
    if last > first:
        cells[first] = "‹" if low < -0.5 else "├"
        cells[last] = "┤"
    cells[min(width - 1, max(0, round(middle)))] = "●"
    return "".join(cells)


def shown(metric: Metric, score: float | None) -> str:
    return "–" if score is None or not math.isfinite(score) else f"{score:z.{metric.decimals}f}"


# --- while it climbs -------------------------------------------------------------------------------------------


@dataclass
class View:
    """What is shown of a climb. budget: seconds, as the person gave it; begun: seconds spent before the climb."""

    families: Sequence[Family]
    budget: float
    begun: float = 0.0
    metric: Metric | None = None

    def show(self, progress: Progress) -> None:
        """Called as often as the climb tells."""

    def close(self) -> None:
        """The climb has ended."""


@dataclass
class Lines(View):
    """One line for each thing that happens."""

    _seen: dict[str, float] = field(default_factory=dict)
    _skipped: set[str] = field(default_factory=set)
    _stage: str = ""

    def show(self, progress: Progress) -> None:
        now = f"{self.begun + progress.seconds:6.1f} s"
        if progress.stage != self._stage and progress.stage != "climbing":
            self._stage = progress.stage
            click.echo(f"{now}  {_(STAGES.get(progress.stage, progress.stage))}", err=True)
        for rung in progress.rungs:
            if rung.skipped is not None and rung.name not in self._skipped:
                self._skipped.add(rung.name)
                click.echo(f"{now}  {_(rung.title)}: {rung.skipped}", err=True)
            elif rung.score is not None and self._seen.get(rung.name) != rung.score:
                is_best = rung.name == progress.best
                if rung.name not in self._seen or is_best:
                    words = _("best so far") if is_best else ""
                    click.echo(f"{now}  {_(rung.title)}: {rung.score:.5g}  {words}".rstrip(), err=True)
                self._seen[rung.name] = rung.score


@dataclass
class Live(View):
    """The ladder itself, drawn again and again in its place."""

    def __post_init__(self) -> None:
        from rich.console import Console
        from rich.live import Live as Screen

        self._screen = Screen(console=Console(stderr=True), auto_refresh=False, transient=True)
        self._screen.start()

    def show(self, progress: Progress) -> None:
        if progress.stage == "done":
            return
        self._screen.update(self._drawn(progress), refresh=True)

    def close(self) -> None:
        self._screen.stop()

    def _drawn(self, progress: Progress) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        known = {rung.name: rung for rung in progress.rungs}
        greater = self.metric.greater_is_better if self.metric is not None else _grows(progress)
        domain = domain_of(list(progress.rungs), greater_is_better=greater)
        table = _empty_table(live=True)
        for family in self.families:
            rung = known.get(family.name)
            table.add_row(*self._row(family, rung, progress, domain))
        left = max(0.0, self.budget - self.begun - progress.seconds)
        best = next((rung for rung in progress.rungs if rung.name == progress.best), None)
        words = _(STAGES.get(progress.stage, progress.stage))
        head = f"{words} · " + _("%(left).0f s left of %(budget)g s") % {"left": left, "budget": self.budget}
        if best is not None and best.score is not None:
            head += " · " + _("best so far: %(name)s %(score).5g") % {"name": _(best.title), "score": best.score}
        return Group(Text(head, style="bold"), table, Text(_("Ctrl-C: stop here and compare what stands"), "dim"))

    def _row(
        self, family: Family, rung: Rung | None, progress: Progress, domain: tuple[float, float]
    ) -> list[Text | str]:
        from rich.text import Text

        at_work = family.name == progress.now
        title = Text(_(family.title), style="bold" if family.name == progress.best else "")
        if rung is None or rung.score is None:
            reason = str(rung.skipped) if rung is not None and rung.skipped is not None else ""
            room = max(8, self._screen.console.width - TAKEN)
            state = Text(reason if len(reason) <= room else reason[: room - 1] + "…", "dim")
            return [title, "", "", "", Text("…", "cyan") if at_work and not reason else state]
        span = span_of(rung) or (rung.score, rung.score)
        state = Text("★" if family.name == progress.best else "", "yellow") + Text(" …" if at_work else "", "cyan")
        return [title, f"{rung.score:.5g}", bar(span, rung.score, domain), f"{rung.seconds:.1f}", state]


def _grows(progress: Progress) -> bool:
    """The metric's direction, before it is known which it is: the best of two rungs tells."""
    best = next((rung.score for rung in progress.rungs if rung.name == progress.best), None)
    others = [rung.score for rung in progress.rungs if rung.score is not None]
    return best is not None and best >= max(others, default=best) and len(set(others)) > 1


@contextmanager
def watching(view: View | None) -> Iterator[View | None]:
    try:
        yield view
    finally:
        if view is not None:
            view.close()


# --- when it is done -------------------------------------------------------------------------------------------


def _empty_table(*, live: bool = False) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(_("Rung"), no_wrap=True)
    table.add_column(_("Score"), justify="right", no_wrap=True)
    if not live:
        table.add_column(_("Interval (95 %)"), no_wrap=True)
    table.add_column(_("better →"), justify="right", no_wrap=True, min_width=BAR_WIDTH)
    table.add_column(_("Seconds"), justify="right", no_wrap=True)
    table.add_column("", no_wrap=live, overflow="ellipsis")
    return table


def print_ladder(ladder: Ladder) -> None:
    """What was decided, the table, the winner, and what may make it untrue."""
    from rich.console import Console

    from seodang.score.metrics import METRICS

    for note in ladder.notes:
        click.echo(str(note))
    metric = METRICS.get(ladder.metric)
    domain = domain_of(ladder.rungs, greater_is_better=metric.greater_is_better)
    table = _empty_table()
    for rung in ladder.rungs:
        table.add_row(*_final_row(rung, ladder.best, metric, domain))
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)
    click.secho(winner(ladder, metric), bold=True)
    tied = [rung for rung in ladder.rungs if rung.tied_with_best and rung.name != ladder.best.name]
    if tied:
        names = ", ".join(_(rung.title) for rung in tied)
        click.echo(_("Cannot be told from the best: %(names)s.") % {"names": names})
    for rung in ladder.rungs:
        if rung.score is None and rung.skipped is not None:
            click.echo(_("Left out: %(name)s. %(reason)s") % {"name": _(rung.title), "reason": rung.skipped})
    for warning in ladder.warnings:
        click.secho(_("Warning: %(text)s") % {"text": warning}, fg="yellow", err=True)


def winner(ladder: Ladder, metric: Metric) -> str:
    best = ladder.best
    text = _("Best: %(name)s, %(metric)s %(score)s") % {
        "name": _(best.title),
        "metric": metric.name,
        "score": shown(metric, best.score),
    }
    if best.ci_low is not None:
        text += " " + _("(%(low)s to %(high)s)") % {
            "low": shown(metric, best.ci_low),
            "high": shown(metric, best.ci_high),
        }
    if best.holdout_score is not None:
        text += "; " + _("on the rows held out: %(score)s") % {"score": shown(metric, best.holdout_score)}
    better = _("greater is better") if metric.greater_is_better else _("less is better")
    return f"{text} ({better}); " + _("%(seconds).1f s") % {"seconds": ladder.seconds}


def _final_row(rung: Rung, best: Rung, metric: Metric, domain: tuple[float, float]) -> list[Any]:
    from rich.text import Text

    if rung.score is None:
        return [_(rung.title), "–", "", "", f"{rung.seconds:.1f}", Text(_("left out"), "dim")]
    is_best = rung.name == best.name
    state = Text(_("best"), "bold") if is_best else Text(_("tied") if rung.tied_with_best else "")
    span = span_of(rung) or (rung.score, rung.score)
    return [
        Text(_(rung.title), "bold" if is_best else ""),
        shown(metric, rung.score),
        f"{shown(metric, rung.ci_low)} … {shown(metric, rung.ci_high)}" if rung.ci_low is not None else "",
        bar(span, rung.score, domain),
        f"{rung.seconds:.1f}",
        state,
    ]
