"""Ladders and competitions: climb on the training data, post rungs as baselines."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_noop
from ninja import Router, Status

from seodang.site.competitions import services
from seodang.site.competitions.api import schemas
from seodang.site.competitions.api._common import ONE, find
from seodang.site.competitions.errors import SettingRefused
from seodang.site.courses import access as courses_access
from seodang.site.ladders import services as ladders
from seodang.site.ladders.api.schemas import LadderDetailOut
from seodang.site.ladders.api.words import ladder_detail_json
from seodang.site.web.api import errors

router = Router(tags=["ladders"])


@router.post(
    f"{ONE}/ladders",
    response={201: LadderDetailOut, **errors(403, 404, 409)},
    summary="Climb a ladder with the training data",
)
def climb_training_data(request: HttpRequest, course: str, slug: str, wanted: schemas.ClimbIn) -> Any:
    """With the competition’s target and metric, its id column left out; every rung predicts the test data."""
    access, found = find(request, course, slug)
    made = services.climb_training_data(competition=found, by=request.user, budget_seconds=wanted.seconds)
    made = ladders.start(ladder=made, by=request.user)
    made.course = access.course
    return Status(201, ladder_detail_json(request, access, made))


@router.post(
    f"{ONE}/baselines",
    response={200: list[schemas.PostedOut], **errors(403, 404, 409)},
    summary="Post a ladder's rungs as baselines",
)
def post_baselines(request: HttpRequest, course: str, slug: str, wanted: schemas.BaselinesIn) -> Any:
    """Each rung's prediction of the test data is entered as a marked baseline under the rung's name. Posting again
    replaces what has changed."""
    access, found = find(request, course, slug)
    courses_access.require(access.may_assist)
    ladder = next((one for one in services.ladders_of(found, access) if one.number == wanted.ladder), None)
    if ladder is None:
        raise SettingRefused(
            gettext_noop("No ladder of this competition’s data that is done has the number %(number)s."),
            field="ladder",
            number=wanted.ladder,
        )
    posted = services.post_baselines(competition=found, by=request.user, ladder=ladder, rungs=wanted.rungs)
    return [
        {
            "rung": one.rung,
            "title": one.title,
            "state": one.state,
            "reason": one.reason,
            "ordinal": one.entry.ordinal if one.entry else None,
        }
        for one in posted
    ]
