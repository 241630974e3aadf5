"""Test cells say that they are answers, unlocked, manual, or tasks."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import cell_of


def edit(notebook: dict[str, Any]) -> None:
    square = cell_of(notebook, "square")
    square["metadata"]["nbgrader"] |= {"grade": False, "solution": True, "locked": False}
    square["source"] = "pass"
    constant = cell_of(notebook, "constant")
    constant["metadata"]["nbgrader"] |= {"grade": True, "solution": True, "locked": False}
    constant["source"] = "pass"
    cell_of(notebook, "greet")["metadata"]["nbgrader"] |= {"task": True, "grade": False}
    cell_of(notebook, "greet")["source"] = "pass"


ATTACK = Attack(edit=edit)
