"""What workers do for ladders: climb, predict another table, keep the line moving.

Every task may run twice: a climb whose worker died begins again from the ground, and what is recorded is recorded
once. Arguments are numbers of rows and nothing else.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings

from seodang.i18n import N_
from seodang.site.jobs.handle import JobHandle
from seodang.site.jobs.registry import periodic, task, when_failed
from seodang.site.ladders import climbing, services
from seodang.site.ladders.errors import ClimbFailed
from seodang.site.ladders.models import Ladder, PredictState

PREDICT_SECONDS = 600.0
# No climb may be asked for that is longer; the job's own limit only catches what nobody foresaw.
JOB_SECONDS = 4 * 3600


@task("ladders.climb", max_attempts=3, max_seconds=JOB_SECONDS)
def climb(job: JobHandle, *, ladder_id: int) -> None:
    """Climb one ladder in a process of its own."""
    ladder = _ladder(ladder_id)
    if ladder is None or not services.begin(ladder=ladder):
        services.fill_the_line(ending_job=job.id)
        return
    with tempfile.TemporaryDirectory(prefix="seodang-ladder-") as name:
        folder = Path(name)
        try:
            found = climbing.run(
                request_of(ladder),
                folder=folder,
                most_seconds=ladder.budget_seconds * 1.05 + climbing.AROUND_SECONDS,
                on_progress=lambda progress: services.record_progress(ladder=ladder, progress=progress),
                still_wanted=lambda: services.still_wanted(ladder=ladder) and job.still_mine(),
            )
        except climbing.Unwanted:
            services.fill_the_line(ending_job=job.id)
            return
        except climbing.Refused as refused:
            services.record_failed(ladder=ladder, problem=refused.problem)
            return
        except ClimbFailed as error:
            services.record_failed(ladder=ladder, problem=error)
            return
        services.record_climbed(ladder=ladder, found=found, folder=folder / "out", still_mine=job.still_mine)


def request_of(ladder: Ladder) -> dict[str, Any]:
    """What `seodang.learn.program` is asked; paths instead of storage names."""
    return {
        "do": "climb",
        "table": ladder.table.path,
        "target": ladder.target,
        "task": ladder.task or None,
        "metric": ladder.metric or None,
        "budget": ladder.budget_seconds,
        "group": ladder.group_column or None,
        "time": ladder.time_column or None,
        "seed": ladder.seed,
        "leave_out": ladder.leave_out,
        "predict": ladder.predict_table.path if ladder.predict_table else None,
        "language": ladder.course.language,
        "workers": max(1, (os.cpu_count() or 1) // settings.LADDER_CLIMBS),
    }


@when_failed("ladders.climb")
def climbing_was_given_up(reason: str, *, ladder_id: int) -> None:
    """The job's attempts are used up: workers died over it, or something broke that nobody foresaw."""
    if (ladder := _ladder(ladder_id)) is not None:
        services.record_failed(ladder=ladder, problem=_given_up(reason), given_up=True)


@task("ladders.predict", max_attempts=3, max_seconds=2 * PREDICT_SECONDS)
def predict(job: JobHandle, *, ladder_id: int) -> None:
    """Predict the table that was given after the climb."""
    ladder = _ladder(ladder_id)
    if ladder is None or ladder.predict_state != PredictState.WAITING or not ladder.model:
        return
    request = {
        "do": "predict",
        "model": ladder.model.path,
        "table": ladder.predict_table.path,
        "leave_out": ladder.leave_out,
    }
    with tempfile.TemporaryDirectory(prefix="seodang-ladder-") as name:
        folder = Path(name)
        try:
            climbing.run(request, folder=folder, most_seconds=PREDICT_SECONDS, still_wanted=job.still_mine)
        except climbing.Unwanted:
            return
        except climbing.Refused as refused:
            services.record_not_predicted(ladder=ladder, problem=refused.problem)
            return
        except ClimbFailed as error:
            services.record_not_predicted(ladder=ladder, problem=error)
            return
        path = folder / "out" / "prediction.csv"
        services.record_predicted(ladder=ladder, path=path, still_mine=job.still_mine)


@when_failed("ladders.predict")
def predicting_was_given_up(reason: str, *, ladder_id: int) -> None:
    if (ladder := _ladder(ladder_id)) is not None:
        services.record_not_predicted(ladder=ladder, problem=_given_up(reason))


@periodic("ladders.fill_the_line", seconds=20)
def fill_the_line(job: JobHandle) -> None:
    """Whatever was lost, nobody waits for ever."""
    services.fill_the_line()


def _given_up(reason: str) -> ClimbFailed:
    return ClimbFailed(
        N_("The site could not climb this ladder: %(reason)s"),
        hint=N_("Try again; if it happens once more, tell whoever runs this site."),
        code="broken",
        reason=reason[:300],
    )


def _ladder(pk: int) -> Ladder | None:
    return Ladder.objects.select_related("course", "owner").filter(pk=pk).first()
