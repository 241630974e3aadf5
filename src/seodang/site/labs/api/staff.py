"""For staff: a lab from a notebook or a folder, its class, marking again, releasing, taking points home."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from ninja import File, Form, Router, Status, UploadedFile

from seodang.site.courses import access as courses_access
from seodang.site.labs import services
from seodang.site.labs.api import schemas
from seodang.site.labs.api._common import ONE, find, lab_detail_json, number, revision_json
from seodang.site.labs.models import Regrade
from seodang.site.web.api import errors
from seodang.site.web.streams import streamed

router = Router(tags=["labs of staff"])
Source = Annotated[UploadedFile, File(description="The source notebook with its solutions, or a zip of a folder.")]
Data = Annotated[list[UploadedFile], File(description="Data files beside it.")]
CSV = {"content": {"text/csv": {"schema": {"type": "string"}}}}


@router.post(
    "/courses/{slug:course}/labs",
    response={201: schemas.LabDetailOut, **errors(403, 404, 409, 413)},
    summary="Make a lab of a notebook",
)
def create_lab(
    request: HttpRequest,
    course: str,
    notebook: Source,
    given: Annotated[schemas.LabCreateForm, Form()],
    data: Data = [],  # noqa: B006 - ninja reads it as “none sent”
) -> Any:
    """It is checked as a job: ask for the lab until `revision.state` is `good` (or `doubtful`), then publish it."""
    access = courses_access.course_or_404(request.user, course)
    courses_access.require(access.may_manage)
    made = services.create_lab(
        access=access,
        title=given.title,
        slug=given.slug,
        due_at=_aware(given.due_at, access),
        opens_at=_aware(given.opens_at, access) if given.opens_at else None,
        stream=notebook,
        filename=notebook.name or "lab.ipynb",
        data={str(file.name): file for file in data},
    )
    return Status(201, lab_detail_json(request, access, made))


def _aware(moment: datetime, access: courses_access.Access) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=access.course.tz)


@router.post(
    f"{ONE}/revisions",
    response={201: schemas.LabRevisionOut, **errors(403, 404, 409, 413)},
    summary="Upload a mended notebook",
)
def revise_lab(
    request: HttpRequest,
    course: str,
    slug: str,
    notebook: Source,
    given: Annotated[schemas.LabReviseForm, Form()],
    data: Data = [],  # noqa: B006
) -> Any:
    """It takes the place of the current one once it is checked; what was handed in keeps its points so far."""
    access, found = find(request, course, slug)
    courses_access.require(access.may_manage)
    kept = given.keep_data and not data
    revision = services.revise(
        lab=found,
        by=request.user,
        stream=notebook,
        filename=notebook.name or "lab.ipynb",
        data=None if kept else {str(file.name): file for file in data},
        note=given.note,
    )
    return Status(201, revision_json(found, revision))


@router.post(
    f"{ONE}/accept", response={200: schemas.LabDetailOut, **errors(403, 404, 409)}, summary="Accept it as it is"
)
def accept_revision(request: HttpRequest, course: str, slug: str) -> Any:
    """Hand out the newest revision although its check found problems."""
    access, found = find(request, course, slug)
    courses_access.require(access.may_manage)
    newest = found.revisions.first()
    if newest is None:
        raise Http404
    newest.lab = found
    services.accept_doubtful(revision=newest, by=request.user)
    return _again(request, course, slug)


@router.post(
    f"{ONE}/publish", response={200: schemas.LabDetailOut, **errors(403, 404, 409)}, summary="Let students see it"
)
def publish_lab(request: HttpRequest, course: str, slug: str) -> Any:
    _access, found = find(request, course, slug)
    services.publish(lab=found, by=request.user)
    return _again(request, course, slug)


@router.post(
    f"{ONE}/release",
    response={200: schemas.LabDetailOut, **errors(403, 404, 409)},
    summary="Let students see all points",
)
def release_lab_points(request: HttpRequest, course: str, slug: str) -> Any:
    """Marks by people and comments, too."""
    _access, found = find(request, course, slug)
    services.release_points(lab=found, by=request.user)
    return _again(request, course, slug)


def _again(request: HttpRequest, course: str, slug: str) -> dict[str, Any]:
    access, found = find(request, course, slug)
    return lab_detail_json(request, access, found)


@router.get(f"{ONE}/class", response={200: schemas.ClassOut, **errors(403, 404)}, summary="The class")
def lab_class(request: HttpRequest, course: str, slug: str) -> Any:
    """One row for each enrolled student: who has handed in, what is marked, what waits."""
    access, found = find(request, course, slug)
    courses_access.require(access.may_assist)
    progress = services.class_progress(found)
    return {
        "lab": f"{access.course.slug}/{found.slug}",
        "max_points": number(progress.max_points),
        "counts": progress.counts,
        "rows": [_standing(row, number(progress.max_points) or 0) for row in progress.rows],
    }


def _standing(row: services.Standing, most: float) -> dict[str, Any]:
    points = row.points
    return {
        "user_id": row.user.pk,
        "name": row.user.name,
        "email": row.user.email,
        "student_number": row.student_number,
        "state": str(row.state),
        "attempts": row.n_attempts,
        "attempt": row.submission.attempt if row.submission else None,
        "submitted_at": row.submission.submitted_at if row.submission else None,
        "late_days": row.late_days,
        "points": number(points.total) if points and points.marked else None,
        "max_points": (number(points.max_points) if points else most) or 0,
        "flag_level": row.flag_level,
    }


@router.get(
    f"{ONE}/export",
    response=errors(403, 404),
    summary="Points as CSV",
    openapi_extra={"responses": {200: {"description": "UTF-8 with a byte order mark, for spreadsheets.", **CSV}}},
)
def export_points(request: HttpRequest, course: str, slug: str) -> HttpResponse:
    """One row for each student. Cells that a spreadsheet would take for a formula are made harmless."""
    access, found = find(request, course, slug)
    courses_access.require(access.may_assist)
    content = services.export_csv(found)
    return streamed(request, content, f"{found.slug}-points.csv", content_type="text/csv; charset=utf-8")


# --- marking again --------------------------------------------------------------------------------------------


@router.post(
    f"{ONE}/regrades",
    response={201: schemas.RegradeOut, **errors(403, 404, 409)},
    summary="Mark again",
)
def start_regrade(request: HttpRequest, course: str, slug: str, given: schemas.RegradeIn) -> Any:
    """Under the current revision. Nothing changes for students until it is applied."""
    access, found = find(request, course, slug)
    courses_access.require(access.may_assist)
    chosen = None
    if given.students is not None:
        chosen = [row for row in services.regrading.may_count(found) if row.user_id in set(given.students)]
    made = services.start_regrade(lab=found, by=request.user, submissions=chosen)
    return Status(201, _regrade(request, course, found, made))


@router.get(
    f"{ONE}/regrades/{{int:pk}}",
    response={200: schemas.RegradeOut, **errors(403, 404)},
    summary="Whose points would change",
)
def regrade(request: HttpRequest, course: str, slug: str, pk: int) -> Any:
    _access, found = _staffs(request, course, slug)
    return _regrade(request, course, found, _one(found, pk))


@router.post(
    f"{ONE}/regrades/{{int:pk}}",
    response={200: schemas.RegradeOut, **errors(403, 404, 409)},
    summary="Apply or cancel",
)
def end_regrade(request: HttpRequest, course: str, slug: str, pk: int, given: schemas.RegradeActIn) -> Any:
    _access, found = _staffs(request, course, slug)
    one = _one(found, pk)
    act = services.apply if given.act == "apply" else services.cancel
    act(regrade=one, by=request.user)
    return _regrade(request, course, found, _one(found, pk))


def _staffs(request: HttpRequest, course: str, slug: str):
    access, found = find(request, course, slug)
    courses_access.require(access.may_assist)
    return access, found


def _one(lab, pk: int) -> Regrade:
    found = lab.regrades.select_related("revision").filter(pk=pk).first()
    if found is None:
        raise Http404
    found.lab = lab
    return found


def _regrade(request: HttpRequest, course: str, lab, one: Regrade) -> dict[str, Any]:
    preview = services.preview(one)
    return {
        "id": one.pk,
        "state": one.state,
        "revision": one.revision.number,
        "done": preview.done,
        "total": preview.total,
        "up": preview.n_up,
        "down": preview.n_down,
        "same": preview.n_same,
        "failed": preview.n_failed,
        "came_meanwhile": preview.n_came_meanwhile,
        "changes": [
            {
                "user_id": row.submission.user_id,
                "user": str(row.submission.user),
                "attempt": row.submission.attempt,
                "before": number(row.before),
                "after": number(row.after),
                "skipped": row.skipped,
                "problem": row.problem,
            }
            for row in preview.rows
            if row.changed or row.problem
        ],
        "url": request.build_absolute_uri(reverse("labs:regrade_preview", args=[course, lab.slug, one.pk])),
    }
