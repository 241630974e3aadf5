"""A small open competition with real files, for tests that enter something: forty numbers, scored by RMSE."""

from __future__ import annotations

import hashlib
import io
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone

from seodang.score.metrics import METRICS
from seodang.score.truth import Truth
from seodang.site.competitions.models import Competition, CompetitionFile, CompetitionState
from seodang.site.courses.models import Course

IDS = [str(number) for number in range(1, 41)]
# Told from any other number in a text, so that a test can look for them.
VALUES = [round(((number * 37) % 41) / 10 + 0.0317, 4) for number in range(1, 41)]
HEADER = "id,prediction\n"


def sample_csv() -> bytes:
    return (HEADER + "".join(f"{name},0.0\n" for name in IDS)).encode()


def prediction_csv(error: float = 0.5) -> bytes:
    """A right file whose RMSE is exactly `error`, on every part."""
    return (HEADER + "".join(f"{name},{value + error}\n" for name, value in zip(IDS, VALUES, strict=True))).encode()


def wrong_csv() -> bytes:
    """Seven rows are no numbers."""
    rows = [f"{name},{'oops' if int(name) <= 7 else 1.0}\n" for name in IDS]
    return (HEADER + "".join(rows)).encode()


def upload(content: bytes, name: str = "prediction.csv") -> io.BytesIO:
    stream = io.BytesIO(content)
    stream.name = name
    return stream


def truth_parquet(values: list[float] = VALUES) -> bytes:
    public = [number % 2 == 0 for number in range(40)]
    truth = Truth.of(IDS, values, METRICS.get("rmse"), public=public)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "truth.parquet"
        truth.write(path)
        return path.read_bytes()


def add_file(competition: Competition, role: str, name: str, content: bytes) -> CompetitionFile:
    row = CompetitionFile(
        competition=competition,
        role=role,
        name=name,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        n_rows=40,
    )
    row.file.save(name, ContentFile(content), save=True)
    return row


def make_competition(course: Course, slug: str = "forty-numbers", **fields) -> Competition:
    now = timezone.now()
    given = {
        "title": "Forty numbers",
        "summary": "Guess them all.",
        "state": CompetitionState.PUBLISHED,
        "metric": "rmse",
        "opens_at": now - timedelta(days=1),
        "closes_at": now + timedelta(days=1),
        "daily_quota": 3,
        "team_size": 2,
    }
    competition = Competition.objects.create(course=course, slug=slug, **{**given, **fields})
    add_file(competition, "train", "train.csv", b"id,x,target\n100,1,2.5\n")
    add_file(competition, "test", "test.csv", ("id,x\n" + "".join(f"{name},1\n" for name in IDS)).encode())
    add_file(competition, "sample", "sample_entry.csv", sample_csv())
    add_file(competition, "truth", "truth.parquet", truth_parquet())
    add_file(competition, "source", "numbers.csv", b"id,x,target\n1,1,3.7\n")
    return competition


def score_all() -> None:
    """Do now what workers would do, intervals and other delayed work included."""
    from seodang.site.jobs.models import Job, JobState
    from seodang.site.jobs.worker import run_due

    while True:
        Job.objects.filter(state=JobState.WAITING).update(run_after=timezone.now())
        if not run_due():
            return


@contextmanager
def kept_connection():
    """Requests of a real WSGI handler inside a test's transaction; Django would close the connection around eac"""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)
