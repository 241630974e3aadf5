"""Everything of a competition as rows of a table, for staff.

Column names are the same in every language, for programs that read them; times are ISO 8601 in the course's zone.
Names, messages and file names were typed by students, so every cell goes through `web.csvsafe.guard`: none of them
can become a formula in a spreadsheet, and numbers stay numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from seodang.site.competitions import standings
from seodang.site.competitions.models import Competition, Entry, Membership, Scoring
from seodang.site.web.csvsafe import csv_lines, guard

WHAT = ("entries", "public", "private", "teams")


def export_rows(*, competition: Competition, what: str = "entries") -> Iterator[list[Any]]:
    """Rows for a CSV writer, the first one being the column names.

    Args:
        what: "entries" (all of them under every version), "public" or "private" (a board), "teams".
    """
    if what not in WHAT:
        raise ValueError(f"what must be one of {', '.join(WHAT)}; received {what!r}")
    rows = {"entries": _entries, "teams": _teams}.get(what)
    made = rows(competition) if rows else _board(competition, what)
    return ([guard(cell) for cell in row] for row in made)


def export_csv(competition: Competition, what: str) -> Iterator[bytes]:
    """The same as the bytes of a CSV file, line by line."""
    rows = export_rows(competition=competition, what=what)
    return (line.encode() for line in csv_lines(next(rows), rows))


def _entries(competition: Competition) -> Iterator[list[Any]]:
    """One line for each entry and version; an entry without any score has one line too."""
    yield [
        *("entry", "team", "is_baseline", "person", "email", "created_at", "state", "filename", "size_bytes"),
        *("sha256", "message", "is_final_pick", "withdrawn_at", "withdrawn_reason", "problem"),
        *("version", "is_shown", "metric", "public_score", "public_low", "public_high"),
        *("private_score", "private_low", "private_high"),
    ]
    scores: dict[int, list[tuple[Any, ...]]] = {}
    found = Scoring.objects.filter(entry__competition=competition).order_by("truth_version")
    for entry_id, *values in found.values_list(
        *("entry_id", "truth_version", "metric", "public_score", "public_low", "public_high"),
        *("private_score", "private_low", "private_high"),
    ):
        scores.setdefault(entry_id, []).append(tuple(values))
    entries = Entry.objects.filter(competition=competition).select_related("team", "user").order_by("ordinal")
    for entry in entries.iterator(chunk_size=2000):
        person = entry.user
        about = [
            *(entry.ordinal, entry.team.name, entry.team.is_baseline),
            *(person.name if person else "", person.email if person else ""),
            *(_moment(entry.created_at, competition), entry.state, entry.filename, entry.size_bytes),
            *(entry.sha256, entry.message, entry.is_final_pick),
            *(_moment(entry.withdrawn_at, competition), entry.withdrawn_reason, entry.problem),
        ]
        for version, *values in scores.get(entry.pk, [(None,) * 8]):
            yield [*about, version, version == competition.shown_version, *values]


def _board(competition: Competition, part: Any) -> Iterator[list[Any]]:
    board = standings.board(competition, part=part)
    yield [
        *("rank", "team", "is_baseline", "members", "score", "low", "high", "band", "entries", "last_at"),
        *("entry", "moved", "metric", "version"),
    ]
    members = _members(competition)
    for row in board.rows:
        yield [
            *(row.rank, row.team_name, row.is_baseline, "; ".join(members.get(row.team_id, []))),
            *(row.score, row.low, row.high, row.band or None, row.n_entries, _moment(row.last_at, competition)),
            *(row.entry_ordinal, row.moved, board.metric, board.truth_version),
        ]


def _teams(competition: Competition) -> Iterator[list[Any]]:
    yield ["team", "is_baseline", "person", "email", "student_number", "is_captain", "joined_at"]
    numbers = dict(competition.course.enrollments.values_list("user_id", "student_number"))
    memberships = Membership.objects.filter(competition=competition).select_related("team", "user")
    for one in memberships.order_by("team__name", "joined_at"):
        yield [
            *(one.team.name, one.team.is_baseline, one.user.name, one.user.email),
            *(numbers.get(one.user_id, ""), one.is_captain, _moment(one.joined_at, competition)),
        ]
    for name in competition.teams.filter(memberships__isnull=True).order_by("name").values_list("name", flat=True):
        yield [name, True, "", "", "", "", ""]


def _members(competition: Competition) -> dict[int, list[str]]:
    members: dict[int, list[str]] = {}
    for team, name in (
        Membership.objects.filter(competition=competition)
        .order_by("joined_at")
        .values_list("team_id", "user__name")
    ):
        members.setdefault(team, []).append(name)
    return members


def _moment(moment: datetime | None, competition: Competition) -> str:
    return moment.astimezone(competition.course.tz).isoformat(timespec="seconds") if moment else ""
