"""Worker processes that work on the test's own database."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.site.processes import database_url

CREW = Path(__file__).with_name("crew.py")
_spec = importlib.util.spec_from_file_location("crew", CREW)
crew = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(crew)


@pytest.fixture(autouse=True)
def crew_tasks() -> None:
    """The tests' tasks, in this process too."""
    crew.register()


@pytest.fixture
def start_worker(transactional_db) -> Iterator[Callable[..., subprocess.Popen]]:
    """`start_worker("anna", "--drain")`: a worker process; whatever still runs is ended after the test."""
    started: list[subprocess.Popen] = []

    def start(name: str, *options: str) -> subprocess.Popen:
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "seodang.site.config.settings"),
        }
        process = subprocess.Popen([sys.executable, str(CREW), name, *options], env=environment)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
