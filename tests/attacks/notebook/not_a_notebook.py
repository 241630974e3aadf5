"""A picture, an empty file or a pickle under a notebook's name."""

from __future__ import annotations

import pickle
from typing import Any

from tests.attacks.attack import Attack


def edit(notebook: dict[str, Any]) -> bytes:
    import os

    class Touch:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, ("touch /var/tmp/seodang-unpickled",)

    return pickle.dumps(Touch())


ATTACK = Attack(edit=edit, refused=True)
