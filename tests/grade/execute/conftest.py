"""Runs a few cells as one submission, in a sandbox that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.grade.execute.bench import Bench

from seodang.run.sandboxes import choose


@pytest.fixture(scope="session")
def sandbox_name() -> str:
    """bubblewrap where it works, else none: what is tested here is not the walls."""
    return "bubblewrap" if choose("bubblewrap").unavailable() is None else "none"


@pytest.fixture(scope="session")
def bench(sandbox_name: str) -> Iterator[Bench]:
    with Bench(sandbox_name) as bench:
        yield bench


@pytest.fixture
def run(bench: Bench) -> Callable[..., object]:
    return bench.run
