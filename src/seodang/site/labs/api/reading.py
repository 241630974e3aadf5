"""Labs and their files."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router

from seodang.site.labs import services
from seodang.site.labs.api import schemas
from seodang.site.labs.api._common import ONE, find, lab_detail_json, lab_json
from seodang.site.labs.models import Lab
from seodang.site.web.api import Page, SliceQuery, errors
from seodang.site.web.streams import attachment

router = Router(tags=["labs"])
BINARY = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


@router.get("/labs", response={200: Page[schemas.LabOut], **errors()}, summary="Labs you may see")
def labs(request: HttpRequest, part: SliceQuery, wanted: Annotated[schemas.LabFilter, Query()]) -> Any:
    """Those that are due first at the top, with your own dates."""
    found = Lab.objects.visible_to_user(request.user).with_days_of(request.user).select_related("course", "current")
    if wanted.course is not None:
        found = found.filter(course__slug=wanted.course)
    if wanted.slug is not None:
        found = found.filter(slug=wanted.slug)
    return part.of(found.order_by("due_at", "pk"), lambda each: lab_json(request, each, each.own_days))


@router.get(ONE, response={200: schemas.LabDetailOut, **errors(404)}, summary="One lab")
def lab(request: HttpRequest, course: str, slug: str) -> Any:
    """With your own due date and the attempts that are left."""
    access, found = find(request, course, slug)
    return lab_detail_json(request, access, found)


@router.get(f"{ONE}/files", response={200: Page[schemas.LabFileOut], **errors(404)}, summary="Its files")
def lab_files(request: HttpRequest, course: str, slug: str, part: SliceQuery) -> Any:
    """The notebook and its data files; none before the opening, but for staff."""
    access, found = find(request, course, slug)
    return part.of(services.files_for(lab=found, access=access), lambda file: file)


@router.get(
    f"{ONE}/files/{{path:name}}",
    response=errors(404),
    summary="Download a file",
    openapi_extra={"responses": {200: {"description": "The file.", **BINARY}, 304: {"description": "Unchanged."}}},
)
def lab_download(request: HttpRequest, course: str, slug: str, name: str) -> HttpResponse:
    """The ETag is the file’s SHA-256. Only what is made for students has an address: solutions leave by none."""
    access, found = find(request, course, slug)
    file = next((file for file in services.files_for(lab=found, access=access) if file.name == name), None)
    if file is None:
        raise Http404
    etag = f'"{file.sha256}"'
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": etag})
    response = attachment(request, file.open(), file.name.rsplit("/", 1)[-1])
    response["ETag"] = etag
    response["Content-Length"] = str(file.size_bytes)
    return response
