"""Ladders of these tests: a small table, and a program that climbs without models (`fake_program`)."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from seodang.site.courses import access as courses_access
from seodang.site.courses.models import Enrollment, Role
from seodang.site.jobs.models import Job, JobState
from seodang.site.ladders import climbing, services
from seodang.site.ladders.models import Ladder

FAKE = Path(__file__).parent / "fake_program.py"


def table(target: str = "price", rows: int = 12) -> bytes:
    lines = [f"id,size,colour,{target}"]
    lines += [f"r{i},{i * 1.5},{('red', 'blue')[i % 2]},{i * 2.25}" for i in range(rows)]
    return ("\n".join(lines) + "\n").encode()


def to_predict(rows: int = 4) -> bytes:
    lines = ["id,size,colour", *(f"t{i},{i * 2.5},red" for i in range(rows))]
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    """Each test has files of its own, so that one can look at all of them."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
    }
    settings.LADDER_CLIMBS = 1
    settings.LADDER_SECONDS = 300
    return tmp_path / "files"


@pytest.fixture(autouse=True)
def fake_program(monkeypatch):
    monkeypatch.setattr(climbing, "COMMAND", [sys.executable, "-I", "-S", str(FAKE)])
    monkeypatch.setattr(climbing, "LOOK_SECONDS", 0.05)


@pytest.fixture
def make_ladder(course) -> Callable[..., Ladder]:
    """`make_ladder(student, target="slow")`: a draft with the small table."""

    def make(owner, *, target: str = "price", **choices) -> Ladder:
        return services.create_ladder(
            access=courses_access.of(owner, course),
            stream=io.BytesIO(table(target)),
            filename="houses.csv",
            target=target,
            budget_seconds=5,
            **choices,
        )

    return make


@pytest.fixture
def run_jobs() -> Callable[[], None]:
    """Run every job that waits, until none does."""
    from seodang.site.jobs.worker import run_due

    def run() -> None:
        while Job.objects.filter(state=JobState.WAITING).exists():
            Job.objects.filter(state=JobState.WAITING).update(run_after=timezone.now())
            if not run_due():
                return

    return run


@pytest.fixture
def climbed(make_ladder, run_jobs) -> Callable[..., Ladder]:
    """`climbed(student)`: a ladder that is done."""

    def climb(owner, **options) -> Ladder:
        ladder = make_ladder(owner, **options)
        services.start(ladder=ladder, by=owner)
        run_jobs()
        ladder.refresh_from_db()
        return ladder

    return climb


@pytest.fixture
def classmate(make_user, course):
    user = make_user("Classmate")
    Enrollment.objects.create(course=course, user=user, role=Role.STUDENT)
    return user
