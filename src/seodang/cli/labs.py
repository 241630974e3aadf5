"""`seodang labs`: the verbs of a lab for those who hand in; `_teaching` adds those of staff.

`seodang lab` and `seodang grade` work on this machine alone; this command speaks to a site.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seodang.cli import _teaching
from seodang.cli._files import bring
from seodang.cli._output import json_option, print_json, print_table
from seodang.cli._site import (
    connect,
    exactly,
    progress_bar,
    say,
    site_option,
    told_spinner,
    when,
)
from seodang.cli._teaching import NAME, lab_word
from seodang.i18n import gettext as _
from seodang.i18n import ngettext

if TYPE_CHECKING:
    from collections.abc import Callable

    from seodang.client import Lab, Submission

EXAMPLES = """\b
seodang labs list
seodang labs download gradient-descent --to week3
seodang labs submit gradient-descent week3/gradient-descent.ipynb
seodang labs points gradient-descent"""


@click.group(
    "labs",
    help=_("Work on a course's labs and hand them in, or hold them.") + "\n\n" + NAME,
    epilog=_("Examples:") + "\n\n" + EXAMPLES,
)
def command() -> None:
    """The group; see its verbs."""


@command.command("list", help=_("List the labs you may see. Those that are due first are at the top."))
@click.option("--course", help=_("Only those of this course."))
@site_option
@json_option
def list_(course: str | None, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        found = client.labs(course=course)
    if as_json:
        print_json(found.rows())
        return
    if not found:
        say(_("There are none. Join a course with its code on the site first."))
        return
    from seodang.client.lab import points_text

    rows = [
        (each.name, each.title, exactly(each.own_due_at), points_text(each.max_points), state_of(each))
        for each in found
    ]
    print_table([_("lab"), _("title"), _("due"), _("points"), _("state")], rows, right=(3,))


def state_of(lab: Lab) -> str:
    if lab.state != "published":
        return lab_word(lab.state)
    if lab.is_open:
        return _("open")
    return _("closed") if lab.is_closed else _("not open yet")


@command.command("show", help=_("Show one lab: when it is due for you, its questions, the attempts that are left."))
@click.argument("name")
@site_option
@json_option
def show(name: str, site: str | None, as_json: bool) -> None:
    from seodang.client.lab import points_text

    with connect(site) as client:
        lab = client.lab(name)
    if as_json:
        print_json(lab.json)
        return
    click.secho(lab.title, bold=True)
    if lab.summary:
        click.echo(lab.summary)
    lines = [(_("address"), lab.name), (_("opens"), exactly(lab.opens_at))]
    if lab.deadline:
        lines.append((_("due"), due_text(lab)))
        lines.append((_("taken until"), exactly(lab.deadline.closes_at)))
    if lab.json.get("late_days"):
        late = _("%(percent)s %% of the points for each late day") % {"percent": lab.json.get("late_percent", 0)}
        lines.append((_("late"), late))
    if lab.attempts_left is not None:
        lines.append((_("attempts left"), str(lab.attempts_left)))
    lines += [(_("points"), points_text(lab.max_points)), (_("page"), lab.url)]
    print_table(["", ""], lines)
    if lab.questions:
        rows = [
            (each.title or each.id, points_text(each.max_points), kind_word(each.kind)) for each in lab.questions
        ]
        print_table([_("question"), _("points"), _("marked by")], rows, right=(1,))


def due_text(lab: Lab) -> str:
    if lab.deadline is None:
        return exactly(lab.due_at)
    days = lab.deadline.extension_days
    extended = " " + ngettext("(%(n)s day longer for you)", "(%(n)s days longer for you)", days) % {"n": days}
    return exactly(lab.deadline.extended_due_at) + (extended if days else "")


def kind_word(kind: str) -> str:
    return _("tests") if kind == "autograded" else _("a person")


@command.command(
    "download", help=_("Download the notebook and its data files, or those named. A notebook that differs stays.")
)
@click.argument("name")
@click.argument("filenames", nargs=-1, metavar="[FILE]...")
@click.option("--to", "folder", type=_teaching.FOLDER, default=".", help=_("Folder to put them in."))
@site_option
@json_option
def download(name: str, filenames: tuple[str, ...], folder: Path, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        paths = bring(client.lab(name), folder, filenames, as_json=as_json)
    if as_json:
        return
    if not paths:
        say(_("There is nothing to download before the lab opens."))
    for path in paths:
        click.echo(str(path))


@command.command("submit", help=_("Hand in a notebook and wait for its points. A refused file costs no attempt."))
@click.argument("name")
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--wait/--no-wait", default=True, help=_("Wait for the points (the usual) or not."))
@click.option("--timeout", type=float, default=1800.0, show_default=True, help=_("Seconds to wait at most."))
@site_option
@json_option
def submit(name: str, notebook: Path, wait: bool, timeout: float, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        lab = client.lab(name)
        with progress_bar(_("Uploading"), quiet=as_json) as bar:
            found = lab.submit(notebook, progress=bar)
        if not as_json:
            say(_("Attempt %(number)s is taken.") % {"number": found.attempt})
        if wait:
            with told_spinner(_("Waiting to be marked …"), quiet=as_json) as tell:
                found = found.wait(timeout=timeout, watch=watching(tell))
    if as_json:
        print_json(found.json)
    else:
        print_submission(found)
    if found.state == "refused":
        raise SystemExit(1)


def watching(tell: Callable[[str], None]) -> Callable[[Submission], None]:
    """Says how far the marking is, each time it has changed."""
    last = ""

    def watch(submission: Submission) -> None:
        nonlocal last
        text = progress_text(submission)
        if text != last:
            last = text
            tell(text)

    return watch


def progress_text(submission: Submission) -> str:
    now = submission.progress
    if now is None:
        return _("Waiting to be marked …")
    if now.reason:
        return f"{now.reason} {now.hint}".strip()
    if now.place > 1:
        before = now.place - 1
        text = ngettext(
            "%(n)s submission is marked before yours.", "%(n)s submissions are marked before yours.", before
        )
        return text % {"n": before}
    if now.place == 1:
        return _("It is next.")
    if now.total:
        return _("Being marked: cell %(done)s of %(total)s") % {"done": now.done, "total": now.total}
    return _("Being marked …")


@command.command("status", help=_("List your attempts at a lab. Newest first."))
@click.argument("name")
@site_option
@json_option
def status(name: str, site: str | None, as_json: bool) -> None:
    from seodang.client.lab import points_text

    with connect(site) as client:
        lab = client.lab(name)
        found = lab.submissions()
    if as_json:
        print_json(found.rows())
        return
    if not found:
        say(_("You have handed in nothing yet. It is due %(when)s.") % {"when": due_text(lab)})
        return
    rows = [
        (
            f"#{each.attempt}",
            lab_word(each.state),
            f"{points_text(each.points)} / {points_text(each.max_points)}",
            each.late_days or "",
            _("counts") if each.counts else "",
            when(each.submitted_at),
            each.filename,
        )
        for each in found
    ]
    headings = [_("attempt"), _("state"), _("points earned"), _("late days"), "", _("when"), _("file")]
    print_table(headings, rows, right=(2, 3))


@command.command("points", help=_("Show the points of the attempt that counts, or of another one."))
@click.argument("name")
@click.argument("attempt", type=click.IntRange(1), required=False)
@site_option
@json_option
def points(name: str, attempt: int | None, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        lab = client.lab(name)
        if attempt is None:
            found = lab.submissions()
            attempt = next((each.attempt for each in found if each.counts), found[0].attempt if found else None)
        if attempt is None:
            raise _teaching.nothing_handed_in(lab.name)
        submission = lab.submission(attempt)
    if as_json:
        print_json(submission.json)
    else:
        print_submission(submission)


def print_submission(submission: Submission) -> None:
    """Points per question, what the tests said, and the total."""
    from seodang.client.lab import points_text

    if submission.state == "refused":
        problem = submission.json.get("problem") or {}
        click.secho(_("It could not be marked; it cost no attempt."), fg="red")
        for text in (problem.get("message"), problem.get("hint")):
            if text:
                click.echo(text)
    elif submission.is_waiting:
        click.echo(progress_text(submission))
    elif submission.hidden:
        click.echo(_("It is marked. The points are shown once your teachers release them."))
    else:
        rows = [
            (
                each.title or each.id,
                f"{points_text(each.points)} / {points_text(each.max_points)}",
                lab_word(each.status),
            )
            for each in submission.questions
        ]
        print_table([_("question"), _("points earned"), ""], rows, right=(1,))
        for each in submission.questions:
            print_messages(each.title or each.id, each.failures(), each.comment)
        print_total(submission)
    click.echo(submission.url)


def print_messages(title: str, failures: list[str], comment: str) -> None:
    if failures or comment:
        click.secho(title, bold=True)
    for text in failures:
        click.echo("  " + text.replace("\n", "\n  "))
    if comment:
        click.echo("  " + _("Comment: %(text)s") % {"text": comment})


def print_total(submission: Submission) -> None:
    from seodang.client.lab import points_text

    if submission.late_days:
        text = ngettext("%(n)s late day: −%(points)s", "%(n)s late days: −%(points)s", submission.late_days)
        click.echo(text % {"n": submission.late_days, "points": points_text(submission.penalty)})
    total = {"points": points_text(submission.points), "most": points_text(submission.max_points)}
    click.secho(_("%(points)s of %(most)s points") % total, bold=True)
    if not submission.complete:
        click.echo(_("A person has yet to mark some of it, or the points are not released."))


for each in (
    _teaching.create,
    _teaching.revise,
    _teaching.publish,
    _teaching.release,
    _teaching.progress,
    _teaching.marks,
    _teaching.regrade,
):
    command.add_command(each)
