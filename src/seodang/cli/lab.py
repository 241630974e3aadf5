"""`seodang lab`: release a source notebook, prove that it marks rightly, convert it. Needs no site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seodang.cli._output import ErrorsForPeople, json_option, print_json, print_table
from seodang.errors import SeodangError
from seodang.i18n import gettext as _
from seodang.i18n import ngettext

if TYPE_CHECKING:
    from decimal import Decimal

    from seodang.grade.check import LabReport
    from seodang.grade.execute import Executor
    from seodang.grade.lab import Lab

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(
    "lab",
    cls=ErrorsForPeople,
    help=_("Make and check labs: notebooks with solutions and tests, in nbgrader's format."),
)
def command() -> None:
    """The group; each verb does its own work."""


def need_grade() -> None:
    """Raises a message that names the extra where the toolkit's parts are not installed."""
    try:
        import jupytext  # noqa: F401
        import nbformat  # noqa: F401
        import pydantic  # noqa: F401
    except ImportError as lack:
        raise SeodangError(
            _("This command needs the package “%(name)s”, which is not installed."),
            hint=_("Install it with: %(command)s"),
            code="extra_missing",
            name=lack.name or "nbformat",
            command='pip install "seodang[grade]"',
        ) from lack


@command.command(
    help=_(
        "Make the students' notebook of SOURCE: solutions become stubs, hidden tests, mark schemes and outputs are "
        "taken out, tests are locked. SOURCE is a notebook (.ipynb) or its text form (.py, .md, .Rmd). Only where "
        "it has AUTOTEST lines is anything run: its solution, in the sandbox, to make the tests."
    ),
    epilog=_("Examples:")
    + "\n\n\b\nseodang lab release week3.ipynb\nseodang lab release source/week3.py --output release/week3.ipynb",
)
@click.argument("source", type=FILE)
@click.option(
    "--output",
    "-o",
    type=FILE,
    help=_("Where to write it; its ending names the form. Default: release/NAME.ipynb in SOURCE's folder."),
)
@click.option("--force", is_flag=True, help=_("Write over a file that exists."))
@click.option("--sandbox", metavar="NAME", help=_("Which sandbox to use: bubblewrap or none."))
@json_option
def release(source: Path, output: Path | None, force: bool, sandbox: str | None, as_json: bool) -> None:
    need_grade()
    from seodang.grade.autotest import has_autotests
    from seodang.grade.lab import Lab
    from seodang.grade.release import write

    lab = Lab.read(source, needs_questions=False, autotests=True)
    target = output or source.parent / "release" / f"{source.stem}.ipynb"
    check_target(source, target, force)
    if has_autotests(lab):
        from seodang.grade.execute import Executor
        from seodang.run.sandboxes import choose

        with Executor(sandbox=choose(sandbox), workers=1, own_work=True) as executor:
            lab = with_tests(lab, executor)
    target.parent.mkdir(parents=True, exist_ok=True)
    write(lab.release(), target)
    if as_json:
        print_json(described(lab) | {"output": str(target)})
        return
    warn(lab)
    click.secho(_("Released: %(path)s") % {"path": target}, fg="green")
    click.echo(summary(lab))
    if lab.data:
        click.echo(_("Give these files with it: %(names)s") % {"names": ", ".join(lab.data)})


@command.command(
    help=_(
        "Prove that SOURCE marks rightly: mark its own solutions, which must earn full points, and the released "
        "notebook, which must earn none. Runs both in the sandbox that marking uses."
    ),
    epilog=_("Examples:") + "\n\n\b\nseodang lab check week3.ipynb\nseodang lab check week3.ipynb --json",
)
@click.argument("source", type=FILE)
@click.option("--sandbox", metavar="NAME", help=_("Which sandbox to use: bubblewrap or none."))
@json_option
def check(source: Path, sandbox: str | None, as_json: bool) -> None:
    need_grade()
    from seodang.grade.execute import Executor
    from seodang.grade.grade import check_lab
    from seodang.grade.lab import Lab
    from seodang.run.sandboxes import choose

    lab = Lab.read(source, autotests=True)
    with Executor(sandbox=choose(sandbox), own_work=True) as executor:
        lab = with_tests(lab, executor)
        report = check_lab(lab, executor)
    if as_json:
        print_json(reported(lab, report))
    else:
        warn(lab)
        show_report(report)
    if not report.holds:
        raise click.exceptions.Exit(1)


@command.command(
    help=_(
        "Write a notebook in another form: .ipynb, .py (percent), .md, .myst.md or .Rmd. Cells and all that "
        "marking reads are kept; outputs are not."
    ),
    epilog=_("Examples:") + "\n\n\b\nseodang lab convert week3.ipynb week3.py",
)
@click.argument("source", type=FILE)
@click.argument("target", type=FILE)
@click.option("--force", is_flag=True, help=_("Write over a file that exists."))
def convert(source: Path, target: Path, force: bool) -> None:
    need_grade()
    from seodang.grade.notebook import read_notebook
    from seodang.grade.release import as_document, write

    check_target(source, target, force)
    write(as_document(read_notebook(source)), target)
    click.secho(_("Written: %(path)s") % {"path": target}, fg="green")


def with_tests(lab: Lab, executor: Executor) -> Lab:
    """The lab with tests in the place of AUTOTEST lines; says so where it has any, and by whose templates."""
    from seodang.grade.autotest import completed, has_autotests, templates_of

    if not has_autotests(lab):
        return lab
    templates = templates_of(lab)
    if templates.origin:
        said = _("The solution runs once, to make tests of the AUTOTEST lines; their templates: %(path)s")
        click.echo(said % {"path": templates.origin}, err=True)
    else:
        said = _(
            "The solution runs once, to make tests of the AUTOTEST lines; no %(name)s was found beside the "
            "notebook or above it, so the built-in templates are used."
        )
        click.echo(said % {"name": "autotests.yml"}, err=True)
    return completed(lab, executor, templates)


def check_target(source: Path, target: Path, force: bool) -> None:
    if target.exists() and source.exists() and target.samefile(source):
        raise click.UsageError(_("The output is the source itself; name another file."))
    if target.exists() and not force:
        raise click.UsageError(_("“%(path)s” exists; add --force to write over it.") % {"path": target})


def described(lab: Lab) -> dict[str, Any]:
    return {
        "title": lab.title,
        "max_points": float(lab.max_points),
        "questions": [
            {"id": q.id, "title": q.title, "kind": q.kind.value, "max_points": float(q.max_points)}
            for q in lab.questions
        ],
        "packages": list(lab.packages),
        "data": list(lab.data),
        "warnings": [warning.as_json() for warning in lab.warnings],
    }


def reported(lab: Lab, report: LabReport) -> dict[str, Any]:
    """What was found; points are numbers, as in every other JSON of this program."""
    found = {**described(lab), **report.as_json(), "max_points": float(report.max_points)}
    for question in found["questions"]:
        for key in ("max_points", "solution_points", "released_points"):
            question[key] = None if question[key] is None else float(question[key])
    return found


def summary(lab: Lab) -> str:
    count = len(lab.questions)
    text = ngettext("%(count)s question, %(points)s points.", "%(count)s questions, %(points)s points.", count)
    return text % {"count": count, "points": lab.max_points}


def warn(lab: Lab) -> None:
    for warning in lab.warnings:
        click.secho(warning.message, fg="yellow", err=True)


def show_report(report: LabReport) -> None:
    """A line for each question, what does not hold, and the verdict."""
    headings = [_("question"), _("points"), _("solution earns"), _("released earns"), ""]
    rows = [
        (question.id, question.max_points, earned(question.solution_points), earned(question.released_points), mark)
        for question in report.questions
        for mark in ["" if question.holds else "✗"]
    ]
    if rows:
        print_table(headings, rows, right=(1, 2, 3))
    for finding in report.findings:
        click.secho(finding.message, fg="red", err=True)
    if report.holds:
        click.secho(_("The solution earns full points and the released notebook none."), fg="green")
    else:
        click.secho(_("The lab does not mark rightly yet."), fg="red", err=True)


def earned(points: Decimal | None) -> str:
    return _("a person marks it") if points is None else str(points)
