"""`seodang fit`: a table or a folder of pictures → a ladder of tuned, compared models. Needs no site."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seodang.cli._learning import Seconds, check_file, need_learn, start_seconds
from seodang.cli._output import json_option, print_json
from seodang.i18n import N_
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.cli._ladder_view import View
    from seodang.learn.ladder import Ladder
    from seodang.learn.rungs import Progress

EXAMPLES = """\b
seodang fit churn.csv --target churned --budget 60s --report churn.html
seodang fit houses.parquet --target price --metric mae --save model/
seodang fit visits.csv --target label --group patient --json
seodang fit sign-digits/ --budget 5m"""
# What `--save` takes of the budget, and what the report may take after it.
_SAVE_SECONDS = 0.3
_REPORT_SECONDS = 30.0


@click.command(
    "fit",
    help=_(
        "Fit every family of models to TABLE (CSV, TSV, Parquet, or a folder of pictures in class folders), tune "
        "them in the time given, and compare them: a ladder from a baseline that ignores the inputs to an ensemble."
    )
    + "\n\n"
    + _(
        "Task and metric are inferred where not given, and said. Scores are of rows that the models did not learn "
        "from, with intervals (95 %). The budget covers everything but the report, which takes up to 30 s more."
    ),
    epilog=_("Examples:") + "\n\n" + EXAMPLES,
)
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--target", metavar="COL", help=_("The column to predict. Not needed for pictures in class folders."))
@click.option(
    "--budget", type=Seconds(), default="60s", show_default=True, help=_("Time in all: 60, 60s, 5m or 1h.")
)
@click.option("--metric", metavar="NAME", help=_("The metric's name, such as rmse; `seodang metrics` lists them."))
@click.option(
    "--task",
    type=click.Choice(["regression", "binary", "classes"]),
    help=_("What is predicted, if not as inferred."),
)
@click.option("--group", metavar="COL", help=_("Rows of equal values here stay on one side of every fold."))
@click.option(
    "--time", metavar="COL", help=_("A column of times: folds learn from the past and predict what follows.")
)
@click.option("--seed", default=0, show_default=True, help=_("Everything random is drawn from it."))
@click.option(
    "--holdout",
    type=click.FloatRange(0, 0.5),
    default=0.0,
    metavar="SHARE",
    help=_("A share of the rows, up to 0.5, that nobody looks at before the end."),
)
@click.option("--families", metavar="NAMES", help=_("Only these, separated by commas, such as linear,forest."))
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help=_("Write the report, one HTML file that needs nothing else."),
)
@click.option(
    "--language", type=click.Choice(["en", "ko"]), help=_("The report's language; your own where not given.")
)
@click.option(
    "--save",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help=_("Save the model for `seodang predict`."),
)
@json_option
def command(
    table: Path,
    budget: float,
    report: Path | None,
    language: str | None,
    folder: Path | None,
    as_json: bool,
    families: str | None,
    **choices: Any,
) -> None:
    entered, start = time.monotonic(), start_seconds()
    need_learn()
    from seodang.learn.ladder import fit

    check_outputs(report, folder)
    chosen = [name.strip() for name in families.split(",") if name.strip()] if families is not None else None
    watch = Watch(view_for(chosen, budget, choices["metric"], as_json))
    try:
        with watch.until_done():
            begun = start + time.monotonic() - entered
            left = budget - begun - (min(1.0, _SAVE_SECONDS + 0.01 * budget) if folder is not None else 0.0)
            watch.begun(begun)
            ladder = fit(table, families=chosen, budget=within(left, budget), on_progress=watch.tell, **choices)
    except KeyboardInterrupt:
        click.echo(_("Stopped before one rung was climbed."), err=True)
        sys.exit(130)
    with ladder:
        ladder.budget = budget
        if watch.was_stopped:
            click.echo(_("Stopped; what was climbed so far is compared."), err=True)
        if folder is not None:
            ladder.save(folder)
        tell(ladder, as_json)
        if folder is not None:
            click.echo(_("The model is in %(folder)s.") % {"folder": folder}, err=True)
        if report is not None:
            write_report(ladder, report, language, budget)


def within(left: float, budget: float) -> float:
    """
    Raises:
        BudgetTooSmall: the program's own start took it all.
    """
    if left < 0.2:
        from seodang.learn.errors import BudgetTooSmall

        raise BudgetTooSmall(
            N_("A budget of %(budget)s s is over before the first model can be fitted."),
            hint=N_("Give a larger budget: 10 s for a small table, 60 s for most."),
            budget=f"{budget:g}",
        )
    return left


def check_outputs(report: Path | None, folder: Path | None) -> None:
    """Before anything is fitted, that what comes out can be written."""
    if report is not None:
        check_file(report, (".html", ".htm"))
    if folder is not None:
        from seodang.learn.saved import check_destination

        check_destination(folder)


# --- while it climbs -------------------------------------------------------------------------------------------


def view_for(chosen: list[str] | None, budget: float, metric: str | None, as_json: bool) -> View | None:
    """A live table on a terminal, lines in a pipe, nothing for programs."""
    from seodang.cli._ladder_view import Lines, Live
    from seodang.learn.families import FAMILIES, ladder_order
    from seodang.score.metrics import METRICS

    wanted = None if chosen is None else {FAMILIES.get(name).name for name in chosen}
    families = [family for family in ladder_order() if wanted is None or family.name in wanted]
    known = None if metric is None else METRICS.get(metric)
    if sys.stderr.isatty():
        return Live(families, budget, metric=known)
    return None if as_json else Lines(families, budget, metric=known)


class Watch:
    """Shows progress, and turns the first Ctrl-C into “compare what stands”, the second into an end."""

    def __init__(self, view: View | None) -> None:
        self.view = view
        self.was_stopped = False
        self._has_a_rung = False

    def begun(self, seconds: float) -> None:
        if self.view is not None:
            self.view.begun = seconds

    def tell(self, progress: Progress) -> bool:
        """Whether the climb shall go on."""
        self._has_a_rung = progress.best is not None
        if self.view is not None:
            self.view.show(progress)
        return not self.was_stopped

    @contextmanager
    def until_done(self) -> Iterator[None]:
        from seodang.cli._ladder_view import watching

        before = signal.getsignal(signal.SIGINT)
        with watching(self.view):
            try:
                signal.signal(signal.SIGINT, self._on_interrupt)
                yield
            finally:
                signal.signal(signal.SIGINT, before)

    def _on_interrupt(self, *_signal: Any) -> None:
        if self.was_stopped or not self._has_a_rung:
            raise KeyboardInterrupt
        self.was_stopped = True


# --- when it is done -------------------------------------------------------------------------------------------


def tell(ladder: Ladder, as_json: bool) -> None:
    from seodang.cli._ladder_view import print_ladder

    if not as_json:
        print_ladder(ladder)
        return
    for said in (*ladder.notes, *ladder.warnings):
        click.echo(str(said), err=True)
    found = ladder.as_json()
    print_json({name: found[name] for name in ("metric", "task", "best", "seconds", "rungs")})


def write_report(ladder: Ladder, path: Path, language: str | None, budget: float) -> None:
    from seodang.learn.report import write

    most = min(_REPORT_SECONDS, max(5.0, budget / 2))
    click.echo(_("Writing the report; this may take %(seconds).0f s more.") % {"seconds": most}, err=True)
    write(ladder, path, language=language, deadline_seconds=most)
    click.echo(_("The report is in %(path)s.") % {"path": path}, err=True)
