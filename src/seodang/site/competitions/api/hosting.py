"""For the host: a competition from a folder, publishing it, correcting it, taking everything home."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop
from ninja import File, Form, Router, Status, UploadedFile

from seodang.site.competitions import services
from seodang.site.competitions.api import schemas
from seodang.site.competitions.api._common import ONE, competition_detail_json, find
from seodang.site.competitions.errors import SettingRefused
from seodang.site.competitions.export import export_csv
from seodang.site.courses import access as courses_access
from seodang.site.web.api import errors
from seodang.site.web.streams import streamed

router = Router(tags=["hosting"])
Folder = Annotated[
    list[UploadedFile], File(description="competition.yaml and the files it names; or one zip of them.")
]
Truth = Annotated[UploadedFile | None, File(description="The corrected truth, with the same ids.")]
CSV = {"content": {"text/csv": {"schema": {"type": "string"}}}}


@router.post(
    "/courses/{slug:course}/competitions",
    response={201: schemas.CompetitionDetailOut, **errors(403, 404, 409, 413)},
    summary="Make a competition of a folder",
)
def create(
    request: HttpRequest,
    course: str,
    files: Folder,
    given: Annotated[schemas.CreateForm, Form()],
) -> Any:
    """It is prepared as a job: ask for the competition until `state` is `ready`, or `draft` with a `problem`."""
    access = courses_access.course_or_404(request.user, course)
    courses_access.require(access.may_manage)
    is_zip = len(files) == 1 and str(files[0].name).lower().endswith(".zip")
    content: Any = files[0] if is_zip else {str(file.name): file for file in files}
    made = services.create_from_folder(access=access, archive_or_files=content, slug=given.slug)
    return Status(201, competition_detail_json(request, access, made))


@router.post(
    f"{ONE}/publish",
    response={200: schemas.CompetitionDetailOut, **errors(403, 404, 409)},
    summary="Let students see it",
)
def publish(request: HttpRequest, course: str, slug: str) -> Any:
    access, found = find(request, course, slug)
    courses_access.require(access.may_manage)
    services.publish(competition=found, by=request.user)
    found.refresh_from_db()
    return competition_detail_json(request, access, found)


@router.post(
    f"{ONE}/truth",
    response={200: schemas.CompetitionDetailOut, **errors(403, 404, 409, 413)},
    summary="Correct the truth or the metric",
)
def revise(
    request: HttpRequest,
    course: str,
    slug: str,
    given: Annotated[schemas.ReviseForm, Form()],
    truth: Truth = None,
) -> Any:
    """Every entry is scored anew as a job; scores under the old truth stay in the history."""
    access, found = find(request, course, slug)
    courses_access.require(access.may_manage)
    services.revise(
        competition=found,
        by=request.user,
        reason=given.reason,
        truth_stream=truth,
        truth_name=(truth.name or "") if truth else "",
        metric=given.metric or None,
        metric_options=options_of(given.metric_options),
    )
    found.refresh_from_db()
    return competition_detail_json(request, access, found)


def options_of(text: str) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        options = json.loads(text)
    except ValueError:
        options = None
    if not isinstance(options, dict):
        raise SettingRefused(gettext_noop("The metric’s options are a JSON object."), field="metric_options")
    return options


@router.get(
    f"{ONE}/export",
    response=errors(403, 404),
    summary="Everything as CSV",
    openapi_extra={"responses": {200: {"description": "UTF-8 with a byte order mark, for spreadsheets.", **CSV}}},
)
def export(
    request: HttpRequest,
    course: str,
    slug: str,
    what: Literal["entries", "public", "private", "teams"] = "entries",
) -> HttpResponse:
    """For staff. Cells that a spreadsheet would take for a formula are made harmless."""
    access, found = find(request, course, slug)
    courses_access.require(access.may_assist)
    name = f"{found.slug}-{what}.csv"
    return streamed(request, export_csv(found, what), name, content_type="text/csv; charset=utf-8")
