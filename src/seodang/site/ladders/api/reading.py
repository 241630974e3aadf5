"""Ladders and what they made, and taking one away: one address belongs to one router."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router

from seodang.site.ladders import services
from seodang.site.ladders.api import schemas
from seodang.site.ladders.api.words import ONE, find, ladder_detail_json, ladder_json
from seodang.site.ladders.files_offered import file_of
from seodang.site.ladders.models import Ladder
from seodang.site.web.api import Page, SliceQuery, errors
from seodang.site.web.streams import attachment

router = Router(tags=["ladders"])
BINARY = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


@router.get("/ladders", response={200: Page[schemas.LadderOut], **errors()}, summary="Ladders you may see")
def ladders(request: HttpRequest, part: SliceQuery, wanted: Annotated[schemas.LadderFilter, Query()]) -> Any:
    """Yours and those that are shared with the class, newest first; staff see all."""
    found = Ladder.objects.visible_to_user(request.user).select_related("course", "owner")
    if wanted.course is not None:
        found = found.filter(course__slug=wanted.course)
    return part.of(found.order_by("-created_at", "-pk"), lambda each: ladder_json(request, each))


@router.get(ONE, response={200: schemas.LadderDetailOut, **errors(404)}, summary="One ladder")
def ladder(request: HttpRequest, course: str, ladder: int) -> Any:
    """Ask again while its `state` is `waiting` or `climbing`; the rungs are provisional until it is `done`."""
    access, found = find(request, course, ladder)
    return ladder_detail_json(request, access, found)


@router.delete(ONE, response={204: None, **errors(403, 404)}, summary="Delete a ladder")
def delete_ladder(request: HttpRequest, course: str, ladder: int) -> Any:
    """With its table, model, predictions and report."""
    _access, found = find(request, course, ladder)
    services.delete_ladder(ladder=found, by=request.user)
    return HttpResponse(status=204)


@router.get(
    f"{ONE}/files/{{str:name}}",
    response=errors(404),
    summary="Download what it made",
    openapi_extra={"responses": {200: {"description": "The file.", **BINARY}}},
)
def ladder_download(request: HttpRequest, course: str, ladder: int, name: str) -> HttpResponse:
    """`report.html`; for owner and staff also `model.zip`, `prediction.csv` (of the best rung),
    `prediction-<rung>.csv` and `table`."""
    access, found = find(request, course, ladder)
    offered = file_of(access, found, name)
    if offered is None:
        raise Http404
    file, shown = offered
    response = attachment(request, file.open("rb"), shown)
    response["Content-Length"] = str(file.size)
    return response
