"""The verbs of `seodang competitions` for the host: write a competition.yaml, try it here, put it on a site.

`init` and `check` work on this machine alone and need the extra `seodang[score]`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seodang.cli._output import json_option, print_json, print_table
from seodang.cli._site import connect, say, site_option, spinner, state_word
from seodang.errors import SeodangError
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.client import Competition
    from seodang.score.inspect_table import TableInfo

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
TABLES = {".csv", ".tsv", ".parquet"}


def add_to(group: click.Group) -> None:
    for verb in (init, check, create, publish, revise, export):
        group.add_command(verb)


def need_score() -> None:
    """Raises a message that names the extra where the toolkit's parts are not installed."""
    try:
        import numpy  # noqa: F401
        import pyarrow  # noqa: F401
        import pydantic  # noqa: F401
    except ImportError as error:
        raise SeodangError(
            _("This command needs %(part)s, which is not installed."),
            hint=_("Install it: pip install 'seodang[score]'"),
            code="extra_missing",
            part=error.name,
        ) from None


# --- init --------------------------------------------------------------------------------------------------


@click.command(
    "init",
    help=_("Write a competition.yaml. It is made from a table: one CSV or Parquet file with a target column.")
    + "\n\n"
    + _("What is not given is asked for in a terminal, and guessed from the table elsewhere."),
    epilog=_("Examples:")
    + "\n\n\b\nseodang competitions init diabetes --table diabetes.csv\n"
    + "seodang competitions init diabetes --table diabetes.csv --target progression --metric rmse",
)
@click.argument("folder", type=FOLDER)
@click.option("--table", type=FILE, help=_("The table; copied into the folder if it lies elsewhere."))
@click.option("--title", help=_("Title of the competition."))
@click.option("--target", help=_("Column to predict."))
@click.option("--id", "id_column", help=_("Column that names the rows; else rows are numbered."))
@click.option("--metric", help=_("Name of a metric; `seodang metrics` lists them."))
@click.option("--closes", help=_("When it closes, as in “2026-12-01 18:00”, in the course's time zone."))
@click.option("--force", is_flag=True, help=_("Overwrite a competition.yaml that is there."))
@json_option
def init(
    folder: Path,
    table: Path | None,
    title: str | None,
    target: str | None,
    id_column: str | None,
    metric: str | None,
    closes: str | None,
    force: bool,
    as_json: bool,
) -> None:
    need_score()
    from seodang.score.inspect_table import inspect_table, metrics_for
    from seodang.score.spec import FILE_NAME, CompetitionSpec

    path = folder / FILE_NAME
    if path.exists() and not force:
        raise SeodangError(
            _("%(path)s is there already."), hint=_("Overwrite it with --force."), code="exists", path=path
        )
    found = table or the_only_table(folder)
    info = inspect_table(found)
    asking = sys.stdin.isatty() and not as_json
    target = target or ask(asking, _("Column to predict"), info.target or "", [c.name for c in info.columns])
    task = task_of(info, target)
    usual = metrics_for(task) if task else info.metrics
    values: dict[str, Any] = {
        "title": title or ask(asking, _("Title"), found.stem.replace("_", " ").replace("-", " ").capitalize()),
        "data": found.name,
        "target": target,
        "id": id_column or info.id,
        "metric": metric or ask(asking, _("Metric (%(usual)s …)") % {"usual": ", ".join(usual[:4])}, usual[0]),
        "closes": closes or ask(asking, _("Closes"), in_two_weeks()),
    }
    spec = CompetitionSpec.model_validate(values)
    folder.mkdir(parents=True, exist_ok=True)
    if found.resolve().parent != folder.resolve():
        shutil.copyfile(found, folder / found.name)
    path.write_text(spec.to_yaml(), encoding="utf-8")
    if as_json:
        print_json({"path": str(path), **spec.model_dump(mode="json", exclude_defaults=True)})
        return
    click.echo(_("Wrote %(path)s.") % {"path": path})
    say(_("Look at it, then try it here: seodang competitions check %(folder)s") % {"folder": folder})


def the_only_table(folder: Path) -> Path:
    tables = sorted(p for p in folder.glob("*") if p.suffix.lower() in TABLES) if folder.is_dir() else []
    if len(tables) == 1:
        return tables[0]
    raise SeodangError(
        _("Which table is it? %(folder)s has %(n)s."),
        hint=_("Name it: --table FILE"),
        code="no_table",
        folder=folder,
        n=len(tables),
    )


def ask(asking: bool, question: str, usual: str, choices: list[str] | None = None) -> str:
    if not asking:
        return usual
    kind = click.Choice(choices) if choices else str
    return str(
        click.prompt(question, default=usual or None, type=kind, show_choices=bool(choices and len(choices) < 12))
    )


def task_of(info: TableInfo, target: str) -> Any:
    column = info.column(target)
    if column is None:
        raise SeodangError(
            _("The table has no column “%(name)s”."),
            hint=_("It has: %(names)s"),
            code="no_column",
            name=target,
            names=", ".join(each.name for each in info.columns[:20]),
        )
    return column.task


def in_two_weeks() -> str:
    return f"{datetime.now().astimezone() + timedelta(days=14):%Y-%m-%d} 23:59"


# --- check -------------------------------------------------------------------------------------------------


@click.command(
    "check",
    help=_("Try the competition of FOLDER here, without any site. Its sample entry is scored."),
)
@click.argument("folder", type=FOLDER)
@click.option("--out", type=FOLDER, help=_("Keep what is made in this folder (with the truth: do not publish it)."))
@json_option
def check(folder: Path, out: Path | None, as_json: bool) -> None:
    need_score()
    from seodang.score.spec import CompetitionSpec

    with tempfile.TemporaryDirectory(prefix="seodang-check-") as temporary:
        spec = CompetitionSpec.read(folder)
        report = try_out(spec, folder, out or Path(temporary))
    if as_json:
        print_json(report)
        return
    click.secho(spec.title, bold=True)
    rows = [(file["name"], state_word(file["role"]), file["n_rows"]) for file in report["files"]]
    print_table([_("file"), _("role"), _("rows")], rows, right=(2,))
    click.echo(
        _("%(metric)s of the sample entry: public %(public)s, private %(private)s")
        % {
            "metric": report["metric"],
            "public": f"{report['sample_public']:z.{report['decimals']}f}",
            "private": f"{report['sample_private']:z.{report['decimals']}f}",
        }
    )
    for warning in report["warnings"]:
        click.secho(warning, fg="yellow", err=True)
    say(_("Ready. Put it on a site: seodang competitions create %(folder)s --course COURSE") % {"folder": folder})


def try_out(spec: Any, folder: Path, out: Path) -> dict[str, Any]:
    """Prepare for real, then score the sample entry as if a student had sent it."""
    from seodang.score.evaluate import evaluate
    from seodang.score.prediction import EntryFormat, read_prediction
    from seodang.score.prepare import prepare
    from seodang.score.truth import Truth

    prepared = prepare(spec, folder, out)
    files = {file.role: file for file in prepared.files}
    truth = Truth.read(files["truth"].path)
    form = EntryFormat.from_sample(
        files["sample"].path, spec.scored_by, labels=prepared.labels, **spec.metric_options
    )
    prediction = read_prediction(files["sample"].path, form)
    scores = {
        part: evaluate(truth, prediction, spec.scored_by, part=part, **spec.metric_options)
        for part in ("public", "private")
    }
    return {
        "title": spec.title,
        "slug": spec.slug,
        "metric": spec.metric,
        "decimals": spec.scored_by.decimals,
        "files": [{"name": f.name, "role": f.role, "n_rows": f.n_rows} for f in prepared.files],
        "sample_public": scores["public"],
        "sample_private": scores["private"],
        "warnings": [f"{warning.message} {warning.hint}".strip() for warning in prepared.warnings],
    }


# --- on a site ---------------------------------------------------------------------------------------------


@click.command("create", help=_("Put the competition of FOLDER into a course. The site prepares it."))
@click.argument("folder", type=FOLDER)
@click.option("--course", required=True, help=_("Address of the course."))
@click.option("--publish", "publishing", is_flag=True, help=_("Let students see it as soon as it is ready."))
@click.option("--timeout", type=float, default=600.0, show_default=True, help=_("Seconds to wait at most."))
@site_option
@json_option
def create(folder: Path, course: str, publishing: bool, timeout: float, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        competition = client.create_competition(folder, course=course)
        if not as_json:
            say(_("%(name)s is made; the site prepares its files.") % {"name": competition.name})
        with spinner(_("Preparing …"), quiet=as_json):
            competition = competition.wait_until_prepared(timeout=timeout)
        if publishing:
            competition = competition.publish()
    if not as_json:
        for warning in competition.json.get("warnings") or ():
            click.secho(warning, fg="yellow", err=True)
    report(competition, as_json)


@click.command("publish", help=_("Let students see a competition."))
@click.argument("name")
@site_option
@json_option
def publish(name: str, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        competition = client.competition(name).publish()
    report(competition, as_json)


@click.command("revise", help=_("Correct the truth or the metric. Entries are scored anew, old scores kept."))
@click.argument("name")
@click.option("--reason", required=True, help=_("Why; all can read it."))
@click.option("--truth", type=FILE, help=_("The corrected truth, with the same ids."))
@click.option("--metric", help=_("Name of another metric."))
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help=_("Options of the metric."))
@site_option
@json_option
def revise(
    name: str,
    reason: str,
    truth: Path | None,
    metric: str | None,
    options: tuple[str, ...],
    site: str | None,
    as_json: bool,
) -> None:
    if truth is None and not metric and not options:
        raise click.UsageError(_("Give --truth, --metric or --option."))
    with connect(site) as client:
        competition = client.competition(name)
        read = options_of(options) if options else None
        competition = competition.revise(reason, truth=truth, metric=metric, metric_options=read)
    report(competition, as_json)


def options_of(pairs: tuple[str, ...]) -> dict[str, Any]:
    """`k=5` → {"k": 5}; what is no JSON is text."""
    import json

    read: dict[str, Any] = {}
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not mark:
            raise click.UsageError(_("Write an option as NAME=VALUE; received “%(text)s”.") % {"text": pair})
        try:
            read[key.strip()] = json.loads(value)
        except ValueError:
            read[key.strip()] = value
    return read


@click.command("export", help=_("Save every entry as CSV. The file is safe to open in a spreadsheet."))
@click.argument("name")
@click.option("-o", "--output", type=FILE, help=_("File to write; else SLUG-WHAT.csv here."))
@click.option(
    "--what",
    type=click.Choice(["entries", "public", "private", "teams"]),
    default="entries",
    show_default=True,
    help=_("What to save."),
)
@site_option
@json_option
def export(name: str, output: Path | None, what: str, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        competition = client.competition(name)
        path = competition.export(output or Path(f"{competition.slug}-{what}.csv"), what=what)
    if as_json:
        print_json({"path": str(path)})
    else:
        click.echo(str(path))


def report(competition: Competition, as_json: bool) -> None:
    if as_json:
        print_json(competition.json)
        return
    click.echo(_("%(name)s is %(state)s.") % {"name": competition.name, "state": state_word(competition.state)})
    click.echo(competition.url)
