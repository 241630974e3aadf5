"""The answer writes what nbgrader's checks of a deleted or empty test look for."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import cell_of


def edit(notebook: dict[str, Any]) -> None:
    test = cell_of(notebook, "square")
    test["source"] = "# YOUR CODE HERE\nraise NotImplementedError()"
    test["metadata"]["nbgrader"]["locked"] = False
    test["metadata"]["deletable"] = test["metadata"]["editable"] = True
    test["metadata"]["tags"] = ["skip-execution", "raises-exception", "nbval-skip", "remove-cell"]
    test["metadata"]["jupyter"] = {"source_hidden": True}


ATTACK = Attack(edit=edit)
