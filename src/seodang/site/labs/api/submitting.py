"""Submissions: handing in, and following what becomes of it."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Query, Router, Status, UploadedFile

from seodang.site.labs import services
from seodang.site.labs.api import schemas
from seodang.site.labs.api._common import (
    ONE,
    find,
    own_or_staffs,
    seen,
    submission_detail_json,
    submission_json,
)
from seodang.site.labs.api.reading import BINARY
from seodang.site.web.api import Page, SliceQuery, errors
from seodang.site.web.streams import attachment

router = Router(tags=["submissions"])
Notebook = Annotated[UploadedFile, File(description="The notebook, .ipynb or jupytext text.")]
Student = Annotated[int | None, Query(description="For staff: number of another person.", ge=1, le=2**62)]


@router.post(
    f"{ONE}/submissions",
    response={201: schemas.SubmissionDetailOut, **errors(403, 404, 409, 413)},
    summary="Hand in a notebook",
)
def hand_in(request: HttpRequest, course: str, slug: str, file: Notebook) -> Any:
    """The file is read first: a wrong one answers 422 and costs no attempt. `not_open`, `closed`, `attempts` and
    `same_file` answer 409. Marking follows as a job; ask for the submission until its `state` is `marked`."""
    access, found = find(request, course, slug)
    made = services.submit(lab=found, user=request.user, stream=file, filename=file.name or "notebook.ipynb")
    return Status(201, submission_detail_json(request, access, made))


@router.get(f"{ONE}/submissions", response={200: Page[schemas.SubmissionOut], **errors(404)}, summary="Submissions")
def submissions(request: HttpRequest, course: str, slug: str, part: SliceQuery, user: Student = None) -> Any:
    """Yours, newest first. Staff name a student; the whole class is at `class`."""
    access, found = find(request, course, slug)
    who = request.user if user is None or not access.may_assist else _student(found, user)
    rows = services.attempts_of(lab=found, user=who) if who is not None else ()
    rows = [seen(access, row) for row in rows]
    counts = services.counting_of(rows, found)
    return part.of(rows, lambda row: submission_json(request, access, row, counts))


def _student(lab, user_id: int):
    first = lab.submissions.filter(user_id=user_id).select_related("user").first()
    return first.user if first else None


@router.get(
    f"{ONE}/submissions/{{int:attempt}}",
    response={200: schemas.SubmissionDetailOut, **errors(404)},
    summary="One submission",
)
def submission(request: HttpRequest, course: str, slug: str, attempt: int, user: Student = None) -> Any:
    """With points per question, messages of its tests, and how far its marking is."""
    access, found = find(request, course, slug)
    return submission_detail_json(request, access, own_or_staffs(access, found, attempt, user))


@router.get(
    f"{ONE}/submissions/{{int:attempt}}/file",
    response=errors(404),
    summary="Its notebook as it was handed in",
    openapi_extra={"responses": {200: {"description": "The notebook.", **BINARY}}},
)
def submission_file(
    request: HttpRequest, course: str, slug: str, attempt: int, user: Student = None
) -> HttpResponse:
    access, found = find(request, course, slug)
    one = own_or_staffs(access, found, attempt, user)
    response = attachment(request, one.file.open("rb"), one.filename)
    response["Content-Length"] = str(one.size_bytes)
    return response
