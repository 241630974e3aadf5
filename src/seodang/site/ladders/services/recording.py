"""What workers record of a climb. Each asks again whether it is still wanted, in the transaction that keeps it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from seodang.errors import SeodangError
from seodang.site.ladders.models import Ladder, LadderState, PredictState, Rung
from seodang.site.ladders.services._common import announce, announce_to_course, locked
from seodang.site.ladders.services.asking import fill_the_line
from seodang.site.web import files
from seodang.site.web.errors import problem_json

StillMine = Callable[[], bool]


def begin(*, ladder: Ladder) -> bool:
    """Climb from the ground; False where it is no longer wanted. A climb whose worker died begins again."""
    with transaction.atomic():
        current = locked(ladder)
        if not current.is_under_way:
            return False
        current.state = LadderState.CLIMBING
        current.started_at = timezone.now()
        current.progress = None
        current.save(update_fields=["state", "started_at", "progress"])
        announce_to_course(current)
    ladder.refresh_from_db()
    return True


def still_wanted(*, ladder: Ladder) -> bool:
    """False once somebody has stopped or deleted it, or it was begun anew."""
    return _this_climb(ladder).exists()


def _this_climb(ladder: Ladder):
    """The row, while it is the climb that `begin` began: `started_at` tells it from a later one."""
    return Ladder.objects.filter(pk=ladder.pk, state=LadderState.CLIMBING, started_at=ladder.started_at)


def _is_this_climb(current: Ladder, ladder: Ladder) -> bool:
    return current.state == LadderState.CLIMBING and current.started_at == ladder.started_at


def record_progress(*, ladder: Ladder, progress: dict[str, Any]) -> None:
    with transaction.atomic():
        if _this_climb(ladder).update(progress=progress):
            announce(ladder)


def record_climbed(*, ladder: Ladder, found: dict[str, Any], folder: Path, still_mine: StillMine) -> None:
    """Keep the result of `seodang.learn.program` with the files that it made in `folder`."""
    with files.undone_on_failure() as stored:
        rungs = [_rung(ladder, order, one, folder, stored) for order, one in enumerate(found["rungs"])]
        made = Ladder(course=ladder.course)  # its fields take the names under which files are stored
        _store(made.report, folder / "report.html", stored)
        _store(made.model, folder / "model.zip", stored)
        _store(made.prediction, folder / "predictions" / f"{found['best']}.csv", stored)
        with transaction.atomic():
            current = locked(ladder)
            if not _is_this_climb(current, ladder) or not still_mine():
                files.remove_after_commit(stored)
                return
            _drop_what_was_made(current)
            Rung.objects.bulk_create(rungs)
            current.state = LadderState.DONE
            current.finished_at = timezone.now()
            current.result = {name: value for name, value in found.items() if name != "rungs"}
            current.progress = current.problem = None
            current.report, current.model, current.prediction = made.report, made.model, made.prediction
            current.predict_problem = found.get("prediction_problem")
            current.predict_state = _predict_state(current)
            current.save()
            fill_the_line()
            announce_to_course(current)


def _predict_state(ladder: Ladder) -> str:
    if not ladder.predict_table:
        return PredictState.NONE
    return PredictState.FAILED if ladder.predict_problem or not ladder.prediction else PredictState.DONE


def _rung(ladder: Ladder, order: int, one: dict[str, Any], folder: Path, stored: list[str]) -> Rung:
    rung = Rung(
        ladder=ladder,
        order=order,
        name=one["name"],
        title=one.get("title") or one["name"],
        score=one.get("score"),
        ci_low=one.get("ci_low"),
        ci_high=one.get("ci_high"),
        seconds=one.get("seconds") or 0,
        tied_with_best=bool(one.get("tied_with_best")),
        skipped=one.get("skipped"),
        settings=one.get("settings") or {},
        n_candidates=one.get("n_candidates") or 0,
        optimism=one.get("optimism") or 0,
    )
    _store(rung.prediction, folder / "predictions" / f"{rung.name}.csv", stored)
    return rung


def _store(field: Any, path: Path, stored: list[str]) -> None:
    """Keep a file that was made; a link is not followed, and what was not made is left empty."""
    if path.is_file() and not path.is_symlink():
        stored.append(files.store(field, path))


def _drop_what_was_made(ladder: Ladder) -> None:
    """Of an earlier climb of the same ladder."""
    made = [str(file.name) for file in (ladder.report, ladder.model, ladder.prediction) if file]
    ladder.rungs.all().delete()
    files.remove_after_commit(made)


def record_failed(*, ladder: Ladder, problem: SeodangError | dict[str, Any], given_up: bool = False) -> None:
    """It cannot be climbed; the reason stays for the page.

    Args:
        given_up: not this attempt alone has failed, but the job: whichever of its climbs is under way.
    """
    kept = problem_json(problem) if isinstance(problem, SeodangError) else problem
    with transaction.atomic():
        current = locked(ladder)
        if (given_up and current.is_under_way) or _is_this_climb(current, ladder):
            current.state = LadderState.FAILED
            current.problem = kept
            current.finished_at = timezone.now()
            current.save(update_fields=["state", "problem", "finished_at"])
            announce_to_course(current)
        fill_the_line()


def record_predicted(*, ladder: Ladder, path: Path, still_mine: StillMine) -> None:
    """Keep what the saved model predicted of the table that was given after the climb."""
    with files.undone_on_failure() as stored:
        made = Ladder(course=ladder.course)
        _store(made.prediction, path, stored)
        with transaction.atomic():
            current = locked(ladder)
            if current.predict_state != PredictState.WAITING or not still_mine():
                files.remove_after_commit(stored)
                return
            files.remove_after_commit([str(current.prediction.name)] if current.prediction else [])
            current.prediction = made.prediction
            current.predict_state = PredictState.DONE
            current.predict_problem = None
            current.save(update_fields=["prediction", "predict_state", "predict_problem"])
            announce(current)


def record_not_predicted(*, ladder: Ladder, problem: SeodangError | dict[str, Any]) -> None:
    kept = problem_json(problem) if isinstance(problem, SeodangError) else problem
    with transaction.atomic():
        current = locked(ladder)
        if current.predict_state == PredictState.WAITING:
            current.predict_state = PredictState.FAILED
            current.predict_problem = kept
            current.save(update_fields=["predict_state", "predict_problem"])
            announce(current)
