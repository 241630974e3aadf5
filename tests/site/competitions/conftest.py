"""A small competition to enter: twenty rows, scored by RMSE, half of them public.

The truth of row i is i, so the score of a prediction that is off by d everywhere is d.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from seodang.site.competitions import services, standings
from seodang.site.competitions.models import (
    Competition,
    CompetitionFile,
    CompetitionState,
    Entry,
    FileRole,
    Scoring,
    Team,
)
from seodang.site.courses.models import Enrollment, Role
from seodang.site.jobs.models import Job, JobState

N_ROWS = 20
IDS = tuple(f"r{i:02}" for i in range(N_ROWS))


def prediction(values: Iterable[float] | float = 0.0, ids: Iterable[str] = IDS) -> bytes:
    """A prediction file; one number means: the truth, off by that much."""
    if isinstance(values, int | float):
        values = [i + values for i in range(N_ROWS)]
    lines = [f"{name},{value}" for name, value in zip(ids, values, strict=True)]
    return "\n".join(["id,target", *lines, ""]).encode()


def add_file(competition: Competition, role: str, name: str, content: bytes, **fields) -> CompetitionFile:
    from hashlib import sha256

    row = CompetitionFile(
        competition=competition,
        role=role,
        name=name,
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
        **fields,
    )
    row.file.save(name, ContentFile(content), save=False)
    row.save()
    return row


def truth_bytes(folder: Path, values: Iterable[float] | None = None) -> bytes:
    from seodang.score.metrics import METRICS
    from seodang.score.truth import Truth

    public = np.arange(N_ROWS) % 2 == 0
    target = [float(v) for v in (range(N_ROWS) if values is None else values)]
    Truth.of(IDS, target, METRICS.get("rmse"), public=public).write(folder / "truth.parquet")
    return (folder / "truth.parquet").read_bytes()


@pytest.fixture(autouse=True)
def storage_of_its_own(settings, tmp_path):
    """Files of a test lie in its own folder."""
    storages = {name: dict(value) for name, value in settings.STORAGES.items()}
    storages["default"] = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "files")},
    }
    settings.STORAGES = storages
    standings.forget()
    return tmp_path / "files"


@pytest.fixture
def make_competition(course, professor, tmp_path) -> Callable[..., Competition]:
    """`make_competition(team_size=3)`: published, open since yesterday, closing tomorrow."""

    def make(**fields) -> Competition:
        now = timezone.now()
        values = {
            "title": "Numbers",
            "slug": f"numbers-{Competition.objects.count() + 1}",
            "state": CompetitionState.PUBLISHED,
            "metric": "rmse",
            "opens_at": now - timedelta(days=1),
            "closes_at": now + timedelta(days=1),
            "created_by": professor,
            **fields,
        }
        competition = Competition.objects.create(course=course, **values)
        add_file(competition, FileRole.SAMPLE, "sample_entry.csv", prediction([0.0] * N_ROWS), n_rows=N_ROWS)
        add_file(competition, FileRole.TRUTH, "truth.parquet", truth_bytes(tmp_path), n_rows=N_ROWS)
        return competition

    return make


@pytest.fixture
def competition(make_competition) -> Competition:
    return make_competition()


@pytest.fixture
def make_students(make_user, course) -> Callable[..., list]:
    """`make_students(3)`: Student 1, Student 2, Student 3, enrolled."""

    def make(count: int, *, first: int = 1) -> list:
        people = [make_user(f"Student {number}") for number in range(first, first + count)]
        Enrollment.objects.bulk_create(
            Enrollment(course=course, user=person, role=Role.STUDENT) for person in people
        )
        return people

    return make


@pytest.fixture
def enter() -> Callable[..., Entry]:
    """`enter(competition, student, off=0.5)`: an entry whose score will be 0.5."""

    def take(competition: Competition, user, *, off: float = 0.0, content: bytes | None = None, **options) -> Entry:
        stream = io.BytesIO(prediction(off) if content is None else content)
        return services.enter(
            competition=competition, user=user, stream=stream, filename="prediction.csv", **options
        )

    return take


@pytest.fixture
def run_jobs() -> Callable[[], int]:
    """Run every job that waits, those for a little later too, until none does."""
    from seodang.site.jobs.worker import run_due

    def run() -> int:
        count = 0
        while Job.objects.filter(state=JobState.WAITING).exclude(task__startswith="periodic").exists():
            Job.objects.filter(state=JobState.WAITING).update(run_after=timezone.now())
            ran = run_due()
            if not ran:
                break
            count += ran
        return count

    return run


@pytest.fixture
def add_scored() -> Callable[..., Entry]:
    """`add_scored(team, 0.5, private=0.6)`: an entry with scores, without the way there."""

    def add(team: Team, public: float, *, private: float | None = None, replicates=None, **fields) -> Entry:
        competition = team.competition
        ordinal = competition.entries.count() + 1
        entry = Entry.objects.create(
            competition=competition,
            team=team,
            ordinal=ordinal,
            file="none",
            filename="prediction.csv",
            size_bytes=1,
            sha256="0" * 64,
            state="scored",
            **fields,
        )
        packed = None if replicates is None else np.asarray(replicates, dtype=np.float32).tobytes()
        Scoring.objects.create(
            entry=entry,
            truth_version=competition.truth_version,
            metric=competition.metric,
            public_score=public,
            private_score=public if private is None else private,
            public_replicates=packed,
            private_replicates=packed,
        )
        services.scoring.touch(competition)
        competition.refresh_from_db()
        return entry

    return add
