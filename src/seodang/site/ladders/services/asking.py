"""Asking for a climb: choices, the line, and stopping.

A ladder that waits has its place by the time it asked. As many climb at a time as the site is set to
(`settings.LADDER_CLIMBS`), and of one person one: a climb takes minutes of every core that it gets, and workers
have other things to do. A waiting ladder has no job; `fill_the_line` gives one to those whose turn has come,
whenever a place becomes free and now and then besides, so that nothing waits for ever, whatever was lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from seodang.i18n import N_
from seodang.score.metrics import METRICS
from seodang.score.metrics._base import Needs
from seodang.site.courses import access as courses_access
from seodang.site.jobs import services as jobs
from seodang.site.jobs.models import Job, JobState
from seodang.site.ladders.errors import ChoiceRefused, LadderNotReady
from seodang.site.ladders.models import Ladder, LadderState
from seodang.site.ladders.services._common import (
    access_of,
    announce,
    announce_to_course,
    locked,
    require_owner,
)

TASK = "ladders.climb"
# After marking, scoring and measuring: those take seconds, and somebody waits for them.
CLIMB_PRIORITY = -15
CHOICES = (
    "target",
    "task",
    "metric",
    "budget_seconds",
    "group_column",
    "time_column",
    "leave_out",
    "seed",
    "priority",
)
TASKS = ("", "regression", "binary", "classes")
LEAST_SECONDS = 5
MOST_SECONDS = 3 * 3600
GREATEST_SEED = 2**31 - 1
CLIMBED_BY = (Needs.VALUES, Needs.LABELS, Needs.PROBABILITY, Needs.PROBABILITIES)


def most_seconds() -> int:
    """The longest climb that may be asked for; a worker holds no job for longer than `tasks.JOB_SECONDS`."""
    return min(int(settings.LADDER_SECONDS), MOST_SECONDS)


def may_choose(ladder: Ladder) -> bool:
    """Whether its choices may still change: nothing has been found that they would contradict."""
    return ladder.state in {LadderState.DRAFT, LadderState.FAILED, LadderState.STOPPED}


# --- choosing -------------------------------------------------------------------------------------------------


def choose(*, ladder: Ladder, by, info: Any = None, **choices: Any) -> Ladder:
    """Keep what its owner chose (`CHOICES`).

    Args:
        info: `score.inspect_table.TableInfo` of its table, where the caller has looked already.

    Raises:
        ChoiceRefused: a column that is not there, or a value that cannot be. LadderNotReady: it climbs, or is done.
    """
    require_owner(by, ladder)
    if info is None:
        from seodang.site.ladders.services.making import inspect

        info = inspect(ladder)
    with transaction.atomic():
        current = locked(ladder)
        _require_choosable(current)
        whole = {name: getattr(current, name) for name in CHOICES} | choices
        whole["leave_out"] = [name for name in whole["leave_out"] if name != whole["target"]]
        check_choices(whole, info)
        for name, value in whole.items():
            setattr(current, name, value)
        current.save(update_fields=list(whole))
        announce(current)
    return current


def check_choices(chosen: dict[str, Any], info: Any) -> None:
    """Raises ChoiceRefused for the first that cannot be; an empty target is a choice still to be made."""
    unknown = set(chosen) - set(CHOICES)
    if unknown:
        raise TypeError(f"choices of a ladder are {CHOICES}; received {sorted(unknown)}")
    names = [column.name for column in info.columns]
    for field in ("target", "group_column", "time_column"):
        _require_column(chosen.get(field) or "", field, names)
    for name in chosen.get("leave_out") or ():
        _require_column(name, "leave_out", names)
    _require_metric(chosen.get("metric") or "")
    if chosen.get("task", "") not in TASKS:
        raise ChoiceRefused(
            N_("There is no task “%(task)s”."),
            hint=N_("Known: regression, binary, classes."),
            field="task",
            task=chosen["task"],
        )
    if chosen.get("group_column") and chosen.get("time_column"):
        raise ChoiceRefused(
            N_("Rows are kept together by group or by time, not by both."),
            hint=N_("Choose one of the two columns."),
            field="time_column",
        )
    for field in ("group_column", "time_column"):
        if chosen.get(field) and chosen[field] == chosen.get("target"):
            raise ChoiceRefused(N_("The column to predict cannot also be this one."), field=field)
    seconds = chosen.get("budget_seconds", LEAST_SECONDS)
    if not LEAST_SECONDS <= seconds <= most_seconds():
        raise ChoiceRefused(
            N_("A climb takes %(least)s to %(most)s seconds here; received %(received)s."),
            field="budget_seconds",
            least=LEAST_SECONDS,
            most=most_seconds(),
            received=seconds,
        )
    if not 0 <= chosen.get("seed", 0) <= GREATEST_SEED:
        raise ChoiceRefused(N_("A seed is a whole number from 0 to %(most)s."), field="seed", most=GREATEST_SEED)


def _require_column(name: str, field: str, names: Iterable[str]) -> None:
    names = list(names)
    if name and name not in names:
        raise ChoiceRefused(
            N_("The table has no column “%(name)s”."),
            hint=N_("It has: %(names)s"),
            field=field,
            name=name,
            names=", ".join(names[:20]),
        )


def _require_metric(name: str) -> None:
    if name and (name not in METRICS or METRICS.get(name).needs not in CLIMBED_BY):
        raise ChoiceRefused(
            N_("Models cannot be climbed by the metric “%(name)s”."),
            hint=N_("Leave it empty for the usual one."),
            field="metric",
            name=name,
        )


def _require_choosable(ladder: Ladder) -> None:
    if not may_choose(ladder):
        raise LadderNotReady(
            N_("This ladder is %(state)s, so that its choices stand."),
            hint=N_("Climb again with other settings: that makes a new one."),
            state=ladder.get_state_display(),
        )


# --- the line -------------------------------------------------------------------------------------------------


def start(*, ladder: Ladder, by) -> Ladder:
    """Take a place in the line; the page hears when it climbs.

    Raises:
        ChoiceRefused: no column to predict is chosen. LadderNotReady: it has begun already.
    """
    require_owner(by, ladder)
    with transaction.atomic():
        current = locked(ladder)
        _require_choosable(current)
        if not current.target:
            raise ChoiceRefused(N_("Choose the column to predict."), field="target")
        current.state = LadderState.WAITING
        current.asked_at = timezone.now()
        current.started_at = current.finished_at = None
        current.progress = current.result = current.problem = None
        current.save(
            update_fields=["state", "asked_at", "started_at", "finished_at", "progress", "result", "problem"]
        )
        fill_the_line()
        announce_to_course(current)
    return current


def stop(*, ladder: Ladder, by) -> None:
    """End a climb, or leave the line; what was seen so far stays on the page. Staff may, too.

    Nothing happens where it has ended by itself.
    """
    courses_access.require(ladder.owner_id == by.pk or access_of(by, ladder).may_assist)
    with transaction.atomic():
        current = locked(ladder)
        if not current.is_under_way:
            return
        # A worker that climbs asks once a second whether it is still wanted.
        current.state = LadderState.STOPPED
        current.finished_at = timezone.now()
        current.save(update_fields=["state", "finished_at"])
        Job.objects.filter(key=job_key(current), state=JobState.WAITING).delete()
        fill_the_line()
        announce_to_course(current)


def job_key(ladder: Ladder) -> str:
    return f"{TASK}:{ladder.pk}"


def fill_the_line(*, ending_job: int | None = None) -> None:
    """Give a job to every waiting ladder whose turn has come; in the caller's transaction, if there is one.

    Two that do this at once may start one climb too many, never the same one twice.

    Args:
        ending_job: number of a job that is about to end, and no longer counts.
    """
    with transaction.atomic():
        climbing = set(Ladder.objects.filter(state=LadderState.CLIMBING).values_list("pk", flat=True))
        begun = Job.objects.filter(task=TASK, state__in=[JobState.WAITING, JobState.RUNNING])
        if ending_job is not None:
            begun = begun.exclude(pk=ending_job)
        with_job = {int(arguments["ladder_id"]) for arguments in begun.values_list("arguments", flat=True)}
        _put_back_what_was_lost(climbing - with_job)
        # One that was stopped this moment has a job for a second more, and no claim to a place.
        busy = Ladder.objects.filter(pk__in=with_job).under_way().values_list("owner_id", flat=True)
        people = list(busy)
        free = settings.LADDER_CLIMBS - len(people)
        if free <= 0:
            return
        for ladder in in_line().exclude(pk__in=with_job):
            if ladder.owner_id in people:
                continue
            jobs.enqueue(
                task=TASK,
                arguments={"ladder_id": ladder.pk},
                key=job_key(ladder),
                priority=CLIMB_PRIORITY + ladder.priority,
            )
            people.append(ladder.owner_id)
            free -= 1
            if free <= 0:
                return


def _put_back_what_was_lost(lost: set[int]) -> None:
    """A climb whose job is gone (somebody took it off the list) begins anew."""
    if lost:
        Ladder.objects.filter(pk__in=lost, state=LadderState.CLIMBING).update(
            state=LadderState.WAITING, started_at=None
        )


def in_line():
    """Those that wait, the next one first."""
    return Ladder.objects.filter(state=LadderState.WAITING).order_by("-priority", F("asked_at").asc(), "pk")


def place_in_line(ladder: Ladder) -> int:
    """1 for the one that is climbed next, 0 for one that does not wait."""
    if ladder.state != LadderState.WAITING or ladder.asked_at is None:
        return 0
    ahead = Q(priority__gt=ladder.priority) | Q(priority=ladder.priority) & (
        Q(asked_at__lt=ladder.asked_at) | Q(asked_at=ladder.asked_at, pk__lt=ladder.pk)
    )
    return Ladder.objects.filter(ahead, state=LadderState.WAITING).count() + 1


def waits_for_own(ladder: Ladder) -> Ladder | None:
    """The ladder of the same person that climbs now, if this one waits for it."""
    if ladder.state != LadderState.WAITING:
        return None
    return Ladder.objects.filter(owner_id=ladder.owner_id, state=LadderState.CLIMBING).first()
