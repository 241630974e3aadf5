"""Competitions, their files, their boards."""

from __future__ import annotations

from typing import Annotated, Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from seodang.site.competitions import services, standings
from seodang.site.competitions.api import schemas
from seodang.site.competitions.api._common import ONE, competition_detail_json, competition_json, find, shown
from seodang.site.competitions.models import Competition, CompetitionState
from seodang.site.web.api import Page, SliceQuery, errors
from seodang.site.web.streams import attachment

router = Router(tags=["competitions"])
BINARY = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


@router.get(
    "/competitions", response={200: Page[schemas.CompetitionOut], **errors()}, summary="Competitions you may see"
)
def competitions(
    request: HttpRequest,
    part: SliceQuery,
    wanted: Annotated[schemas.CompetitionFilter, Query()],
) -> Any:
    found = Competition.objects.visible_to_user(request.user).select_related("course")
    if wanted.course is not None:
        found = found.filter(course__slug=wanted.course)
    if wanted.slug is not None:
        found = found.filter(slug=wanted.slug)
    if wanted.search:
        text = wanted.search
        found = found.filter(Q(title__icontains=text) | Q(summary__icontains=text) | Q(slug__icontains=text))
    return part.of(found.order_by("closes_at", "pk"), lambda each: competition_json(request, each))


@router.get(ONE, response={200: schemas.CompetitionDetailOut, **errors(404)}, summary="One competition")
def competition(request: HttpRequest, course: str, slug: str) -> Any:
    """With your team and what is left of its quota."""
    access, found = find(request, course, slug)
    return competition_detail_json(request, access, found)


@router.get(f"{ONE}/files", response={200: Page[schemas.FileOut], **errors(404)}, summary="Its files")
def files(request: HttpRequest, course: str, slug: str, part: SliceQuery) -> Any:
    """None before the opening, but for staff."""
    access, found = find(request, course, slug)
    return part.of(found.files_for(access), lambda file: file)


@router.get(
    f"{ONE}/files/{{str:name}}",
    response=errors(404),
    summary="Download a file",
    openapi_extra={"responses": {200: {"description": "The file.", **BINARY}, 304: {"description": "Unchanged."}}},
)
def download(request: HttpRequest, course: str, slug: str, name: str) -> HttpResponse:
    """The ETag is the file’s SHA-256. Only files made for students have an address: truth leaves by none."""
    access, found = find(request, course, slug)
    file = next((file for file in found.files_for(access) if file.name == name), None)
    if file is None:
        raise Http404
    etag = f'"{file.sha256}"'
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": etag})
    response = attachment(request, file.file.open("rb"), file.name)
    response["ETag"] = etag
    response["Content-Length"] = str(file.size_bytes)
    return response


@router.get(
    f"{ONE}/leaderboard", response={200: schemas.BoardOut, **errors(403, 404, 409)}, summary="The leaderboard"
)
def leaderboard(request: HttpRequest, course: str, slug: str, part: schemas.Part = "public") -> Any:
    """The private board is for staff at any time, and for all once it has opened after the close."""
    access, found = find(request, course, slug)
    if part == "private" and not standings.may_see_private(found, access):
        raise PermissionDenied(_("The private board opens after the close."))
    team = services.team_of(competition=found, user=access.user)
    if found.state not in {CompetitionState.READY, CompetitionState.PUBLISHED}:
        raise Http404
    board = standings.board(found, part=part)
    own = team.pk if team else None
    return {
        "competition": f"{access.course.slug}/{found.slug}",
        "part": part,
        "metric": board.metric,
        "greater_is_better": board.greater_is_better,
        "decimals": board.decimals,
        "version": board.version,
        "updated_at": board.updated_at,
        "is_rescoring": board.is_rescoring,
        "rows": [standing_json(row, own, board.decimals) for row in board.rows],
    }


def standing_json(row: standings.Standing, own_team: int | None, decimals: int) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "team": row.team_name,
        "is_baseline": row.is_baseline,
        "is_mine": row.team_id == own_team,
        "score": shown(row.score, decimals),
        "low": shown(row.low, decimals),
        "high": shown(row.high, decimals),
        "n_entries": row.n_entries,
        "last_at": row.last_at,
        "in_leading_band": row.in_leading_band,
        "band": row.band,
        "moved": row.moved,
    }
