"""What journeys through labs share: visitors who may see frames, clients of the API, a class that has handed in."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator
from tests.grade.notebooks import as_bytes, markdown
from tests.journeys import notebooks
from tests.journeys.classroom import LAB_CLASSES
from tests.journeys.people import Device, Visitor
from tests.journeys.sites import Site, wait_until

from seodang.client import Client
from seodang.client.lab import Lab

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="No bubblewrap here, and students' code runs in it."),
]
# The frame's own policy forbids scripts, also those by which Playwright and axe look into frames, and gives it an
# origin of its own, to which axe cannot speak. The site's scripts do neither.
FRAME = re.compile(
    r"^console on .*: (Blocked script execution in '.*/notebook/'|Failed to execute 'postMessage' on 'DOMWindow': )"
)


class Watched(Visitor):
    """A person of the lab class of their language."""

    def __init__(self, browser: Browser, site: Site, number: int, language: str, device: Device, **options: Any):
        super().__init__(browser, site, LAB_CLASSES[language].people[number], language, device, **options)
        self.sign_in(LAB_CLASSES[language].email(self.name))

    def must_be_well(self) -> None:
        self.problems = [problem for problem in self.problems if not FRAME.search(problem)]
        super().must_be_well()

    def confirm(self, button: Locator) -> None:
        """Press a button that asks once more, and say yes."""
        button.click()
        self.page.locator("#confirm button[value='yes']").click()

    def gets(self, address: str) -> tuple[int, str]:
        """Status and text of a page, asked for beside the one that is shown."""
        answer = self.context.request.get(address, max_redirects=0)
        return answer.status, answer.text()


def root(language: str) -> str:
    return f"/courses/{LAB_CLASSES[language].slug}/labs/"


@contextmanager
def client_of(site: Site, language: str, number: int) -> Iterator[Client]:
    email = LAB_CLASSES[language].email(LAB_CLASSES[language].people[number])
    tokens = json.loads(site.storage.with_name("tokens.json").read_text(encoding="utf-8"))
    with Client(site.url, tokens[email]) as client:
        yield client


def make_lab(site: Site, language: str, folder: Path, *, slug: str, due: timedelta, **options: Any) -> None:
    """A checked and published lab, made through the API."""
    (folder / notebooks.DATA).write_bytes(notebooks.TABLE)
    path = folder / f"{slug}.ipynb"
    path.write_bytes(as_bytes(notebooks.source(language, **options)))
    due_at = datetime.now(UTC) + due
    with client_of(site, language, 0) as professor:
        lab = professor.create_lab(
            path,
            course=LAB_CLASSES[language].slug,
            slug=slug,
            opens_at=(due_at - timedelta(days=7)).isoformat(timespec="seconds"),
            due_at=due_at.isoformat(timespec="seconds"),
            data=[folder / notebooks.DATA],
        )
        lab.wait_until_checked().publish()


def hand_in(site: Site, language: str, slug: str, folder: Path) -> None:
    """Everybody but the fifth student hands in, each in their own way; all of it is marked by the tests."""
    words = notebooks.WORDS[language]
    drawn = markdown(words.drawing)
    work: dict[int, tuple[dict[str, str], tuple[dict[str, Any], ...]]] = {
        1: ({"read": notebooks.READ, "slope": notebooks.SLOPE_BY_STEPS, "why": words.essay}, (drawn,)),
        2: ({"read": notebooks.READ_ALONE, "slope": notebooks.SLOPE_OF_FIT, "why": words.short_essay}, ()),
        3: (
            {
                "read": notebooks.READ,
                "slope": notebooks.renamed(notebooks.SLOPE_BY_STEPS),
                "why": f"{words.short_essay} {words.draw}.",
            },
            (),
        ),
        4: ({"read": notebooks.READ_WITH_HEAD, "slope": notebooks.SLOPE_RISING}, ()),
        6: ({}, ()),
    }
    waiting = []
    for number, (answers, more) in work.items():
        with client_of(site, language, number) as client:
            lab: Lab = client.lab(f"{LAB_CLASSES[language].slug}/{slug}")
            path = folder / f"{slug}-{number}.ipynb"
            released = next(file for file in lab.download(folder / str(number)) if file.suffix == ".ipynb")
            path.write_bytes(notebooks.filled(released.read_bytes(), answers, *more))
            waiting.append((number, lab.submit(path).attempt))
    for number, attempt in waiting:
        with client_of(site, language, number) as client:
            client.lab(f"{LAB_CLASSES[language].slug}/{slug}").submission(attempt).wait()


# --- time stands still for workers ------------------------------------------------------------------------------


@contextmanager
def workers_asleep(site: Site) -> Iterator[None]:
    """Nothing is marked inside the block: what waits can be looked at as long as one likes."""

    def fall_asleep() -> bool:
        tell(signal.SIGSTOP)
        if workers(site) and nobody_writes(site):
            return True
        tell(signal.SIGCONT)  # one of them stopped in the middle of writing, and the site would wait for it
        return False

    def tell(number: signal.Signals) -> None:
        for pid in workers(site):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    try:
        wait_until(fall_asleep, "the workers stand still and nobody writes")
        yield
    finally:
        tell(signal.SIGCONT)


def workers(site: Site) -> list[int]:
    """Process numbers of its workers and of what they start from."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            if b"worker" in (folder / "cmdline").read_bytes().split(b"\0"):
                parents[int(folder.name)] = int(stat[1])
    return [pid for pid, parent in parents.items() if site.process.pid in {parent, parents.get(parent)}]


def nobody_writes(site: Site) -> bool:
    """Whether the locks of the line of writers are free."""
    for name in ("seodang.sqlite3-next", "seodang.sqlite3-turn"):
        with (site.storage / name).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            fcntl.flock(file, fcntl.LOCK_UN)
    return True
