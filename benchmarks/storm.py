"""A whole class at once, through the real site: entries while workers are killed, and the largest board's page.

    python benchmarks/storm.py [--students 1000] [--database URL] [--only storm|board] [--json]

storm   1,000 students enter one file each over the HTTP API, as fast as they are let (`--at-once` open requests),
        into `seodang serve` with its workers. Every two seconds a worker is killed with SIGKILL. Afterwards: no
        answer of 500 and above, every entry there with the file that was sent, each scored once and rightly.
board   A competition with 1,000 teams and 20,000 entries, all with intervals. Its page and the emptiest pages of
        the site are asked for in turn by one student; the ratio is that of the medians.

`--database` is a SQLite file of its own by default, or a `postgres://` address whose user may create databases: the
benchmark makes one and takes it away again. It listens on loopback only, and ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

SEODANG = [sys.executable, "-c", "from seodang.cli import main; main()"]
N_ROWS = 200
LIMIT_SECONDS = 60.0
BOARD_LIMIT = 3.0
GIVE_UP_SECONDS = 300.0
COURSE, SLUG, BOARD_SLUG = "storm", "storm", "large-board"


# --- the site ------------------------------------------------------------------------------------------------


class Site:
    """`seodang serve` in a process of its own, and what can be asked of its children."""

    def __init__(self, environment: dict[str, str], *options: str) -> None:
        self.output: list[str] = []
        self.process = subprocess.Popen(
            [*SEODANG, "serve", "--port", "0", *options],
            env={**os.environ, "SEODANG_LANG": "en", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._wait_until_it_serves()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.output.extend(self.process.stdout)

    def _wait_until_it_serves(self) -> None:
        until = time.monotonic() + 120
        while "Ctrl-C" not in "".join(self.output):
            if self.process.poll() is not None or time.monotonic() > until:
                self.end()
                raise RuntimeError("the site did not start:\n" + "".join(self.output))
            time.sleep(0.05)
        found = re.search(r"http://\S+?(?=/?\s)", "".join(self.output))
        assert found is not None
        self.address = found[0].rstrip("/")

    def workers(self) -> list[int]:
        """Process numbers of the workers that live, the oldest first: the children of the supervisor's keepers."""
        found: list[tuple[int, int, int]] = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                stat = (folder / "stat").read_text().rpartition(")")[2].split()
                parent, born = int(stat[1]), int(stat[19])
                command = (folder / "cmdline").read_bytes().split(b"\0")
            except (OSError, IndexError):
                continue
            if b"worker" in command:
                found.append((born, int(folder.name), parent))
        keepers = {pid for _born, pid, parent in found if parent == self.process.pid}
        return [pid for _born, pid, parent in sorted(found) if parent in keepers]

    def kill_a_worker(self) -> bool:
        """SIGKILL to the oldest worker of this site: one that is at work, rather than one that still starts."""
        workers = self.workers()
        if not workers:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(workers[0], signal.SIGKILL)
        return True

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


# --- the class -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Student:
    """Who enters, with the key of their programs and how far off their prediction is, which is their score."""

    user_id: int
    token: str
    off: float

    def file(self) -> bytes:
        lines = [f"{i},{i + self.off}" for i in range(N_ROWS)]
        return "\n".join(["id,target", *lines, ""]).encode()


def make_class(n_students: int) -> list[Student]:
    """A course with a competition of the truth 0, 1, 2 …, and its students, each with a token."""
    from seodang.site.accounts.models import Token, User
    from seodang.site.accounts.secrets import digest
    from seodang.site.courses.models import Course, Enrollment, Role

    course = Course.objects.create(title="Storm", slug=COURSE, language="en", join_code="STORM234")
    professor = User.objects.create_user("professor@storm.test", name="Professor", may_teach=True)
    Enrollment.objects.create(course=course, user=professor, role=Role.INSTRUCTOR)
    make_competition(course, professor)
    people = User.objects.bulk_create(
        User(email=f"student{i}@storm.test", name=f"Student {i}", password="!") for i in range(n_students)
    )
    Enrollment.objects.bulk_create(Enrollment(course=course, user=person, role=Role.STUDENT) for person in people)
    students = [Student(person.pk, f"sd_storm{i:06}", 1.0 + i) for i, person in enumerate(people)]
    Token.objects.bulk_create(
        Token(user_id=one.user_id, name="storm", prefix=one.token[:9], digest=digest(one.token)) for one in students
    )
    return students


def make_competition(course: Any, professor: Any) -> None:
    """Through the services, as a host would: a folder with test, truth and sample."""
    from seodang.site.competitions import services
    from seodang.site.courses import access as courses_access
    from seodang.site.jobs.worker import run_due

    spec = (
        f"title: Storm\nslug: {SLUG}\ndata: {{test: test.csv, truth: truth.csv}}\nid: id\ntarget: target\n"
        "metric: rmse\ncloses: 2099-01-01\n"
    )
    rows = range(N_ROWS)
    files = {
        "competition.yaml": spec.encode(),
        "test.csv": "\n".join(["id,x", *(f"{i},{i % 7}" for i in rows), ""]).encode(),
        "truth.csv": "\n".join(["id,target", *(f"{i},{i}" for i in rows), ""]).encode(),
    }
    competition = services.create_from_folder(
        access=courses_access.of(professor, course),
        archive_or_files={name: io.BytesIO(content) for name, content in files.items()},
    )
    run_due()
    competition.refresh_from_db()
    if competition.problem:
        raise RuntimeError(f"the competition could not be prepared: {competition.problem}")
    services.publish(competition=competition, by=professor)


# --- the storm -----------------------------------------------------------------------------------------------


@dataclass
class Weather:
    """What came of a storm."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds_each: list[float] = field(default_factory=list)
    entered_seconds: float = 0.0
    scored_seconds: float = 0.0
    measured_seconds: float = 0.0
    kills: int = 0
    wrong: list[str] = field(default_factory=list)


def storm(
    site: Site,
    students: Sequence[Student],
    *,
    at_once: int,
    give_up_seconds: float,
    kill_every_seconds: float = 2.0,
    kill_every_scores: int = 0,
) -> Weather:
    """Everybody enters; workers die; wait until all is scored, then look whether anything is missing.

    Args:
        kill_every_scores: kill by progress instead of by the clock, for tests on machines of unknown speed.
    """
    weather = Weather()
    over = threading.Event()
    if kill_every_scores:
        killer = threading.Thread(target=_kill_by_progress, args=(site, weather, kill_every_scores, over))
    else:
        killer = threading.Thread(target=_kill, args=(site, weather, kill_every_seconds, over))
    began = time.monotonic()
    killer.start()
    try:
        asyncio.run(_enter_all(site.address, students, at_once, weather))
        weather.entered_seconds = time.monotonic() - began
        taken = weather.statuses[201]
        weather.scored_seconds = _until(began, give_up_seconds, lambda: _count_scored() >= taken)
    finally:
        over.set()
        killer.join()
    weather.measured_seconds = _until(began, give_up_seconds, lambda: _count_unmeasured() == 0)
    weather.wrong = what_is_wrong(students)
    return weather


def _kill(site: Site, weather: Weather, every: float, over: threading.Event) -> None:
    while not over.wait(every):
        weather.kills += site.kill_a_worker()


def _kill_by_progress(site: Site, weather: Weather, scores: int, over: threading.Event) -> None:
    from django.db import connection

    seen = 0
    try:
        while not over.wait(0.05):
            scored = _count_scored()
            if scored >= seen + scores:
                seen = scored
                weather.kills += site.kill_a_worker()
    finally:
        connection.close()


async def _enter_all(address: str, students: Sequence[Student], at_once: int, weather: Weather) -> None:
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    gate = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as client:

        async def enter(student: Student) -> None:
            async with gate:
                began = time.monotonic()
                try:
                    answer = await client.post(
                        f"/api/v1/competitions/{COURSE}/{SLUG}/entries",
                        headers={"Authorization": f"Bearer {student.token}"},
                        files={"file": ("prediction.csv", student.file(), "text/csv")},
                        data={"message": "storm"},
                    )
                    weather.statuses[answer.status_code] += 1
                    if answer.status_code >= 400 and len(weather.wrong) < 5:
                        print(answer.status_code, answer.text[:300], file=sys.stderr)
                except httpx.HTTPError as error:
                    weather.statuses[599] += 1
                    print(f"no answer: {error!r}", file=sys.stderr)
                weather.seconds_each.append(time.monotonic() - began)

        await asyncio.gather(*(enter(student) for student in students))


def _until(began: float, give_up_seconds: float, holds: Any) -> float:
    """Seconds since `began` when it held; infinity when it never did."""
    while not holds():
        if time.monotonic() - began > give_up_seconds:
            return float("inf")
        time.sleep(0.2)
    return time.monotonic() - began


def _count_scored() -> int:
    from seodang.site.competitions.models import Entry

    return Entry.objects.filter(competition__slug=SLUG, state="scored").count()


def _count_unmeasured() -> int:
    from seodang.site.competitions.models import Scoring

    return Scoring.objects.filter(entry__competition__slug=SLUG, public_replicates__isnull=True).count()


def what_is_wrong(students: Sequence[Student]) -> list[str]:
    """Everything that was lost, doubled or scored wrongly; empty when all is well."""
    from hashlib import sha256

    from seodang.site.competitions.models import Entry

    entries = Entry.objects.filter(competition__slug=SLUG).prefetch_related("scorings")
    by_person: dict[int, list[Any]] = {}
    for entry in entries:
        by_person.setdefault(entry.user_id, []).append(entry)
    wrong = []
    for student in students:
        found = by_person.pop(student.user_id, [])
        if len(found) != 1:
            wrong.append(f"person {student.user_id} has {len(found)} entries")
            continue
        entry, scorings = found[0], found[0].scorings.all()
        if entry.sha256 != sha256(student.file()).hexdigest():
            wrong.append(f"entry {entry.ordinal} holds another file")
        elif entry.file.read() != student.file():
            wrong.append(f"entry {entry.ordinal} lost its file")
        if [round(one.public_score, 6) for one in scorings] != [student.off]:
            wrong.append(f"entry {entry.ordinal} has the scores {[one.public_score for one in scorings]}")
    wrong += [f"person {person} entered and was not asked to" for person in by_person]
    ordinals = sorted(entry.ordinal for entry in entries)
    if ordinals != list(range(1, len(ordinals) + 1)):
        wrong.append("ordinals have gaps")
    return wrong


# --- the board -----------------------------------------------------------------------------------------------


def make_board(n_teams: int, n_entries: int) -> None:
    """A competition with that many teams and entries, all scored and measured."""
    from datetime import timedelta

    import numpy as np
    from django.utils import timezone

    from seodang.site.competitions.models import Competition, Entry, Membership, Scoring, Team
    from seodang.site.courses.models import Course, Enrollment

    course, now = Course.objects.get(slug=COURSE), timezone.now()
    competition = Competition.objects.create(
        course=course,
        slug=BOARD_SLUG,
        title="A large board",
        state="published",
        metric="rmse",
        opens_at=now - timedelta(days=60),
        closes_at=now + timedelta(days=1),
    )
    teams = Team.objects.bulk_create(Team(competition=competition, name=f"Team {i}") for i in range(n_teams))
    people = list(Enrollment.objects.filter(course=course, role="student").values_list("user_id", flat=True))
    Membership.objects.bulk_create(
        Membership(team=team, competition=competition, user_id=person, is_captain=True)
        for team, person in zip(teams, people, strict=False)
    )
    rng = np.random.default_rng(0)
    each = n_entries // n_teams
    skill = rng.normal(50, 8, n_teams)
    resamples = rng.normal(0, 1.0, 500)
    for first in range(0, n_entries, 2000):
        numbers = range(first, min(first + 2000, n_entries))
        entries = Entry.objects.bulk_create(
            Entry(
                competition=competition,
                team=teams[number % n_teams],
                ordinal=number + 1,
                file="none",
                filename="prediction.csv",
                size_bytes=1,
                sha256="0" * 64,
                state="scored",
                created_at=now - timedelta(minutes=2 * (n_entries - number)),
            )
            for number in numbers
        )
        rows = []
        for entry in entries:
            score = skill[(entry.ordinal - 1) % n_teams] * (1 + 1 / (1 + (entry.ordinal - 1) // n_teams + each / 9))
            score += rng.normal(0, 0.3)
            packed = (score + resamples + rng.normal(0, 0.3, 500)).astype(np.float32).tobytes()
            values = {f"{part}_score": score for part in ("public", "private")}
            values |= {f"{part}_low": score - 2 for part in ("public", "private")}
            values |= {f"{part}_high": score + 2 for part in ("public", "private")}
            values |= {f"{part}_replicates": packed for part in ("public", "private")}
            rows.append(Scoring(entry=entry, truth_version=1, metric="rmse", **values))
        Scoring.objects.bulk_create(rows)
    Competition.objects.filter(pk=competition.pk).update(board_version=n_entries)


def session_of(user_id: int) -> str:
    """A session cookie with which that person is logged in."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from seodang.site.accounts.models import User

    user = User.objects.get(pk=user_id)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


@dataclass(frozen=True)
class Pages:
    """Milliseconds of each page, medians; `changed_ms`: of the board right after it changed."""

    board_ms: float
    empty_ms: dict[str, float]
    changed_ms: float
    compute_ms: float

    @property
    def ratio(self) -> float:
        return self.board_ms / min(self.empty_ms.values())


def measure_pages(site: Site, student: Student, *, repeats: int) -> Pages:
    """Ask for every page in turn, so that what disturbs one disturbs all alike."""
    from django.conf import settings
    from django.db.models import F

    from seodang.site.competitions import standings
    from seodang.site.competitions.models import Competition

    where = f"/courses/{COURSE}/competitions/{BOARD_SLUG}/leaderboard/"
    empty = ["/join/", "/account/", "/courses/new/"]
    cookies = {settings.SESSION_COOKIE_NAME: session_of(student.user_id)}
    with httpx.Client(base_url=site.address, cookies=cookies, timeout=120) as client:
        empty = [path for path in empty if client.get(path).status_code == 200]
        for path in (*empty, *[where] * 10):
            answer = client.get(path)
            if answer.status_code != 200:
                raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
        took: dict[str, list[float]] = {path: [] for path in (where, *empty)}
        for _ in range(repeats):
            for path, times in took.items():
                times.append(_milliseconds(client, path))
        changed = []
        for _ in range(5):
            time.sleep(2.5)
            Competition.objects.filter(slug=BOARD_SLUG).update(board_version=F("board_version") + 1)
            changed.append(_milliseconds(client, where))
    competition = Competition.objects.get(slug=BOARD_SLUG)
    began = time.perf_counter()
    standings.compute(competition, "public")
    compute_ms = (time.perf_counter() - began) * 1000
    medians = {path: statistics.median(times) for path, times in took.items()}
    return Pages(medians.pop(where), medians, statistics.median(changed), compute_ms)


def _milliseconds(client: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path)
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    return took


# --- one run -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def database(url: str, folder: Path) -> Iterator[str]:
    """A database that nobody else uses, gone afterwards."""
    if not url.startswith("postgres"):
        yield f"sqlite:///{folder / 'storm.sqlite3'}"
        return
    import psycopg

    name = f"seodang_storm_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield re.sub(r"/[^/?]*(\?|$)", rf"/{name}\1", url, count=1) if url.count("/") > 2 else f"{url}/{name}"
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def machine() -> dict[str, Any]:
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "processor": model or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(memory / 2**20, 1),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=64, help="open requests")
    parser.add_argument("--kill-every", type=float, default=2.0, help="seconds between two SIGKILLs")
    parser.add_argument("--teams", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--web", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--database", default="", help="postgres://user@host:port/postgres; SQLite when not given")
    parser.add_argument("--only", choices=["storm", "board"])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="seodang-storm-") as folder,
        database(given.database, Path(folder)) as url,
    ):
        report = run(given, {"SEODANG_STORAGE": folder, "DATABASE_URL": url})
    print(json.dumps(report, indent=2) if given.json else in_words(report))
    return 0 if report["holds"] else 1


def run(given: argparse.Namespace, environment: dict[str, str]) -> dict[str, Any]:
    os.environ.update(environment, DJANGO_SETTINGS_MODULE="seodang.site.config.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections

    call_command("migrate", verbosity=0)
    report: dict[str, Any] = {"machine": machine(), "database": connection.vendor, "holds": True}
    students = make_class(max(given.students, given.teams if given.only != "storm" else 0))
    if given.only != "storm":
        make_board(given.teams, given.entries)
    connections.close_all()
    site = Site(environment, "--web", str(given.web), "--workers", str(given.workers))
    try:
        if given.only != "storm":
            pages = measure_pages(site, students[0], repeats=given.repeats)
            report["board"] = {
                "teams": given.teams,
                "entries": given.entries,
                "ratio": round(pages.ratio, 2),
                "limit": BOARD_LIMIT,
                "board_ms": round(pages.board_ms, 1),
                "emptiest_pages_ms": {path: round(ms, 1) for path, ms in pages.empty_ms.items()},
                "just_changed_ms": round(pages.changed_ms, 1),
                "computing_ms": round(pages.compute_ms, 1),
            }
            report["holds"] &= pages.ratio <= BOARD_LIMIT
        if given.only != "board":
            students = students[: given.students]
            weather = storm(
                site,
                students,
                at_once=given.at_once,
                kill_every_seconds=given.kill_every,
                give_up_seconds=GIVE_UP_SECONDS,
            )
            report["storm"] = told(weather, len(students))
            report["holds"] &= report["storm"]["holds"]
    finally:
        connections.close_all()
        site.end()
        connections.close_all()
        for pool in _pools():
            pool.close()
    return report


def _pools() -> list[Any]:
    """Connection pools of this process, which would keep the database from being dropped quietly."""
    from django.db import connections

    found = [getattr(connection, "_connection_pools", {}) for connection in connections.all()]
    return [pool for pools in found for pool in pools.values()]


def told(weather: Weather, n_students: int) -> dict[str, Any]:
    no_5xx = not any(status >= 500 for status in weather.statuses)
    all_taken = weather.statuses[201] == n_students
    return {
        "students": n_students,
        "answers": {str(status): count for status, count in sorted(weather.statuses.items())},
        "workers_killed": weather.kills,
        "entered_seconds": round(weather.entered_seconds, 1),
        "entries_per_second": round(n_students / weather.entered_seconds, 1),
        "scored_seconds": round(weather.scored_seconds, 1),
        "intervals_seconds": round(weather.measured_seconds, 1),
        "limit_seconds": LIMIT_SECONDS,
        "latency_ms": {
            f"p{share}": round(percentile(weather.seconds_each, share / 100) * 1000) for share in (50, 95, 99, 100)
        },
        "wrong": weather.wrong[:10],
        "holds": no_5xx and all_taken and not weather.wrong and weather.scored_seconds <= LIMIT_SECONDS,
    }


def in_words(report: dict[str, Any]) -> str:
    about = report["machine"]
    lines = [
        f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB, load {about['load']} at the "
        f"start; {about['system']}, Python {about['python']}; {report['database']}",
    ]
    if board := report.get("board"):
        empty = ", ".join(f"{path} {ms} ms" for path, ms in board["emptiest_pages_ms"].items())
        lines += [
            f"board   {board['teams']} teams, {board['entries']} entries: {board['board_ms']} ms, "
            f"{board['ratio']} × the emptiest page (at most {board['limit']} ×); {empty}",
            f"        just changed {board['just_changed_ms']} ms; computing alone {board['computing_ms']} ms",
        ]
    if told_storm := report.get("storm"):
        latency = ", ".join(f"{name} {ms} ms" for name, ms in told_storm["latency_ms"].items())
        lines += [
            f"storm   {told_storm['students']} students: answers {told_storm['answers']}, "
            f"{told_storm['workers_killed']} workers killed",
            f"        entered in {told_storm['entered_seconds']} s ({told_storm['entries_per_second']} a second), "
            f"all scored after {told_storm['scored_seconds']} s (at most {told_storm['limit_seconds']:g} s), "
            f"all intervals after {told_storm['intervals_seconds']} s",
            f"        latency {latency}",
            *(f"        WRONG: {what}" for what in told_storm["wrong"]),
        ]
    lines.append("holds" if report["holds"] else "DOES NOT HOLD")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
