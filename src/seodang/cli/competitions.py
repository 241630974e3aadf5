"""`seodang competitions`: the verbs of a competition for those who enter; `_hosting` adds those of the host."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seodang.cli import _hosting
from seodang.cli._files import bring
from seodang.cli._output import json_option, print_json, print_table
from seodang.cli._site import (
    competition_state,
    connect,
    exactly,
    left_text,
    progress_bar,
    say,
    score_lines,
    site_option,
    spinner,
    state_word,
    when,
)
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.client import Entry

NAME = _("NAME is a competition's address: “slug”, or “course/slug” where several are called that.")
EXAMPLES = """\b
seodang competitions list
seodang competitions download breast-cancer --to data
seodang competitions submit breast-cancer -f prediction.csv -m "logistic regression"
seodang competitions leaderboard breast-cancer"""

# The interval follows the score by a job of its own; longer than this nobody should wait for it.
INTERVAL_SECONDS = 30.0


@click.group(
    "competitions",
    help=_("Take part in prediction competitions, or hold one.") + "\n\n" + NAME,
    epilog=_("Examples:") + "\n\n" + EXAMPLES,
)
def command() -> None:
    """The group; see its verbs."""


@command.command("list", help=_("List the competitions you may see. Those that close first are at the top."))
@click.option("--course", help=_("Only those of this course."))
@click.option("--search", help=_("Only those with this in title, summary or address."))
@site_option
@json_option
def list_(course: str | None, search: str | None, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        found = client.competitions(course=course, search=search)
    if as_json:
        print_json(found.rows())
        return
    if not found:
        say(_("There are none. Join a course with its code on the site first."))
        return
    rows = [
        (
            each.name,
            each.title,
            each.metric_title,
            exactly(each.closes_at),
            competition_state(each),
        )
        for each in found
    ]
    print_table([_("competition"), _("title"), _("metric"), _("closes"), _("state")], rows)


@command.command("show", help=_("Show one competition: metric, times, quota, your team."))
@click.argument("name")
@site_option
@json_option
def show(name: str, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        competition = client.competition(name)
    if as_json:
        print_json(competition.json)
        return
    better = _("greater is better") if competition.greater_is_better else _("smaller is better")
    click.secho(competition.title, bold=True)
    if competition.summary:
        click.echo(competition.summary)
    lines = [
        (_("address"), competition.name),
        (_("metric"), f"{competition.metric_title} ({better})"),
        (_("opens"), exactly(competition.opens_at)),
        (_("closes"), exactly(competition.closes_at)),
        (_("quota"), _("%(n)s entries a day") % {"n": competition.daily_quota}),
        (_("people per team"), str(competition.team_size)),
        (_("final picks"), str(competition.final_picks)),
    ]
    team = competition.json.get("team")
    if team:
        lines.append((_("your team"), f"{team['name']}: {', '.join(team['members'])}"))
    if competition.quota:
        lines.append((_("left"), left_text(competition.quota)))
    lines.append((_("page"), competition.url))
    print_table(["", ""], lines)


@command.command("files", help=_("List the files of a competition."))
@click.argument("name")
@site_option
@json_option
def files(name: str, site: str | None, as_json: bool) -> None:
    from seodang.client.models import size_text

    with connect(site) as client:
        found = client.competition(name).files()
    if as_json:
        print_json(found.rows())
    else:
        rows = [(file.name, state_word(file.role), file.n_rows, size_text(file.size_bytes)) for file in found]
        print_table([_("name"), _("role"), _("rows"), _("size")], rows, right=(2, 3))


@command.command(
    "download", help=_("Download the files of a competition, or those named. Each is checked by SHA-256.")
)
@click.argument("name")
@click.argument("filenames", nargs=-1, metavar="[FILE]...")
@click.option(
    "--to",
    "folder",
    type=_hosting.FOLDER,
    default=".",
    help=_("Folder to put them in."),
)
@site_option
@json_option
def download(name: str, filenames: tuple[str, ...], folder: Path, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        paths = bring(client.competition(name), folder, filenames, as_json=as_json)
    if not as_json:
        for path in paths:
            click.echo(str(path))


@command.command("submit", help=_("Enter a prediction and wait for its score. A refused file costs no attempt."))
@click.argument("name")
@click.option("-f", "--file", required=True, type=click.Path(path_type=Path), help=_("CSV or Parquet."))
@click.option("-m", "--message", default="", help=_("What you tried; your team sees it."))
@click.option("--baseline", metavar="NAME", help=_("For staff: enter a marked baseline of this name."))
@click.option("--wait/--no-wait", default=True, help=_("Wait for the score (the usual) or not."))
@click.option("--timeout", type=float, default=600.0, show_default=True, help=_("Seconds to wait at most."))
@site_option
@json_option
def submit(
    name: str,
    file: Path,
    message: str,
    baseline: str | None,
    wait: bool,
    timeout: float,
    site: str | None,
    as_json: bool,
) -> None:
    with connect(site) as client:
        competition = client.competition(name)
        with progress_bar(_("Uploading"), quiet=as_json) as bar:
            entry = competition.submit(file, message, baseline_name=baseline, progress=bar)
        if not as_json:
            say(_("Entry #%(number)s is taken.") % {"number": entry.ordinal})
        if wait:
            entry = wait_for_score(entry, timeout, quiet=as_json)
    if as_json:
        print_json(entry.json)
        return
    for line in score_lines(entry):
        click.echo(line)
    click.echo(entry.url)


def wait_for_score(entry: Entry, timeout: float, *, quiet: bool) -> Entry:
    """The scored entry, with its interval where that comes soon."""
    from seodang.client import StillWaiting

    with spinner(_("Scoring …"), quiet=quiet):
        scored = entry.wait(timeout=timeout)
        try:
            return scored.wait(timeout=min(INTERVAL_SECONDS, timeout), for_interval=True)
        except StillWaiting:
            return scored


@command.command("submissions", help=_("List your entries with their scores. Newest first; staff get everybody's."))
@click.argument("name")
@click.option("-n", "--limit", type=click.IntRange(1), help=_("How many at most."))
@site_option
@json_option
def submissions(name: str, limit: int | None, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        found = client.competition(name).entries(limit=limit)
    if as_json:
        print_json(found.rows())
        return
    headings = [
        _("entry"),
        _("team"),
        _("state"),
        _("public score"),
        _("private score"),
        _("final"),
        _("when"),
        _("file"),
        _("message"),
    ]
    rows = [(*entry_cells(each), when(each.created_at), each.filename, each.message) for each in found]
    print_table(headings, rows, right=(0, 3, 4))


def entry_cells(entry: Entry) -> tuple[str, ...]:
    number, team, state, public, private, final = list(entry.cells().values())[:6]
    return number, team, state_word(state), public, private, final


@command.command(
    "leaderboard", help=_("Show the leaderboard. A * marks those that cannot be told from the leader.")
)
@click.argument("name")
@click.option("--private", is_flag=True, help=_("The private board, once it has opened."))
@click.option("-n", "--limit", type=click.IntRange(1), help=_("How many rows at most."))
@site_option
@json_option
def leaderboard(name: str, private: bool, limit: int | None, site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        board = client.competition(name).leaderboard("private" if private else "public")
    if as_json:
        rows = board.rows_json()[:limit]
        print_json({**board.json, "rows": rows})
        return
    lines, baseline = [], _("baseline")
    # A leader alone need not be told that nobody can be told from them.
    is_tied = sum(row.in_leading_band for row in board.rows) > 1
    for row in board.rows[:limit]:
        cells = row.cells(board.decimals)
        team = f"{row.team} ({baseline})" if row.is_baseline else row.team
        mine = "→ " if row.is_mine else ""
        star = " *" if is_tied and row.in_leading_band else ""
        lines.append(
            (cells["rank"], mine + team, cells["score"] + star, cells["95 %"], row.n_entries, when(row.last_at))
        )
    print_table(
        [_("rank"), _("team"), board.metric, _("95 % interval"), _("entries"), _("last")], lines, right=(0, 2, 3, 4)
    )
    if is_tied:
        say(_("* cannot be told from the leader: the difference is no larger than chance makes it"))


@command.command("withdraw", help=_("Take an entry off the board. The attempt stays used."))
@click.argument("name")
@click.argument("number", type=int)
@click.option("--reason", default="", help=_("Why; the team sees it."))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@site_option
@json_option
def withdraw(name: str, number: int, reason: str, yes: bool, site: str | None, as_json: bool) -> None:
    if not yes and not as_json:
        click.confirm(_("Withdraw entry #%(number)s? It cannot be put back.") % {"number": number}, abort=True)
    with connect(site) as client:
        entry = client.competition(name).withdraw(number, reason)
    if as_json:
        print_json(entry.json)
    else:
        click.echo(_("Entry #%(number)s is withdrawn.") % {"number": number})


@command.command("pick", help=_("Pick the entries that count at the end. They replace earlier picks."))
@click.argument("name")
@click.argument("numbers", type=int, nargs=-1)
@click.option("--none", "nothing", is_flag=True, help=_("Take all picks back: your best public entries count."))
@site_option
@json_option
def pick(name: str, numbers: tuple[int, ...], nothing: bool, site: str | None, as_json: bool) -> None:
    if bool(numbers) == nothing:
        raise click.UsageError(_("Give the numbers of entries, or --none."))
    with connect(site) as client:
        picked = client.competition(name).pick(numbers)
    if as_json:
        print_json(picked.rows())
    elif picked:
        numbers_text = ", ".join(f"#{each.ordinal}" for each in picked)
        click.echo(_("These count at the end: %(numbers)s") % {"numbers": numbers_text})
    else:
        click.echo(_("No entry is picked: your best public ones count."))


_hosting.add_to(command)
