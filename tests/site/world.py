"""What tests act on: a small open competition with real files (forty numbers, scored by RMSE), and a lab."""

from __future__ import annotations

import hashlib
import io
import json
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


def make_ladder(course: Course, owner, **fields):
    """A small ladder that is done, with a report and a model that is none."""
    from seodang.site.ladders.models import Ladder, Rung

    number = Ladder.objects.filter(course=course).count() + 1
    given = {
        "title": "Houses",
        "table_name": "houses.csv",
        "target": "price",
        "state": "done",
        "started_at": timezone.now() - timedelta(seconds=20),
        "finished_at": timezone.now(),
        "result": {"metric": "rmse", "task": "regression", "best": "forest", "warnings": [], "notes": []},
    }
    ladder = Ladder(course=course, owner=owner, number=number, **{**given, **fields})
    ladder.table.save("houses.csv", ContentFile(b"size,price\n1,2\n2,4.5\n"), save=False)
    ladder.report.save("report.html", ContentFile(b"<!doctype html><p>a report"), save=False)
    ladder.model.save("model.zip", ContentFile(b"a model"), save=False)
    ladder.save()
    scores = {"baseline": ("Baseline", 2.5), "forest": ("Random forest", 0.75)}
    for order, (name, (title, score)) in enumerate(scores.items()):
        Rung.objects.create(
            ladder=ladder, name=name, title=title, order=order, score=score, ci_low=score / 2, ci_high=2 * score
        )
    return ladder


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


# --- a lab ----------------------------------------------------------------------------------------------------
# Three questions: tests mark one (a visible check, a hidden one), a person reads one, one is a task. The marks
# SECRET-… stand only where students may not look, so that a test can search every answer of the site for them.

HIDDEN = "SECRET-HIDDEN-TEST"
SOLUTION = "SECRET-SOLUTION"
SCHEME = "SECRET-MARK-SCHEME"
SECRETS = (HIDDEN, SOLUTION, SCHEME)


def _cell(kind: str, source: str, grade_id: str = "", points: float | None = None, **marks: bool) -> dict:
    metadata: dict = {}
    if grade_id:
        given = {"grade": False, "solution": False, "locked": False, "task": False, **marks}
        metadata["nbgrader"] = {"grade_id": grade_id, "schema_version": 3, "cell_type": kind, **given}
        if points is not None:
            metadata["nbgrader"]["points"] = points
    cell: dict = {"cell_type": kind, "metadata": metadata, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def notebook(cells: list[dict], **metadata) -> bytes:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    whole = {"cells": cells, "metadata": {**kernel, **metadata}, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(whole).encode()


def lab_source(*, hidden: str = "assert double(-3) == -6", title: str = "Doubling") -> bytes:
    """The teacher's notebook. The autograded question has 4 points, the essay 3, the task 2."""
    return notebook(
        [
            _cell("markdown", f"# {title}\n\nWrite a function and say why it works."),
            _cell(
                "code",
                f"def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x  # {SOLUTION}\n    ### END SOLUTION",
                "double",
                solution=True,
            ),
            _cell(
                "code",
                "assert double(2) == 4\n### BEGIN HIDDEN TESTS: negative numbers\n"
                f"{hidden}  # {HIDDEN}\n### END HIDDEN TESTS",
                "test_double",
                4,
                grade=True,
                locked=True,
            ),
            _cell(
                "markdown",
                f"### BEGIN SOLUTION\nBecause 2x = x + x. {SOLUTION}\n### END SOLUTION",
                "why",
                3,
                grade=True,
                solution=True,
            ),
            _cell(
                "markdown",
                f"Try something of your own.\n\n=== BEGIN MARK SCHEME ===\n{SCHEME}\n=== END MARK SCHEME ===",
                "own",
                2,
                task=True,
                locked=True,
            ),
        ],
        seodang={"title": title},
    )


def answered(double: str = "return 2 * x", why: str = "Adding it to itself doubles it.", own: str = "") -> bytes:
    """A student's notebook: the released one with these answers in it."""
    from seodang.grade.lab import Lab

    released = Lab.read(lab_source(), name="doubling.ipynb").release()
    for cell in released["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id == "double":
            cell["source"] = f"def double(x):\n    {double}"
        elif grade_id == "why" and why:
            cell["source"] = why
    if own:
        released["cells"].append(_cell("code", own))
    return json.dumps(released).encode()


def make_lab(course: Course, slug: str = "doubling", *, source: bytes | None = None, **fields):
    """A published lab, due tomorrow, made through the services; its check is taken as good."""
    from seodang.site.courses import access as courses_access
    from seodang.site.courses.models import Enrollment
    from seodang.site.labs import services
    from seodang.site.labs.models import Lab

    professor = Enrollment.objects.filter(course=course, role="instructor").first()
    user = professor.user if professor else _teacher_of(course)
    now = timezone.now()
    given = {"due_at": now + timedelta(days=1), "opens_at": now - timedelta(days=7), "grace_minutes": 0, **fields}
    state = given.pop("state", "published")
    lab = services.create_lab(
        access=courses_access.of(user, course),
        slug=slug,
        stream=upload(source or lab_source(), "doubling.ipynb"),
        filename="doubling.ipynb",
        data=given.pop("data", None),
        **given,
    )
    checked(lab.revisions.get())
    Lab.objects.filter(pk=lab.pk).update(state=state)
    return Lab.objects.select_related("course", "current").get(pk=lab.pk)


def _teacher_of(course: Course):
    from seodang.site.accounts.models import User
    from seodang.site.courses.models import Enrollment

    user = User.objects.create_user(f"teacher-{course.pk}@example.com", None, name="Teacher")
    Enrollment.objects.create(course=course, user=user, role="instructor")
    return user


def checked(revision, *, holds: bool = True) -> None:
    """As if a worker had checked it."""
    from seodang.site.jobs.models import Job
    from seodang.site.labs import services

    services.record_check(revision=revision, report={"questions": []}, holds=holds)
    Job.objects.filter(task="labs.check_revision", arguments__revision_id=revision.pk).delete()


def hand_in(lab, user, content: bytes | None = None, **options):
    """A submission that waits to be marked, through the service."""
    from seodang.site.labs import services

    content = answered() if content is None else content
    return services.submit(
        lab=lab, user=user, stream=upload(content, "doubling.ipynb"), filename="doubling.ipynb", **options
    )


def graded(points: str | None = "4", *, why: str = "waiting", own: str = "waiting", flags=(), problem=None):
    """What an autograder could have found: `points` of 4 on the tests; essay and task wait for a person."""
    from decimal import Decimal

    from seodang.grade.results import Check, Graded, Kind, QuestionGrade, Status

    full = points == "4"
    tested = QuestionGrade(
        "test_double",
        "Doubling",
        Kind.AUTOGRADED,
        Decimal(4),
        Decimal(points or 0),
        Status.PASSED if full else Status.FAILED if points == "0" else Status.PARTIAL,
        (
            Check("double(2)", True, True),
            Check("negative numbers", False, full, "", "" if full else f"AssertionError in {HIDDEN}"),
        ),
        ("double",),
    )

    def by_hand(id: str, kind: Kind, most: int, status: str) -> QuestionGrade:
        earned = None if status == "waiting" else Decimal(0)
        return QuestionGrade(id, id.title(), kind, Decimal(most), earned, Status(status), (), (id,))

    questions = (tested, by_hand("why", Kind.MANUAL, 3, why), by_hand("own", Kind.TASK, 2, own))
    shown = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    if problem is not None:
        return Graded("doubling.ipynb", problem=problem)
    return Graded("doubling.ipynb", questions, tuple(flags), None, shown, 1.0, 0.5)


def mark(submission, found=None, *, answers: dict | None = None):
    """As if a worker had marked the grading that the submission waits for; the job goes away with it."""
    from seodang.site.jobs.models import Job
    from seodang.site.labs import services
    from seodang.site.labs.models import Grading

    grading = Grading.objects.filter(submission=submission, state__in=["waiting", "running"]).first()
    services.start_grading(grading=grading)
    digests = {"why": "a" * 64, "test_double": "b" * 64} if answers is None else answers
    services.record_grading(grading=grading, graded=found or graded(), answers=digests)
    Job.objects.filter(pk=grading.job_id).delete()
    submission.refresh_from_db()
    return submission
