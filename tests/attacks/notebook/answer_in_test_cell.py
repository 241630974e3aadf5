"""The answer's cell takes the name of the test, and the test's cell that of the answer."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import cell_of


def edit(notebook: dict[str, Any]) -> None:
    for name in ("square", "constant"):
        answer, test = cell_of(notebook, f"{name}_answer"), cell_of(notebook, name)
        answer["metadata"], test["metadata"] = test["metadata"], answer["metadata"]
        answer["source"], test["source"] = "4.0", "4.0"


ATTACK = Attack(edit=edit)
