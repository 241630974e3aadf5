"""Test cells become Markdown and raw cells, answers too."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import cell_of


def edit(notebook: dict[str, Any]) -> None:
    for name, kind in (("square", "markdown"), ("greet", "raw"), ("constant", "nonsense"), ("scale_answer", "raw")):
        cell = cell_of(notebook, name)
        cell["cell_type"] = kind
        cell["metadata"]["nbgrader"]["cell_type"] = kind
        if kind != "nonsense":
            cell.pop("outputs")
            cell.pop("execution_count")


ATTACK = Attack(edit=edit, refused=True)
