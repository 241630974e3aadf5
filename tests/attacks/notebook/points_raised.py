"""The metadata of test cells promises a thousand points."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import grade_id


def edit(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        settings = cell["metadata"].get("nbgrader", {})
        if settings.get("grade"):
            settings["points"] = 1000
            settings["checksum"] = "0" * 32
        if grade_id(cell) == "double":
            settings["points"] = -5


ATTACK = Attack(edit=edit)
