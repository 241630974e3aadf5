"""An answer cell stands twice: once empty, once wrong, and once with an attack."""

from __future__ import annotations

import copy
from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import cell_of


def edit(notebook: dict[str, Any]) -> None:
    cell = cell_of(notebook, "square_answer")
    for number, source in enumerate(
        ("", "def square(x):\n    return 4", "class square:\n    __new__ = lambda c, x: 9")
    ):
        again = copy.deepcopy(cell)
        again["source"], again["id"] = source, f"again-{number}"
        notebook["cells"].append(again)


ATTACK = Attack(edit=edit)
