"""Pages to read: the competitions of a course, one competition, its data, and the stream that keeps pages live."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from seodang.site.competitions import metrics, services, standings
from seodang.site.competitions.models import Competition, CompetitionState, Team
from seodang.site.competitions.services import Quota
from seodang.site.competitions.standings import Board, Standing
from seodang.site.competitions.views._common import (
    competition_page,
    course_page,
    latest_revisions,
    own_team,
    show,
)
from seodang.site.competitions.views._files import first_rows
from seodang.site.courses.access import Access
from seodang.site.jobs import live as jobs_live
from seodang.site.web.streams import attachment

TOP_ROWS = 5


@dataclass(frozen=True)
class Card:
    """One line of the list: a competition and how the reader stands in it."""

    competition: Competition
    metric: metrics.Told | None
    team: Team | None
    standing: Standing | None
    quota: Quota | None
    board: Board | None


@require_safe
@course_page
def competitions(request: HttpRequest, access: Access) -> HttpResponse:
    now = timezone.now()
    found = [card(access, each) for each in Competition.objects.visible_to(access).select_related("course")]
    published = [c for c in found if c.competition.state == CompetitionState.PUBLISHED]
    groups = [
        ("unpublished", _("Not published"), [c for c in found if c not in published]),
        ("open", _("Open"), [c for c in published if c.competition.is_open(now)]),
        ("upcoming", _("Upcoming"), [c for c in published if c.competition.opens_at > now]),
        ("closed", _("Closed"), [c for c in reversed(published) if c.competition.is_closed(now)]),
    ]
    return render(
        request,
        "competitions/list.html",
        {
            "access": access,
            "course": access.course,
            "groups": [group for group in groups if group[2]],
            "now": now,
        },
    )


def card(access: Access, competition: Competition) -> Card:
    team = own_team(access, competition) if access.may_take_part else None
    quota = None
    if access.may_take_part and competition.is_open():
        quota = services.quota(competition=competition, team=team, user=access.user)
    board = shown_board(competition)
    return Card(
        competition=competition,
        metric=metrics.find(competition.metric, competition.labels),
        team=team,
        standing=board.standing_of(team.pk) if board and team else None,
        quota=quota,
        board=board,
    )


def shown_board(competition: Competition) -> Board | None:
    """The board that counts now; None while there is nothing to score against."""
    if competition.state not in {CompetitionState.READY, CompetitionState.PUBLISHED}:
        return None
    return standings.board(competition, part="private" if competition.private_opened_at else "public")


@require_safe
@competition_page
def overview(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    own = card(access, competition)
    return show(
        request,
        "overview",
        access,
        competition,
        tab="overview",
        card=own,
        metric=own.metric,
        has_data=own.board is not None,
        top=own.board.rows[:TOP_ROWS] if own.board else (),
        revisions=latest_revisions(competition),
        **commands(request, competition),
    )


def commands(request: HttpRequest, competition: Competition) -> dict[str, str]:
    """Ready to copy, with this competition's own names."""
    site = request.build_absolute_uri("/").rstrip("/")
    name = f"{competition.course.slug}/{competition.slug}"
    shell = [
        f"seodang login {site}",
        f"seodang competitions download {name} --to data",
        f'seodang competitions submit {name} \\\n    -f prediction.csv -m "{_("first try")}"',
    ]
    python = [
        "from seodang.client import Client",
        "",
        f'competition = Client("{site}").competition("{name}")',
        'competition.download("data")',
        f'entry = competition.submit("prediction.csv", "{_("first try")}")',
        "print(entry.wait())",
    ]
    return {
        "shell_commands": "\n".join(shell),
        "python_commands": "\n".join(python),
        "download_command": shell[1],
    }


@require_safe
@competition_page
def data(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    files = competition.files_for(access)
    return show(
        request,
        "data",
        access,
        competition,
        tab="data",
        files=files,
        total_bytes=sum(file.size_bytes for file in files),
        sample_rows=first_rows(next((file for file in files if file.role == "sample"), None)),
        may_climb=services.may_climb(competition, access),
        **commands(request, competition),
    )


@require_safe
@competition_page
def download(request: HttpRequest, access: Access, competition: Competition, name: str) -> HttpResponse:
    file = next((file for file in competition.files_for(access) if file.name == name), None)
    if file is None:
        raise Http404
    return attachment(request, file.file.open("rb"), file.name)


@require_safe
@competition_page
def live(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    """Server-sent events: “look again”, with nothing in them that a reader could not see."""
    return jobs_live.event_stream(request, competition.topic)
