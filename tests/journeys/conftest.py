"""Journeys: a real browser against a real site. Skipped, with the reason, where there is no Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.sites import LOG_TAIL_CHARACTERS, PATIENCE_SECONDS, Site, plain_environment, running

ROOT = Path(__file__).resolve().parents[2]
SITES: list[Site] = []  # those of this process, so that a failing journey can show their logs


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed:
        for site in SITES:
            report.sections.append((f"log of {site.url}", site.text()[-LOG_TAIL_CHARACTERS:]))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program; without it no site is started either."""
    named = os.environ.get("SEODANG_TEST_CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(
            "No Chromium here: install Debian's `chromium`, or name one in SEODANG_TEST_CHROMIUM, "
            "and the journeys are made."
        )
    return program


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Of one module only: Playwright keeps an event loop in this thread, which other tests must not meet."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--disable-gpu",
                "--disable-quic",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def start_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """`start_site("serve", "--workers", "1")`: a site that ends with the test."""
    with ExitStack() as sites:

        def start(*arguments: str, **environment: str) -> Site:
            return sites.enter_context(kept(running(tmp_path, *arguments, **environment)))

        yield start


@pytest.fixture(scope="session")
def classroom(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the class of `classroom.py`, for journeys that begin in the middle."""
    folder = tmp_path_factory.mktemp("classroom")
    subprocess.run(
        [sys.executable, "-m", "tests.journeys.classroom"],
        env=plain_environment(SEODANG_STORAGE=str(folder / "site")),
        cwd=ROOT,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    with kept(running(folder, "serve", "--web", "1", "--workers", "1")) as site:
        yield site


@contextmanager
def kept(starting: AbstractContextManager[Site]) -> Iterator[Site]:
    """The site, known to the report of a failing journey."""
    with starting as site:
        SITES.append(site)
        yield site
        SITES.remove(site)
