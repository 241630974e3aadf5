"""Entries: taking them, following them, picking those that count, withdrawing them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import File, Form, Router, Status, UploadedFile

from seodang.site.competitions import services, standings
from seodang.site.competitions.api import schemas
from seodang.site.competitions.api._common import ONE, Describer, find, quota_json, visible_entries
from seodang.site.competitions.models import Competition, Entry
from seodang.site.courses.access import Access, require
from seodang.site.web.api import Page, SliceQuery, errors

router = Router(tags=["entries"])
Prediction = Annotated[UploadedFile, File(description="CSV or Parquet, as the sample entry.")]


@router.post(
    f"{ONE}/entries",
    response={201: schemas.EntryDetailOut, **errors(403, 404, 409, 413, 429)},
    summary="Enter a prediction",
)
def enter(
    request: HttpRequest,
    course: str,
    slug: str,
    file: Prediction,
    given: Annotated[schemas.EnterForm, Form()],
) -> Any:
    """The file is checked first: a wrong one answers 422 with `problems` and costs no attempt. `closed` and
    `not_open` answer 409, `quota` answers 429 with Retry-After. Scoring follows as a job; ask for the entry."""
    access, found = find(request, course, slug)
    made = services.enter(
        competition=found,
        user=request.user,
        stream=file,
        filename=file.name or "entry.csv",
        message=given.message,
        baseline_name=given.baseline_name or None,
    )
    return Status(201, entry_detail(request, access, found, made.ordinal))


@router.get(f"{ONE}/entries", response={200: Page[schemas.EntryOut], **errors(404)}, summary="Entries")
def entries(request: HttpRequest, course: str, slug: str, part: SliceQuery) -> Any:
    """Those of your team, newest first; staff get everybody's."""
    access, found = find(request, course, slug)
    return part.of(visible_entries(access, found), Describer(request, access, found))


@router.get(
    f"{ONE}/entries/{{int:ordinal}}", response={200: schemas.EntryDetailOut, **errors(404)}, summary="One entry"
)
def entry(request: HttpRequest, course: str, slug: str, ordinal: int) -> Any:
    """With where its team stands, and what is left of the quota."""
    access, found = find(request, course, slug)
    return entry_detail(request, access, found, ordinal)


@router.post(
    f"{ONE}/entries/{{int:ordinal}}/withdraw",
    response={200: schemas.EntryDetailOut, **errors(403, 404, 409)},
    summary="Withdraw an entry",
)
def withdraw(request: HttpRequest, course: str, slug: str, ordinal: int, given: schemas.WithdrawIn) -> Any:
    """It leaves the board and stays in the list; the attempt stays used."""
    access, found = find(request, course, slug)
    services.withdraw(entry=one_entry(access, found, ordinal), by=request.user, reason=given.reason)
    return entry_detail(request, access, found, ordinal)


@router.put(f"{ONE}/finals", response={200: schemas.FinalsOut, **errors(403, 404, 409)}, summary="Pick what counts")
def finals(request: HttpRequest, course: str, slug: str, given: schemas.FinalsIn) -> Any:
    """Which entries count on the private board; they replace what was picked before."""
    access, found = find(request, course, slug)
    require(access.may_take_part)
    team = services.team_of(competition=found, user=request.user)
    if team is None:
        raise Http404
    wanted = set(given.entries)
    picked = list(found.entries.filter(team=team, ordinal__in=wanted))
    if len(picked) != len(wanted):
        raise Http404
    services.pick_finals(team=team, by=request.user, entries=picked)
    describe = Describer(request, access, found)
    items = [describe(row) for row in visible_entries(access, found).filter(is_final_pick=True)]
    return {"items": items, "count": len(items)}


def one_entry(access: Access, competition: Competition, ordinal: int) -> Entry:
    found = visible_entries(access, competition).filter(ordinal=ordinal).first()
    if found is None:
        raise Http404
    return found


def entry_detail(request: HttpRequest, access: Access, competition: Competition, ordinal: int) -> dict[str, Any]:
    found = one_entry(access, competition, ordinal)
    board = standings.board(competition, part="public")
    row = board.standing_of(found.team_id)
    place = None
    if row is not None:
        place = {"rank": row.rank, "n_teams": board.n_teams, "in_leading_band": row.in_leading_band}
    quota = None
    if access.may_take_part:
        quota = quota_json(services.quota(competition=competition, team=found.team, user=request.user))
    return {**Describer(request, access, competition)(found), "standing": place, "quota": quota}
