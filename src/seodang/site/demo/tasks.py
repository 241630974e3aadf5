"""What the workers do so that the demo fills in while one looks."""

from __future__ import annotations

from seodang.site.competitions.models import Competition
from seodang.site.demo import services
from seodang.site.jobs.registry import task
from seodang.site.jobs.services import enqueue


@task("demo.publish")
def publish(*, competition_id: int, job) -> None:
    """Look every second whether the data are ready."""
    if not services.publish_when_ready(Competition.objects.get(pk=competition_id)):
        enqueue(task="demo.publish", arguments={"competition_id": competition_id}, delay_seconds=1)


@task("demo.enter", max_attempts=2)
def enter(*, competition_id: int, student: int, step: int, job) -> None:
    services.enter(Competition.objects.get(pk=competition_id), student, step)


@task("demo.enter_baseline", max_attempts=2)
def enter_baseline(*, competition_id: int, job) -> None:
    services.enter_baseline(Competition.objects.get(pk=competition_id))
