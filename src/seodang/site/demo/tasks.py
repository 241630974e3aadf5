"""What the workers do so that the demo fills in while one looks."""

from __future__ import annotations

from seodang.site.competitions.models import Competition
from seodang.site.demo import services
from seodang.site.jobs.handle import JobHandle
from seodang.site.jobs.registry import task
from seodang.site.jobs.services import enqueue


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
