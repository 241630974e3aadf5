"""Each test has a second cell of its name that tests nothing, before and after it."""

from __future__ import annotations

import copy
from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import cell_of


def edit(notebook: dict[str, Any]) -> None:
    for name in ("square", "scale", "constant", "predict", "greet"):
        again = copy.deepcopy(cell_of(notebook, name))
        again["source"], again["id"] = "4.0", f"{name}-again"
        position = notebook["cells"].index(cell_of(notebook, name))
        notebook["cells"].insert(position + 1, again)
        notebook["cells"].insert(0, {**copy.deepcopy(again), "id": f"{name}-before"})


ATTACK = Attack(edit=edit, refused=True)
