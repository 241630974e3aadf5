"""`seodang grade`: mark notebooks of a lab, from the shell. Needs no site."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seodang.cli._output import json_option, print_json, print_table
from seodang.errors import fill
from seodang.i18n import N_, ngettext
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.grade.lab import Lab
    from seodang.grade.results import Graded, QuestionGrade
    from seodang.run.sandboxes import Sandbox

NOTEBOOKS = (".ipynb", ".py", ".md", ".rmd")
EXAMPLES = """\b
seodang grade lab.ipynb submissions/
seodang grade lab.ipynb submissions/*.ipynb --workers 4 --feedback feedback/
seodang grade lab.ipynb mine.ipynb --sandbox none --my-own-work
seodang grade lab.ipynb submissions/ --compat --json"""


@click.command(
    "grade",
    help=_(
        "Mark notebooks. LAB is the source notebook with its solutions and hidden tests; each SUBMISSION is a "
        "notebook, or a folder that is searched for notebooks."
    ),
    epilog=_("Examples:") + "\n\n" + EXAMPLES,
)
@click.argument("lab", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("submissions", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SUBMISSION...")
@click.option("--workers", type=click.IntRange(0), default=0, help=_("Notebooks at a time; 0 takes the cores."))
@click.option(
    "--sandbox", default=None, metavar="NAME", help=_("Where the code runs; “seodang sandbox check” tests it.")
)
@click.option("--my-own-work", is_flag=True, help=_("The notebooks are your own, so that “none” is enough."))
@click.option("--compat", is_flag=True, help=_("Give nbgrader's points, its weaknesses included."))
@click.option("--seed", default=0, show_default=True, help=_("Seed of random generators."))
@click.option(
    "--feedback",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    metavar="DIR",
    help=_("Write a page of feedback for each notebook."),
)
@json_option
@click.pass_context
def command(
    context: click.Context,
    lab: Path,
    submissions: tuple[Path, ...],
    workers: int,
    sandbox: str | None,
    my_own_work: bool,
    compat: bool,
    seed: int,
    feedback: Path | None,
    as_json: bool,
) -> None:
    paths = find_notebooks(submissions)
    chosen = chosen_sandbox(sandbox, my_own_work)

    from seodang.cli.lab import with_tests
    from seodang.grade.execute import Executor
    from seodang.grade.grade import grade_many
    from seodang.grade.lab import Lab

    source = Lab.read(lab, autotests=True)
    graded: dict[str, Graded] = {}
    with Executor(sandbox=chosen, workers=workers, own_work=my_own_work) as executor:
        source = with_tests(source, executor)
        with progress(len(paths)) as advance:
            for one in grade_many(source, paths, executor, compat=compat, seed=seed):
                graded[one.path] = one
                if feedback is not None:
                    write_feedback(feedback, source, one, paths)
                advance()
    in_order = [graded[str(path)] for path in paths]
    if as_json:
        print_json({"submissions": [as_promised(one) for one in in_order]})
    else:
        print_marks(in_order)
    if all(one.problem is not None for one in in_order):
        context.exit(1)


def chosen_sandbox(name: str | None, my_own_work: bool) -> Sandbox:
    """The sandbox, which has begun to attack itself: that takes as long as all that is imported meanwhile."""
    from seodang.run.check import begin
    from seodang.run.sandboxes import choose

    chosen = choose(name)
    if not my_own_work:
        if not chosen.confines:
            raise needs_walls(chosen.name)
        begin(chosen)
    return chosen


def needs_walls(name: str) -> Exception:
    from seodang.run.errors import SandboxUnavailable

    return SandboxUnavailable(
        N_("The sandbox “%(name)s” has no walls: code in a notebook could do whatever you can do."),
        hint=N_("Use “%(other)s” for the work of others. If every notebook is your own, add “%(option)s”."),
        name=name,
        other="--sandbox bubblewrap",
        option="--my-own-work",
    )


# --- what is marked --------------------------------------------------------------------------------------------


def find_notebooks(given: Sequence[Path]) -> list[Path]:
    """Files as given; of folders every notebook inside. Each once, and duplicates are said on stderr."""
    found: dict[Path, Path] = {}
    for path in given:
        for one in _inside(path):
            real = one.resolve()
            if real in found:
                text = fill(N_("“%(path)s” was given twice; it is marked once."), {"path": one})
                click.echo(text, err=True)
            else:
                found[real] = one
    if not found:
        raise click.UsageError(_("There is no notebook among what was given."))
    return list(found.values())


def _inside(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for one in sorted(path.rglob("*.ipynb")):
        parts = one.relative_to(path).parts
        if one.is_file() and not any(part.startswith(".") for part in parts):
            yield one


# --- what is said ----------------------------------------------------------------------------------------------


def as_promised(graded: Graded) -> dict[str, Any]:
    """The form that programs rely on: path, points, max_points, flags, questions; more may stand beside."""
    problem = graded.problem
    return {
        "path": graded.path,
        "points": number(graded.points),
        "max_points": number(graded.max_points),
        "waits_for_a_person": graded.waits_for_a_person,
        "flags": [
            {
                "code": flag.code,
                "severity": str(flag.severity),
                "message": flag.message,
                "cell": flag.cell,
                "line": flag.line,
            }
            for flag in graded.flags
        ],
        "questions": [_question(question) for question in graded.questions],
        "problem": None
        if problem is None
        else {
            "code": problem["code"],
            "message": fill(problem["template"], problem["params"]),
            "hint": fill(problem["hint"], problem["params"]),
        },
        "wall_seconds": graded.wall_seconds,
        "cpu_seconds": graded.cpu_seconds,
    }


def _question(question: QuestionGrade) -> dict[str, Any]:
    return {
        "id": question.id,
        "title": question.title,
        "kind": str(question.kind),
        "points": None if question.points is None else number(question.points),
        "max_points": number(question.max_points),
        "status": str(question.status),
        "checks": [
            {
                "title": check.title,
                "visible": check.visible,
                "passed": check.passed,
                "message": check.message,
                "staff_message": check.staff_message,
            }
            for check in question.checks
        ],
        "seconds": round(question.seconds, 4),
    }


def number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def print_marks(graded: Sequence[Graded]) -> None:
    print_table(
        [_("Notebook"), _("Points"), _("Of"), _("Waiting"), _("To look at")],
        [_row(one) for one in graded],
        right=(1, 2),
    )
    for one in graded:
        if one.problem is not None:
            click.secho(f"{one.path}: {fill(one.problem['template'], one.problem['params'])}", fg="red", err=True)
            hint = fill(one.problem["hint"], one.problem["params"]) if one.problem["hint"] else ""
            if hint:
                click.echo(hint, err=True)


def _row(one: Graded) -> list[str]:
    from seodang.grade.results import Severity

    if one.problem is not None:
        return [one.path, "–", "–", "", _("not marked")]
    waiting = sum(question.points is None for question in one.questions)
    notes = sum(flag.severity is not Severity.INFO for flag in one.flags)
    shown = ngettext("%(count)s flag", "%(count)s flags", notes) % {"count": notes} if notes else ""
    return [one.path, str(number(one.points)), str(number(one.max_points)), str(waiting or ""), shown]


@contextmanager
def progress(total: int) -> Iterator[Any]:
    """A bar on a terminal's stderr; nothing in a pipe."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(_("Marking"), total=total)
        yield lambda: bar.advance(task)


# --- feedback --------------------------------------------------------------------------------------------------


def write_feedback(folder: Path, lab: Lab, graded: Graded, paths: Iterable[Path]) -> None:
    from seodang.grade.feedback import render_feedback

    folder.mkdir(parents=True, exist_ok=True)
    (folder / feedback_name(graded.path, paths)).write_text(render_feedback(lab, graded), encoding="utf-8")


def feedback_name(path: str, paths: Iterable[Path]) -> str:
    """The notebook's own name, with its folders where two share it, as a file name that every system takes."""
    one = Path(path)
    same = [other for other in paths if other.stem.casefold() == one.stem.casefold()]
    name = one.stem if len(same) <= 1 else "_".join([*one.parts[-3:-1], one.stem])
    safe = re.sub(r"[^\w.()-]+", "_", unicodedata.normalize("NFC", name)).strip("._")[:100] or "notebook"
    if len({_safe(other) for other in same}) < len(same):
        import hashlib

        safe += "-" + hashlib.sha256(str(one).encode()).hexdigest()[:8]
    return f"{safe}.html"


def _safe(path: Path) -> str:
    return re.sub(r"[^\w.()-]+", "_", "_".join([*path.parts[-3:-1], path.stem])).casefold()
