"""What happens to a ladder besides its climb: shared, renamed, deleted; another table predicted with its model."""

from __future__ import annotations

from typing import BinaryIO

from django.db import transaction

from seodang.i18n import N_
from seodang.site.courses import access as courses_access
from seodang.site.courses.access import Access
from seodang.site.jobs import services as jobs
from seodang.site.ladders.errors import LadderNotReady
from seodang.site.ladders.models import Ladder, LadderState, PredictState
from seodang.site.ladders.services._common import (
    access_of,
    announce,
    announce_to_course,
    locked,
    one_line,
    require_owner,
)
from seodang.site.ladders.services.asking import fill_the_line
from seodang.site.ladders.services.making import TABLE_TOO_LARGE
from seodang.site.web import files

PREDICT_TASK = "ladders.predict"
PREDICT_PRIORITY = -5


def may_have_files(access: Access, ladder: Ladder) -> bool:
    """Table, model and predictions are for the owner and staff; who merely sees a shared ladder gets its report."""
    return access.may_assist or ladder.owner_id == access.user.pk


def may_stop(access: Access, ladder: Ladder) -> bool:
    return ladder.is_under_way and (access.may_assist or ladder.owner_id == access.user.pk)


def may_delete(access: Access, ladder: Ladder) -> bool:
    return ladder.owner_id == access.user.pk or access.may_manage


def share(*, ladder: Ladder, by, shared: bool) -> None:
    """Let the whole class see it, or no longer; staff decide.

    Raises:
        LadderNotReady: there is nothing to show yet.
    """
    courses_access.require(access_of(by, ladder).may_assist)
    with transaction.atomic():
        current = locked(ladder)
        if shared and current.state != LadderState.DONE:
            raise LadderNotReady(
                N_("This ladder is not done yet, so that there is nothing to share."), hint=N_("Wait until it is.")
            )
        current.shared = shared
        current.save(update_fields=["shared"])
        announce_to_course(current)


def rename(*, ladder: Ladder, by, title: str) -> None:
    require_owner(by, ladder)
    with transaction.atomic():
        current = locked(ladder)
        current.title = one_line(title)[:120] or current.title
        current.save(update_fields=["title"])
        announce_to_course(current)


def delete_ladder(*, ladder: Ladder, by) -> None:
    """Take it away with all its files; a climb ends with it."""
    courses_access.require(may_delete(access_of(by, ladder), ladder))
    with transaction.atomic():
        current = locked(ladder)
        announce_to_course(current)
        current.delete()  # `cleaning` removes its files
        fill_the_line()


def predict_table(*, ladder: Ladder, by, stream: BinaryIO, filename: str) -> None:
    """Predict another table with the saved model, as a job; it takes the place of the one before.

    Raises:
        LadderNotReady: there is no model. TableUnreadable, FileTooLarge: the table.
    """
    from seodang.score.inspect_table import inspect_table

    require_owner(by, ladder)
    _require_model(ladder)
    with files.received(stream, filename, hint=TABLE_TOO_LARGE) as upload, files.undone_on_failure() as stored:
        inspect_table(upload.path)
        made = Ladder(course=ladder.course)
        stored.append(files.store(made.predict_table, upload.path))
        with transaction.atomic():
            current = locked(ladder)
            _require_model(current)
            old = [str(file.name) for file in (current.predict_table, current.prediction) if file]
            for rung in current.rungs.exclude(prediction=""):  # they are of the table before
                old.append(str(rung.prediction.name))
            current.rungs.update(prediction="")
            current.predict_table = made.predict_table
            current.predict_name = files.shown_name(filename)
            current.prediction = ""
            current.predict_state = PredictState.WAITING
            current.predict_problem = None
            current.save(
                update_fields=["predict_table", "predict_name", "prediction", "predict_state", "predict_problem"]
            )
            files.remove_after_commit(old)
            jobs.enqueue(
                task=PREDICT_TASK,
                arguments={"ladder_id": current.pk},
                key=f"{PREDICT_TASK}:{current.pk}",
                priority=PREDICT_PRIORITY,
            )
            announce(current)


def _require_model(ladder: Ladder) -> None:
    if ladder.state != LadderState.DONE or not ladder.model:
        raise LadderNotReady(
            N_("This ladder has no saved model to predict with."), hint=N_("Climb it again and try then.")
        )
