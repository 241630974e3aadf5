"""One arena for each sandbox and session."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.attacks.arena import Arena


@pytest.fixture(scope="session")
def arenas() -> Iterator[Callable[[str], Arena]]:
    made: dict[str, Arena] = {}

    def arena(sandbox: str) -> Arena:
        if sandbox not in made:
            made[sandbox] = Arena(sandbox)
        return made[sandbox]

    yield arena
    for one in made.values():
        one.close()
