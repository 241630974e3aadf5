"""What every command that speaks to a site shares: whom to ask, how times, files and scores read, progress bars."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from seodang.i18n import gettext as _
from seodang.i18n import ngettext

if TYPE_CHECKING:
    from seodang.client import Client, Competition, Entry, Quota

F = TypeVar("F", bound=Callable[..., Any])
# Told (bytes so far, bytes in all).
Bar = Callable[[int, int], None]


def site_option(function: F) -> F:
    """Add `--site`; the command receives `site: str | None`."""
    text = _("Address of the site; else SEODANG_URL, else the one you logged in to last.")
    return click.option("--site", metavar="URL", help=text)(function)


def connect(site: str | None) -> Client:
    """A client of that site, or of the current one. Imports httpx, so only where a site is asked."""
    from seodang.client import Client

    return Client(site)


def when(moment: datetime | None) -> str:
    """A time as this machine's clock would show it."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else "–"


def exactly(moment: datetime | None) -> str:
    """The same with its offset, where a wrong hour would cost an entry: 2026-12-01 18:00 +09:00."""
    return f"{when(moment)} {moment.astimezone().isoformat()[-6:]}" if moment else "–"


def competition_state(competition: Competition) -> str:
    """Of a published one rather whether it takes entries: open, closed, or not open yet."""
    if competition.is_open:
        return _("open")
    if competition.state != "published" or competition.opens_at is None:
        return state_word(competition.state)
    has_opened = competition.opens_at <= datetime.now(competition.opens_at.tzinfo)
    return _("closed") if has_opened else _("not open yet")


def left_text(quota: Quota) -> str:
    text = ngettext("%(n)s entry left today", "%(n)s entries left today", quota.left_today) % {
        "n": quota.left_today
    }
    if quota.left_total is not None:
        text += ", " + _("%(n)s in all") % {"n": quota.left_total}
    return text


def state_word(state: str) -> str:
    """A state that the site names for programs, as a person reads it."""
    words = {
        "draft": _("draft"),
        "preparing": _("preparing"),
        "ready": _("ready, not published"),
        "published": _("published"),
        "waiting": _("waiting"),
        "scored": _("scored"),
        "failed": _("failed"),
        "withdrawn": _("withdrawn"),
        "instructor": _("instructor"),
        "assistant": _("assistant"),
        "student": _("student"),
        "train": _("training data"),
        "test": _("test data"),
        "sample": _("sample entry"),
        "extra": _("more data"),
        "truth": _("truth"),
    }
    return words.get(state, state)


def say(text: str) -> None:
    """A word to the person, beside the output proper."""
    click.echo(text, err=True)


def score_lines(entry: Entry) -> list[str]:
    """What one wants to know after entering: score, interval, the team's rank, and what is left today."""
    lines = []
    if entry.public:
        shown = f"{entry.public.score:z.{entry.decimals}f}"
        if entry.public.low is not None and entry.public.high is not None:
            lines.append(
                _("Score %(score)s, 95 %% interval %(low)s to %(high)s (%(metric)s)")
                % {
                    "score": shown,
                    "low": f"{entry.public.low:z.{entry.decimals}f}",
                    "high": f"{entry.public.high:z.{entry.decimals}f}",
                    "metric": entry.metric,
                }
            )
        else:
            lines.append(_("Score %(score)s (%(metric)s)") % {"score": shown, "metric": entry.metric})
    elif entry.state == "failed":
        lines.append(_("It could not be scored. That is the site's fault and costs no attempt; staff can see why."))
    if entry.standing and entry.standing.rank:
        line = _("Rank %(rank)s of %(n)s") % {"rank": entry.standing.rank, "n": entry.standing.n_teams}
        if entry.standing.in_leading_band and entry.standing.rank > 1:
            line += " · " + _("cannot be told from the leader")
        lines.append(line)
    if entry.quota:
        lines.append(left_text(entry.quota))
    return lines


@contextmanager
def progress_bar(label: str, *, quiet: bool) -> Iterator[Bar | None]:
    """A bar on stderr while bytes move; nothing where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def spinner(label: str, *, quiet: bool) -> Iterator[None]:
    """A sign of life while we wait for the site."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(label):
        yield


@contextmanager
def told_spinner(label: str, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """The same with words that change; where nobody looks at a terminal, each is a line of its own."""
    if quiet or not sys.stderr.isatty():
        yield (lambda _text: None) if quiet else say
        return
    from rich.console import Console

    with Console(stderr=True).status(label) as shown:
        yield shown.update
