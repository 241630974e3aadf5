"""Making a ladder and following it; stopping, sharing, predicting another table."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Router, Status, UploadedFile

from seodang.site.courses import access as courses_access
from seodang.site.ladders import services
from seodang.site.ladders.api import schemas
from seodang.site.ladders.api.words import ONE, find, ladder_detail_json
from seodang.site.ladders.models import Ladder
from seodang.site.web.api import errors

router = Router(tags=["ladders"])
Table = Annotated[UploadedFile, File(description="CSV, TSV or Parquet.")]
Other = Annotated[UploadedFile | None, File(description="A second table, that every rung predicts.")]


@router.post(
    "/courses/{slug:course}/ladders",
    response={201: schemas.LadderDetailOut, **errors(403, 404, 409, 413)},
    summary="Climb a ladder",
)
def create_ladder(
    request: HttpRequest,
    course: str,
    table: Table,
    choices: Annotated[schemas.ChoicesIn, Form()],
    predict: Other = None,
) -> Any:
    """The table is read first: a wrong one answers 422. The climb follows as a job, one of a person at a time; ask
    for the ladder until its `state` is `done`, `failed` or `stopped`."""
    access = courses_access.course_or_404(request.user, course)
    made = services.create_ladder(
        access=access,
        stream=table,
        filename=table.name or "table.csv",
        title=choices.title,
        predict_stream=predict,
        predict_filename=(predict.name if predict else "") or "",
        **choices_of(choices),
    )
    if choices.start:
        made = services.start(ladder=made, by=request.user)
    return Status(201, ladder_detail_json(request, access, made))


def choices_of(choices: schemas.ChoicesIn) -> dict[str, Any]:
    """What was said, by the services' names; what was not is left to them."""
    left_out = [name.strip() for name in choices.leave_out.split(",") if name.strip()]
    return {
        "target": choices.target or None,
        "task": choices.task,
        "metric": choices.metric,
        "budget_seconds": choices.seconds,
        "group_column": choices.group,
        "time_column": choices.time,
        "leave_out": left_out or None,
        "seed": choices.seed,
    }


@router.post(f"{ONE}/stop", response={200: schemas.LadderDetailOut, **errors(403, 404)}, summary="Stop a climb")
def stop_ladder(request: HttpRequest, course: str, ladder: int) -> Any:
    """Or leave the line. One that has ended by itself stays as it is."""
    access, found = find(request, course, ladder)
    services.stop(ladder=found, by=request.user)
    return _now(request, access, found)


@router.post(
    f"{ONE}/share", response={200: schemas.LadderDetailOut, **errors(403, 404, 409)}, summary="Show it to the class"
)
def share_ladder(request: HttpRequest, course: str, ladder: int, wanted: schemas.SharedIn) -> Any:
    """For staff: students then see the ladder and its report."""
    access, found = find(request, course, ladder)
    services.share(ladder=found, by=request.user, shared=wanted.shared)
    return _now(request, access, found)


@router.post(
    f"{ONE}/predictions",
    response={201: schemas.LadderDetailOut, **errors(403, 404, 409, 413)},
    summary="Predict a table",
)
def predict_with_ladder(request: HttpRequest, course: str, ladder: int, table: Table) -> Any:
    """With the saved model, as a job; ask for the ladder until `predict_state` is `done`, then download
    `prediction.csv`. It takes the place of the table that was predicted before."""
    access, found = find(request, course, ladder)
    services.predict_table(ladder=found, by=request.user, stream=table, filename=table.name or "table.csv")
    return Status(201, _now(request, access, found))


def _now(request: HttpRequest, access: courses_access.Access, ladder: Ladder) -> dict[str, Any]:
    fresh = Ladder.objects.select_related("owner").get(pk=ladder.pk)
    fresh.course = access.course
    return ladder_detail_json(request, access, fresh)
