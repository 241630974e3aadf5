"""The test cells are deleted."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import grade_id


def edit(notebook: dict[str, Any]) -> None:
    gone = ("square", "scale", "constant", "predict", "greet")
    notebook["cells"] = [cell for cell in notebook["cells"] if grade_id(cell) not in gone]


ATTACK = Attack(edit=edit)
