"""Journeys: a real browser against a real site. Skipped, with the reason, where there is no Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.sites import LOG_TAIL_CHARACTERS, Site, running

SITES: list[Site] = []  # those of this process, so that a failing journey can show their logs


def chromium() -> str | None:
    named = os.environ.get("SEODANG_TEST_CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed:
        for site in SITES:
            report.sections.append((f"log of {site.url}", site.text()[-LOG_TAIL_CHARACTERS:]))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Of one module only: Playwright keeps an event loop in this thread, which other tests must not meet."""
    program = chromium()
    if program is None:
        pytest.skip(
            "No Chromium here: install Debian's `chromium`, or name one in SEODANG_TEST_CHROMIUM, "
            "and the journeys are made."
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
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


@pytest.fixture(scope="module")
def start_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Site]]:
    """`start_site("serve", "--workers", "1")`: a site that ends with the module."""
    with ExitStack() as sites:

        def start(*arguments: str, folder: Path | None = None, **environment: str) -> Site:
            folder = folder or tmp_path_factory.mktemp("site")
            site = sites.enter_context(running(folder, *arguments, **environment))
            SITES.append(site)
            return site

        yield start
    SITES.clear()
