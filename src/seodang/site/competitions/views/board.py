"""The leaderboard.

Its rows are drawn once for every version of the board, language and page, and kept; what differs between readers
(one's own row, the tabs one may use) is laid over them, so that a thousand readers cost little more than one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from seodang.site.competitions import metrics, standings
from seodang.site.competitions.models import Competition
from seodang.site.competitions.standings import Board, Part, Standing
from seodang.site.competitions.views._common import competition_page, latest_revisions, own_team, show
from seodang.site.courses.access import Access

ROWS_PER_PAGE = 100
CHARTED_TEAMS = 5
KEPT_SECONDS = 60 * 60


@dataclass(frozen=True)
class Run:
    """Neighbouring rows of one band. `n_members` counts the whole band; `returns` when it began further up."""

    band: int
    rows: tuple[Standing, ...]
    n_members: int
    returns: bool

    @property
    def is_group(self) -> bool:
        return self.band > 0 and self.n_members > 1


def runs(rows: list[Standing], members: dict[int, int]) -> list[Run]:
    """Rows in their order, cut where the band changes; a baseline stays with the rows above it."""
    bands: list[int] = []
    for row in rows:
        bands.append(
            row.band if not row.is_baseline and row.band else (bands[-1] if row.is_baseline and bands else 0)
        )
    found: list[Run] = []
    seen: set[int] = set()
    for band, pairs in groupby(zip(bands, rows, strict=True), key=lambda pair: pair[0]):
        found.append(Run(band, tuple(row for _band, row in pairs), members.get(band, 0), band in seen))
        seen.add(band)
    return found


def members_by_band(board: Board) -> dict[int, int]:
    counts: dict[int, int] = {}
    for row in board.rows:
        if row.band and not row.is_baseline:
            counts[row.band] = counts.get(row.band, 0) + 1
    return counts


@require_safe
@competition_page
def leaderboard(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    see_private = standings.may_see_private(competition, access)
    part = chosen_part(request, competition, see_private=see_private)
    board = standings.board(competition, part=part)
    team = own_team(access, competition) if access.may_take_part else None
    search = request.GET.get("q", "").strip()[:60]
    rows = [row for row in board.rows if search.casefold() in row.team_name.casefold()] if search else board.rows
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    own = board.standing_of(team.pk) if team else None
    return show(
        request,
        "_board" if request.htmx and not request.htmx.boosted else "leaderboard",
        access,
        competition,
        tab="leaderboard",
        board=board,
        part=part,
        see_private=see_private,
        parts=[
            (_("Public"), "?part=public", part == "public"),
            (_("Private"), "?part=private", part == "private"),
        ],
        private_is_open=competition.private_opened_at is not None,
        page=page,
        search=search,
        metric=metrics.find(board.metric),
        own=own,
        own_page=None if own is None or is_listed(own, page) else own_page(board, own),
        chart=None if search or page.number > 1 else kept(board, competition, "chart", draw_chart),
        rows=marked(
            drawn_rows(board, competition, page, search),
            own=team.pk if team else None,
            changed=changes(board, request.GET.get("seen", "")),
        ),
        behind=board.is_behind(competition),
        revisions=latest_revisions(competition),
    )


def chosen_part(request: HttpRequest, competition: Competition, *, see_private: bool) -> Part:
    """What was asked for, where it may be seen; else the board that counts now."""
    default = "private" if competition.private_opened_at else "public"
    asked = request.GET.get("part", default)
    return "private" if asked == "private" and see_private else "public"


def is_listed(own: Standing, page: Page) -> bool:
    return any(row.team_id == own.team_id for row in page.object_list)


def own_page(board: Board, own: Standing) -> int:
    # By team: comparing whole standings, histories and all, would cost more than drawing the page.
    place = next(index for index, row in enumerate(board.rows) if row.team_id == own.team_id)
    return place // ROWS_PER_PAGE + 1


def drawn_rows(board: Board, competition: Competition, page: Page, search: str) -> SafeString:
    def draw(board: Board, competition: Competition) -> str:
        listed = runs(list(page.object_list), members_by_band(board))
        return render_to_string("competitions/_board_rows.html", row_context(board, competition, runs=listed))

    return draw(board, competition) if search else kept(board, competition, f"rows:{page.number}", draw)


def draw_chart(board: Board, competition: Competition) -> str:
    teams = [row for row in board.rows if not row.is_baseline][:CHARTED_TEAMS]
    context = row_context(board, competition, series=[(row.team_name, row.history) for row in teams])
    return render_to_string("competitions/_board_chart.html", context)


def row_context(board: Board, competition: Competition, **rest: Any) -> dict[str, Any]:
    return {"board": board, "competition": competition, "course": competition.course, **rest}


def kept(board: Board, competition: Competition, what: str, draw: Any) -> SafeString:
    """Drawn once for each version of the board, language and time zone."""
    zone = competition.course.time_zone
    key = f"board:{competition.pk}:{board.version}:{board.part}:{get_language()}:{zone}:{what}"
    drawn = cache.get(key)
    if drawn is None:
        drawn = str(draw(board, competition))
        cache.set(key, drawn, KEPT_SECONDS)
    return mark_safe(drawn)  # noqa: S308 - made by our own templates, which escape


def marked(drawn: SafeString, *, own: int | None, changed: set[int]) -> SafeString:
    """Mark the reader's row, and those that changed since the reader looked, in rows drawn for everybody."""
    for team_id in changed | ({own} if own is not None else set()):
        plain = f'data-team="{team_id}" class="'
        names = ("is-mine " if team_id == own else "") + ("is-new " if team_id in changed else "")
        drawn = mark_safe(drawn.replace(plain, plain + names))  # noqa: S308 - from our own templates
    return drawn


def changes(board: Board, seen: str) -> set[int]:
    """Teams whose line differs from that of the version the reader has on the screen."""
    where = f"board:{board.competition_id}:{board.part}:lines:"
    asks = seen.isdigit() and len(seen) < 18 and seen != str(board.version)
    if not asks and f"{where}{board.version}" in cache:
        return set()
    now = {row.team_id: (row.score, row.n_entries) for row in board.rows}
    cache.set(f"{where}{board.version}", now, KEPT_SECONDS)
    if not asks:
        return set()
    before = cache.get(f"{where}{seen}")
    return {team_id for team_id, line in now.items() if before.get(team_id) != line} if before else set()
