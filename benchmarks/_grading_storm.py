"""`grading.py --storm`: a class hands in at the deadline, on the real site, while workers are killed at random.

300 students hand in one notebook each over the HTTP API within five minutes, denser towards the end, as classes do.
At random moments a worker, taken at random, is killed with SIGKILL, with whatever it runs. Afterwards: every file
was taken, is there unchanged, was marked once, and earned the points that it deserves.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from _grading_labs import LABS, Lab, honest_points, source, submission
from storm import Site, database, machine, percentile

COURSE, SLUG = "storm", "storm-lab"
GIVE_UP_SECONDS = 900.0


@dataclass(frozen=True)
class Student:
    number: int
    user_id: int
    token: str

    def file(self, lab: Lab) -> bytes:
        return json.dumps(submission(lab, self.number)).encode()


@dataclass
class Weather:
    statuses: Counter[int] = field(default_factory=Counter)
    seconds_each: list[float] = field(default_factory=list)
    kills: int = 0
    handed_in_seconds: float = 0.0
    marked_seconds: float = 0.0


def storm(
    *,
    submissions: int = 300,
    spread_seconds: float = 300.0,
    kill_every_seconds: float = 15.0,
    lab_name: str = "plain",
    workers: int = 2,
    database_url: str = "",
    as_json: bool = False,
) -> int:
    """0 when nothing was lost. spread_seconds: in which all hand in; kill_every_seconds: on average."""
    with (
        tempfile.TemporaryDirectory(prefix="seodang-grading-storm-") as folder,
        database(database_url, Path(folder)) as url,
    ):
        environment = {"SEODANG_STORAGE": folder, "DATABASE_URL": url}
        os.environ.update(environment, DJANGO_SETTINGS_MODULE="seodang.site.config.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection, connections

        call_command("migrate", verbosity=0)
        report: dict[str, Any] = {"machine": machine(), "database": connection.vendor, "lab": lab_name}
        students, professor = make_class(submissions)
        connections.close_all()
        site = Site(environment, "--web", "1", "--workers", str(workers))
        try:
            make_lab(LABS[lab_name], professor)
            weather = asyncio.run(blow(site, LABS[lab_name], students, spread_seconds, kill_every_seconds))
            wrong = what_is_wrong(LABS[lab_name], students)
        finally:
            site.end()
            connections.close_all()
    report |= told(weather, wrong, submissions, spread_seconds)
    print(json.dumps(report, indent=2) if as_json else in_words(report))
    return 0 if report["holds"] else 1


def make_class(n_students: int) -> tuple[list[Student], Any]:
    from seodang.site.accounts.models import Token, User
    from seodang.site.accounts.secrets import digest
    from seodang.site.courses.models import Course, Enrollment, Role

    course = Course.objects.create(title="Storm", slug=COURSE, language="en", join_code="STORM234")
    professor = User.objects.create_user("professor@storm.test", name="Professor", may_teach=True)
    Enrollment.objects.create(course=course, user=professor, role=Role.INSTRUCTOR)
    people = User.objects.bulk_create(
        User(email=f"student{i}@storm.test", name=f"Student {i}", password="!") for i in range(n_students)
    )
    Enrollment.objects.bulk_create(Enrollment(course=course, user=one, role=Role.STUDENT) for one in people)
    students = [Student(i, one.pk, f"sd_storm{i:06}") for i, one in enumerate(people)]
    Token.objects.bulk_create(
        Token(user_id=one.user_id, name="storm", prefix=one.token[:9], digest=digest(one.token)) for one in students
    )
    return students, professor


def make_lab(lab: Lab, professor: Any) -> None:
    """Through the services, as a professor would; the site's workers check it."""
    from django.utils import timezone

    from seodang.site.courses import access as courses_access
    from seodang.site.courses.models import Course
    from seodang.site.labs import services

    access = courses_access.of(professor, Course.objects.get(slug=COURSE))
    stream = io.BytesIO(json.dumps(source(lab)).encode())
    due = timezone.now() + timedelta(days=1)
    made = services.create_lab(
        access=access, due_at=due, stream=stream, filename="lab.ipynb", title=lab.title, slug=SLUG
    )
    until = time.monotonic() + 180
    while made.current is None and time.monotonic() < until:
        time.sleep(0.5)
        made.refresh_from_db()
    if made.current is None:
        revision = made.revisions.first()
        raise RuntimeError(f"the lab was not checked: {revision.state} {revision.problem} {revision.report}")
    services.publish(lab=made, by=professor)


async def blow(site: Site, lab: Lab, students: Sequence[Student], spread: float, kill_every: float) -> Weather:
    weather, over = Weather(), threading.Event()
    chance = random.Random(7)
    # More of them the nearer the deadline is.
    moments = sorted(spread * chance.random() ** 0.5 for _ in students)
    killer = threading.Thread(target=kill, args=(site, weather, kill_every, over))
    began = time.monotonic()
    killer.start()
    try:
        async with httpx.AsyncClient(base_url=site.address, timeout=120) as client:
            sent = [hand_in(client, lab, one, at, weather) for one, at in zip(students, moments, strict=True)]
            await asyncio.gather(*sent)
        weather.handed_in_seconds = time.monotonic() - began
        weather.marked_seconds = await asyncio.to_thread(until_marked, began, weather.statuses[201])
    finally:
        over.set()
        killer.join()
    return weather


async def hand_in(client: httpx.AsyncClient, lab: Lab, student: Student, at: float, weather: Weather) -> None:
    await asyncio.sleep(at)
    began = time.monotonic()
    try:
        answer = await client.post(
            f"/api/v1/labs/{COURSE}/{SLUG}/submissions",
            headers={"Authorization": f"Bearer {student.token}"},
            files={"file": ("lab.ipynb", student.file(lab), "application/x-ipynb+json")},
        )
        weather.statuses[answer.status_code] += 1
        if answer.status_code >= 400:
            print(answer.status_code, answer.text[:300], file=sys.stderr)
    except httpx.HTTPError as error:
        weather.statuses[599] += 1
        print(f"no answer: {error!r}", file=sys.stderr)
    weather.seconds_each.append(time.monotonic() - began)


def kill(site: Site, weather: Weather, every: float, over: threading.Event) -> None:
    chance = random.Random(11)
    while not over.wait(chance.expovariate(1 / every)):
        if workers := site.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
                weather.kills += 1


def until_marked(began: float, taken: int) -> float:
    """Seconds since `began` when all were marked; infinity when they never were."""
    from django.db import connection

    from seodang.site.labs.models import Submission

    try:
        while Submission.objects.filter(lab__slug=SLUG).exclude(state__in=["waiting", "marking"]).count() < taken:
            if time.monotonic() - began > GIVE_UP_SECONDS:
                return float("inf")
            time.sleep(0.5)
        return time.monotonic() - began
    finally:
        connection.close()


def what_is_wrong(lab: Lab, students: Sequence[Student]) -> list[str]:
    """Everything that was lost, doubled or marked wrongly; empty when all is well."""
    from hashlib import sha256

    from seodang.site.labs.models import Submission

    found: dict[int, list[Any]] = {}
    for one in Submission.objects.filter(lab__slug=SLUG).select_related("grading"):
        found.setdefault(one.user_id, []).append(one)
    wrong = []
    for student in students:
        mine = found.pop(student.user_id, [])
        if len(mine) != 1:
            wrong.append(f"student {student.number} has {len(mine)} submissions")
            continue
        one, due = mine[0], honest_points(lab, student.number)
        if one.sha256 != sha256(student.file(lab)).hexdigest() or one.file.read() != student.file(lab):
            wrong.append(f"student {student.number}: the file is another")
        if one.state != "marked" or one.grading is None:
            wrong.append(f"student {student.number} is {one.state}")
        elif one.grading.points != due:
            wrong.append(f"student {student.number} has {one.grading.points} points instead of {due}")
        if (n := one.gradings.filter(state="done").count()) != 1:
            wrong.append(f"student {student.number} was marked {n} times")
    return wrong + [f"person {person} handed in and was not asked to" for person in found]


def told(weather: Weather, wrong: list[str], n: int, spread: float) -> dict[str, Any]:
    taken = weather.statuses[201] == n
    latency = {f"p{share}": round(percentile(weather.seconds_each, share / 100) * 1000) for share in (50, 95, 99)}
    return {
        "submissions": n,
        "answers": {str(status): count for status, count in sorted(weather.statuses.items())},
        "workers_killed": weather.kills,
        "spread_seconds": spread,
        "handed_in_seconds": round(weather.handed_in_seconds, 1),
        "marked_seconds": round(weather.marked_seconds, 1),
        "latency_ms": latency,
        "wrong": wrong[:10],
        "holds": taken and not wrong and weather.marked_seconds != float("inf"),
    }


def in_words(report: dict[str, Any]) -> str:
    about, times = report["machine"], report["latency_ms"]
    lines = (
        f"{about['processor']}, {about['cores']} cores, load {about['load']} at the start; {report['database']}",
        f"{report['submissions']} submissions of the lab “{report['lab']}” within {report['spread_seconds']:g} s: "
        f"answers {report['answers']}, {report['workers_killed']} workers killed",
        f"the last was handed in after {report['handed_in_seconds']} s, "
        f"all were marked after {report['marked_seconds']} s",
        f"handing in took {times['p50']} ms (median), {times['p95']} ms (p95), {times['p99']} ms (p99)",
        f"lost, doubled or wrong: {len(report['wrong'])}" + "".join(f"\n  {line}" for line in report["wrong"]),
    )
    return "\n".join(lines)
