"""All tests stand before all answers, and the answers in reverse."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import grade_id


def edit(notebook: dict[str, Any]) -> None:
    cells = notebook["cells"]
    tests = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]
    rest = [cell for cell in cells if cell not in tests]
    notebook["cells"] = [*tests, *[cell for cell in reversed(rest) if grade_id(cell)], *rest[:1]]


ATTACK = Attack(edit=edit, keeps=())
