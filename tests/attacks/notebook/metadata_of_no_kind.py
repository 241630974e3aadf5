"""The metadata is a list, a number, a text; names are objects, null and a megabyte long."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import cell_of


def edit(notebook: dict[str, Any]) -> None:
    cell_of(notebook, "square")["metadata"]["nbgrader"]["grade_id"] = {"a": ["b"]}
    cell_of(notebook, "scale")["metadata"]["nbgrader"]["grade_id"] = None
    cell_of(notebook, "constant")["metadata"]["nbgrader"]["grade_id"] = "x" * 2**20
    cell_of(notebook, "greet")["metadata"]["nbgrader"] = [1, 2, 3]
    notebook["cells"].append(
        {
            "cell_type": "code",
            "id": "odd",
            "metadata": {"nbgrader": 7},
            "source": "pass",
            "outputs": [],
            "execution_count": None,
        }
    )


ATTACK = Attack(edit=edit, refused=True)
