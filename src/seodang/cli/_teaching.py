"""Verbs of `seodang labs` for staff: make, mend and publish a lab, follow its class, take its points home."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seodang.cli._output import json_option, print_json, print_table
from seodang.cli._site import connect, say, site_option, spinner, when
from seodang.errors import SeodangError
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.client import Lab
    from seodang.client.lab import Regrade

NAME = _("NAME is a lab's address: “slug”, or “course/slug” where several are called that.")
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
DATA = _("A data file beside it; give it once for each.")


def lab_word(state: str) -> str:
    """A state that the site names for programs, as a person reads it."""
    words = {
        "draft": _("draft"),
        "ready": _("ready, not published"),
        "published": _("published"),
        "checking": _("being checked"),
        "good": _("checked"),
        "doubtful": _("has problems"),
        "refused": _("could not be marked"),
        "waiting": _("waiting"),
        "marking": _("being marked"),
        "marked": _("marked"),
        "by_hand": _("waits for a person"),
        "nothing": _("nothing handed in yet"),
        "missing": _("missing"),
        "passed": _("passed"),
        "partial": _("partly"),
        "failed": _("failed"),
        "unchanged": _("not answered"),
        "timeout": _("took too long"),
        "crashed": _("crashed"),
        "tampered": _("a person will look at this"),
        "running": _("running"),
        "applied": _("applied"),
        "cancelled": _("cancelled"),
    }
    return words.get(state, state)


def nothing_handed_in(name: str) -> SeodangError:
    return SeodangError(
        _("You have handed in nothing for %(name)s."),
        hint=_("Hand in: seodang labs submit %(name)s NOTEBOOK"),
        code="nothing_handed_in",
        name=name,
    )


@click.command(
    "create", help=_("Put a source notebook, or a zip of its folder, into a course. The site checks it.")
)
@click.argument("source", type=FILE)
@click.option("--course", required=True, help=_("Address of the course."))
@click.option("--due", required=True, help=_("When it is due, as in “2026-12-01 23:59”, on the course's clock."))
@click.option("--opens", help=_("From when on students see its files; now, if not given."))
@click.option("--title", default="", help=_("Title; else the notebook's own."))
@click.option("--slug", default="", help=_("Address within the course; else made of the title."))
@click.option("--data", multiple=True, type=FILE, help=DATA)
@click.option("--publish", "publishing", is_flag=True, help=_("Let students see it as soon as it is checked."))
@click.option("--timeout", type=float, default=1800.0, show_default=True, help=_("Seconds to wait at most."))
@site_option
@json_option
def create(
    source: Path,
    course: str,
    due: str,
    opens: str | None,
    title: str,
    slug: str,
    data: tuple[Path, ...],
    publishing: bool,
    timeout: float,
    site: str | None,
    as_json: bool,
) -> None:
    due_at, opens_at = moment(due, "--due"), moment(opens, "--opens") if opens else None
    with connect(site) as client:
        lab = client.create_lab(
            source, course=course, due_at=due_at, opens_at=opens_at, title=title, slug=slug, data=data
        )
        lab = checked(lab, timeout, as_json)
        if publishing and newest(lab).get("state") == "good":
            lab = lab.publish()
    report(lab, as_json)


def moment(text: str, option: str) -> str:
    """ISO 8601 of what a person wrote.

    Raises:
        click.BadParameter
    """
    from datetime import datetime

    try:
        return datetime.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise click.BadParameter(
            _("Write a time as in “2026-12-01 23:59”; received “%(text)s”.") % {"text": text}, param_hint=option
        ) from None


def checked(lab: Lab, timeout: float, as_json: bool) -> Lab:
    if not as_json:
        say(_("%(name)s is taken; the site checks its notebook.") % {"name": lab.name})
    with spinner(_("Checking …"), quiet=as_json):
        return lab.wait_until_checked(timeout=timeout)


def newest(lab: Lab) -> dict[str, Any]:
    return lab.json.get("revision") or {}


@click.command(
    "revise", help=_("Upload a mended notebook. It takes over once it is checked; points stay until a regrade.")
)
@click.argument("name")
@click.argument("source", type=FILE)
@click.option("--note", default="", help=_("What changed; for staff."))
@click.option("--data", multiple=True, type=FILE, help=DATA + " " + _("Without any, those of before stay."))
@click.option("--timeout", type=float, default=1800.0, show_default=True, help=_("Seconds to wait at most."))
@site_option
@json_option
def revise(
    name: str, source: Path, note: str, data: tuple[Path, ...], timeout: float, site: str | None, as_json: bool
) -> None:
    with connect(site) as client:
        lab = client.lab(name)
        lab.revise(source, data=data, note=note)
        lab = checked(lab, timeout, as_json)
    report(lab, as_json)


@click.command("publish", help=_("Let students see a lab."))
@click.argument("name")
@click.option("--accept", is_flag=True, help=_("Although its check found problems."))
@site_option
@json_option
def publish(name: str, accept: bool, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        lab = client.lab(name)
        if accept:
            lab.accept()
        lab = lab.publish()
    report(lab, as_json)


@click.command("release", help=_("Let students see all points, marks by people and comments."))
@click.argument("name")
@site_option
@json_option
def release(name: str, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        lab = client.lab(name).release()
    if as_json:
        print_json(lab.json)
    else:
        click.echo(_("Students see all points of %(name)s.") % {"name": lab.name})


@click.command("progress", help=_("Show the class: who has handed in, what is marked, what waits."))
@click.argument("name")
@site_option
@json_option
def progress(name: str, site: str | None, as_json: bool) -> None:
    from seodang.client.lab import points_text
    from seodang.client.models import moment as read

    with connect(site) as client:
        found = client.lab(name).progress()
    if as_json:
        print_json(found)
        return
    rows = [
        (
            row["student_number"],
            row["name"] or row["email"],
            lab_word(row["state"]),
            row["attempts"] or "",
            f"{points_text(row['points'])} / {points_text(row['max_points'])}",
            row["late_days"] or "",
            when(read(row["submitted_at"])) if row["submitted_at"] else "",
        )
        for row in found["rows"]
    ]
    headings = [_("number"), _("name"), _("state"), _("attempts"), _("points earned"), _("late days"), _("when")]
    print_table(headings, rows, right=(3, 4, 5))
    counts = found["counts"]
    click.echo(
        _("%(handed_in)s of %(enrolled)s handed in, %(waiting)s wait for marking, %(by_hand)s for a person.")
        % counts
    )


@click.command("marks", help=_("Save the points of the class as CSV. The file is safe to open in a spreadsheet."))
@click.argument("name")
@click.option("-o", "--output", type=FILE, help=_("File to write; else SLUG-points.csv here."))
@site_option
@json_option
def marks(name: str, output: Path | None, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        lab = client.lab(name)
        path = lab.export(output or Path(f"{lab.slug}-points.csv"))
    if as_json:
        print_json({"path": str(path)})
    else:
        click.echo(str(path))


@click.command("regrade", help=_("Mark the class again under the current revision, and see whose points change."))
@click.argument("name")
@click.option("--student", "students", type=int, multiple=True, help=_("Only this person, by number."))
@click.option("--apply", "applying", is_flag=True, help=_("Let the new points count at once, without asking."))
@click.option("--timeout", type=float, default=3600.0, show_default=True, help=_("Seconds to wait at most."))
@site_option
@json_option
def regrade(
    name: str, students: tuple[int, ...], applying: bool, timeout: float, site: str | None, as_json: bool
) -> None:
    with connect(site) as client:
        lab = client.lab(name)
        found = lab.regrade(students or None)
        with spinner(_("Marking again …"), quiet=as_json):
            found = lab.wait_for_regrade(found, timeout=timeout)
        if not as_json:
            print_changes(found)
        if applying or (not as_json and click.confirm(_("Let the new points count?"), default=False, err=True)):
            found = lab.end_regrade(found, apply=True)
    if as_json:
        print_json(found.json)
        return
    click.echo(_("The regrade is %(state)s.") % {"state": lab_word(found.state)})
    click.echo(found.url)


def print_changes(found: Regrade) -> None:
    from seodang.client.lab import points_text

    rows = [
        (
            each["user"],
            f"#{each['attempt']}",
            points_text(each["before"]),
            points_text(each["after"]),
            each["problem"],
        )
        for each in found.changes
    ]
    if rows:
        print_table([_("name"), _("attempt"), _("before"), _("after"), ""], rows, right=(2, 3))
    click.echo(
        _("%(up)s gain, %(down)s lose, %(same)s stay, %(failed)s could not be marked again.")
        % {"up": found.up, "down": found.down, "same": found.same, "failed": found.failed}
    )


def report(lab: Lab, as_json: bool) -> None:
    """State and findings; the exit status tells whether the newest revision may be handed out."""
    found = newest(lab)
    if as_json:
        print_json(lab.json)
    else:
        for text in found.get("findings", ()):
            click.secho(text, fg="yellow", err=True)
        problem = found.get("problem") or {}
        for text in (problem.get("message"), problem.get("hint")):
            if text:
                click.secho(text, fg="red", err=True)
        places = {"name": lab.name, "state": lab_word(lab.state), "check": lab_word(found.get("state", ""))}
        click.echo(_("%(name)s is %(state)s; its notebook: %(check)s.") % places)
        click.echo(lab.url)
    if found.get("state") == "refused" or (found.get("state") == "doubtful" and not found.get("is_current")):
        raise SystemExit(1)
