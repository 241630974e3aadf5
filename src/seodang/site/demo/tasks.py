"""What the workers do so that the demo fills in while one looks."""

from __future__ import annotations

from seodang.site.competitions.models import Competition
from seodang.site.demo import labs, ladders, services
from seodang.site.jobs.handle import JobHandle
from seodang.site.jobs.registry import task
from seodang.site.jobs.services import enqueue
from seodang.site.labs.models import Lab


@task("demo.publish")
def publish(job: JobHandle, *, competition_id: int) -> None:
    """Look every second whether the data are ready."""
    if not services.publish_when_ready(Competition.objects.get(pk=competition_id)):
        enqueue(task="demo.publish", arguments={"competition_id": competition_id}, delay_seconds=1)


@task("demo.enter", max_attempts=2)
def enter(job: JobHandle, *, competition_id: int, student: int, step: int) -> None:
    services.enter(Competition.objects.get(pk=competition_id), student, step)


@task("demo.enter_baseline", max_attempts=2)
def enter_baseline(job: JobHandle, *, competition_id: int) -> None:
    services.enter_baseline(Competition.objects.get(pk=competition_id))


@task("demo.close")
def close(job: JobHandle, *, competition_id: int) -> None:
    """The last of all; while entries are still being made it waits for them."""
    competition = Competition.objects.get(pk=competition_id)
    if services.entries_are_made(competition):
        services.close_in_the_past(competition)
    else:
        enqueue(task="demo.close", arguments={"competition_id": competition_id}, priority=-11, delay_seconds=1)


# --- ladders --------------------------------------------------------------------------------------------------


@task("demo.climb", max_attempts=2)
def climb(job: JobHandle, *, competition_id: int) -> None:
    """After all else: while entries are still being made it waits for them."""
    competition = Competition.objects.get(pk=competition_id)
    if services.entries_are_made(competition):
        ladders.climb(competition)
        _after("demo.post_rungs", competition_id)
    else:
        _after("demo.climb", competition_id)


@task("demo.post_rungs", max_attempts=2)
def post_rungs(job: JobHandle, *, competition_id: int) -> None:
    """Look every few seconds whether the ladder is climbed."""
    if not ladders.post_when_done(Competition.objects.get(pk=competition_id)):
        _after("demo.post_rungs", competition_id)


def _after(task_name: str, competition_id: int, *, seconds: float = 3) -> None:
    enqueue(task=task_name, arguments={"competition_id": competition_id}, priority=-20, delay_seconds=seconds)


# --- labs -----------------------------------------------------------------------------------------------------


@task("demo.hold_lab")
def hold_lab(job: JobHandle, *, lab_id: int) -> None:
    """Look every second whether the notebook is checked."""
    if not labs.hold_when_checked(_lab(lab_id)):
        enqueue(task="demo.hold_lab", arguments={"lab_id": lab_id}, delay_seconds=1)


@task("demo.hand_in", max_attempts=2)
def hand_in(job: JobHandle, *, lab_id: int, student: int, attempt: int) -> None:
    labs.hand_in(_lab(lab_id), student, attempt)


@task("demo.read_essays", max_attempts=2)
def read_essays(job: JobHandle, *, lab_id: int) -> None:
    """Once everything is marked; where nothing can be, it goes on looking now and then."""
    lab = _lab(lab_id)
    if labs.is_marked(lab):
        labs.read_essays(lab)
    else:
        pause = 20 if any(labs.why_waiting()) else 2
        enqueue(task="demo.read_essays", arguments={"lab_id": lab_id}, priority=-9, delay_seconds=pause)


def _lab(pk: int) -> Lab:
    return Lab.objects.select_related("course", "current", "created_by").get(pk=pk)
