"""`seodang ladders`: climb on a site, follow it, take home what it made. `seodang fit` climbs on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seodang.cli._output import json_option, print_json, print_table
from seodang.cli._site import connect, progress_bar, say, site_option, told_spinner, when
from seodang.i18n import gettext as _
from seodang.i18n import ngettext

if TYPE_CHECKING:
    from seodang.client import Ladder

NAME = _("NAME is a ladder’s number, or “course/number” where several courses have it.")
FILE = click.Path(dir_okay=False, path_type=Path)
PLACE = click.Path(path_type=Path)
EXAMPLES = """\b
seodang ladders create houses.csv --course deep-learning --target price
seodang ladders list
seodang ladders show 3
seodang ladders report 3 --to report.html
seodang ladders predict 3 new-houses.csv -o predictions.csv"""
timeout_option = click.option(
    "--timeout", type=float, default=3600.0, show_default=True, help=_("Seconds to wait at most.")
)


@click.group(
    "ladders",
    help=_("Compare every family of models on a table, on a site.") + "\n\n" + NAME,
    epilog=_("Examples:") + "\n\n" + EXAMPLES,
)
def command() -> None:
    """The group; see its verbs."""


def state_word(state: str) -> str:
    """A state that the site names for programs, as a person reads it."""
    words = {
        "draft": _("not begun"),
        "waiting": _("waiting"),
        "climbing": _("climbing"),
        "done": _("done"),
        "failed": _("could not be climbed"),
        "stopped": _("stopped"),
    }
    return words.get(state, state)


@command.command("list", help=_("List the ladders you may see, the newest first."))
@click.option("--course", help=_("Only those of this course."))
@site_option
@json_option
def list_(course: str | None, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        found = client.ladders(course=course)
    if as_json:
        print_json(found.rows())
        return
    if not found:
        say(_("There are none. Climb one: seodang ladders create TABLE --course COURSE"))
        return
    rows = [
        (each.name, each.title, each.target, state_word(each.state), each.best, each.owner, when(each.created_at))
        for each in found
    ]
    print_table([_("ladder"), _("title"), _("target"), _("state"), _("best"), _("by"), _("made")], rows)


@command.command("show", help=_("Show the rungs of one ladder."))
@click.argument("name")
@site_option
@json_option
def show(name: str, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        ladder = client.ladder(name)
    tell(ladder, as_json)


def tell(ladder: Ladder, as_json: bool) -> None:
    """The ladder, and exit status 1 where it could not be climbed."""
    if as_json:
        print_json(ladder.json)
    else:
        print_ladder(ladder)
    if ladder.state == "failed":
        raise SystemExit(1)


def print_ladder(ladder: Ladder) -> None:
    from seodang.client.models import number

    click.secho(ladder.title, bold=True)
    about = [ladder.target, ladder.metric, ladder.task, state_word(ladder.state)]
    click.echo(" · ".join(text for text in about if text))
    problem = ladder.json.get("problem") or {}
    for text in (problem.get("message"), problem.get("hint")):
        if text:
            click.secho(text, fg="red", err=True)
    if ladder.rungs:
        rows = [
            (
                rung.title or rung.name,
                number(rung.score, 4),
                "" if rung.ci_low is None else f"{number(rung.ci_low, 4)} – {number(rung.ci_high, 4)}",
                number(rung.seconds, 1),
                mark_of(ladder, rung.name, rung.tied_with_best),
                rung.skipped or "",
            )
            for rung in ladder.rungs
        ]
        print_table([_("rung"), _("score"), _("95 % interval"), _("seconds"), "", ""], rows, right=(1, 3))
    for text in ladder.warnings:
        click.secho(text, fg="yellow", err=True)
    click.echo(ladder.url)


def mark_of(ladder: Ladder, name: str, tied: bool) -> str:
    if name == ladder.best:
        return _("best") if ladder.state == "done" else _("best so far")
    return _("tied") if tied else ""


@command.command("create", help=_("Upload a table and climb; the column to predict suggests itself if not said."))
@click.argument("table", type=FILE)
@click.option("--course", required=True, help=_("Address of the course."))
@click.option("--target", default="", help=_("Column to predict."))
@click.option("--seconds", type=click.IntRange(1), default=60, show_default=True, help=_("How long to climb."))
@click.option("--predict", "to_predict", type=FILE, help=_("A second table, that every rung predicts."))
@click.option("--title", default="", help=_("Title; else the table’s name."))
@click.option("--task", type=click.Choice(["regression", "binary", "classes"]), help=_("What is predicted."))
@click.option("--metric", default="", help=_("A metric, as “seodang metrics” lists them."))
@click.option("--group", default="", help=_("A column whose equal values stay on one side of every fold."))
@click.option("--time", default="", help=_("A column of times: every fold learns from the past."))
@click.option("--leave-out", multiple=True, help=_("A column not to learn from; give it once for each."))
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help=_("Seed of the folds."))
@click.option("--wait/--no-wait", default=True, help=_("Wait until it is climbed (the usual) or not."))
@timeout_option
@site_option
@json_option
def create(
    table: Path,
    course: str,
    target: str,
    seconds: int,
    to_predict: Path | None,
    title: str,
    task: str | None,
    metric: str,
    group: str,
    time: str,
    leave_out: tuple[str, ...],
    seed: int,
    wait: bool,
    timeout: float,
    site: str | None,
    as_json: bool,
) -> None:
    with connect(site) as client:
        with progress_bar(_("Uploading"), quiet=as_json) as bar:
            ladder = client.create_ladder(
                table,
                course=course,
                target=target,
                seconds=seconds,
                predict=to_predict,
                progress=bar,
                title=title,
                task=task or "",
                metric=metric,
                group=group,
                time=time,
                leave_out=list(leave_out),
                seed=seed,
            )
        if wait:
            with told_spinner(_("Waiting …"), quiet=as_json) as speak:
                ladder = ladder.wait(timeout=timeout, watch=watching(speak))
    tell(ladder, as_json)


def watching(speak: Callable[[str], None]) -> Callable[[Ladder], None]:
    """Says how far the climb is, each time the words change."""
    last = ""

    def watch(ladder: Ladder) -> None:
        nonlocal last
        text = progress_text(ladder)
        if text != last:
            last = text
            speak(text)

    return watch


def progress_text(ladder: Ladder) -> str:
    if ladder.state == "waiting":
        return _("Waiting, place %(place)s in the line") % {"place": ladder.place}
    left = ngettext("%(n)s second left", "%(n)s seconds left", ladder.seconds_left) % {"n": ladder.seconds_left}
    best = next((rung for rung in ladder.rungs if rung.name == ladder.best), None)
    if best is None or best.score is None:
        return _("Climbing, %(left)s") % {"left": left}
    places = {"left": left, "best": best.title or best.name, "score": f"{best.score:.4f}"}
    return _("Climbing, %(left)s, best so far: %(best)s %(score)s") % places


@command.command("stop", help=_("Stop a climb, or leave the line."))
@click.argument("name")
@site_option
@json_option
def stop(name: str, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        ladder = client.ladder(name).stop()
    tell(ladder, as_json)


def _bring(name: str, what: str, to: Path, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        path = client.ladder(name).download(what, to)
    if as_json:
        print_json({"path": str(path)})
    else:
        click.echo(str(path))


@command.command("report", help=_("Download the report, one HTML file."))
@click.argument("name")
@click.option("--to", type=PLACE, default=".", help=_("Folder or file to put it in."))
@site_option
@json_option
def report(name: str, to: Path, site: str | None, as_json: bool) -> None:
    _bring(name, "report.html", to, site, as_json)


@command.command("model", help=_("Download the saved model, a zip for “seodang predict”."))
@click.argument("name")
@click.option("--to", type=PLACE, default=".", help=_("Folder or file to put it in."))
@site_option
@json_option
def model(name: str, to: Path, site: str | None, as_json: bool) -> None:
    _bring(name, "model.zip", to, site, as_json)


@command.command("predictions", help=_("Download what the best rung, or another one, predicted."))
@click.argument("name")
@click.option("--rung", default="", help=_("Name of a rung; else the best."))
@click.option("--to", type=PLACE, default=".", help=_("Folder or file to put it in."))
@site_option
@json_option
def predictions(name: str, rung: str, to: Path, site: str | None, as_json: bool) -> None:
    _bring(name, f"prediction-{rung}.csv" if rung else "prediction.csv", to, site, as_json)


@command.command("predict", help=_("Have another table predicted with the saved model, and download it."))
@click.argument("name")
@click.argument("table", type=FILE)
@click.option("-o", "--output", type=PLACE, default=".", help=_("Folder or file to put it in."))
@timeout_option
@site_option
@json_option
def predict(name: str, table: Path, output: Path, timeout: float, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        with told_spinner(_("Predicting …"), quiet=as_json):
            ladder = client.ladder(name).predict(table).wait_for_predictions(timeout=timeout)
        if ladder.predict_state == "failed":
            problem = ladder.json.get("predict_problem") or {}
            if as_json:
                print_json({"error": problem})
            for text in (problem.get("message"), problem.get("hint")):
                if text and not as_json:
                    click.secho(text, fg="red", err=True)
            raise SystemExit(1)
        path = ladder.download("prediction.csv", output)
    if as_json:
        print_json({"path": str(path)})
    else:
        click.echo(str(path))


@command.command("delete", help=_("Delete a ladder with its table, model and report."))
@click.argument("name")
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@site_option
def delete(name: str, yes: bool, site: str | None) -> None:
    with connect(site) as client:
        ladder = client.ladder(name)
        if not yes:
            click.confirm(_("Delete “%(title)s”?") % {"title": ladder.title}, abort=True, err=True)
        ladder.delete()
    say(_("“%(title)s” is deleted.") % {"title": ladder.title})
