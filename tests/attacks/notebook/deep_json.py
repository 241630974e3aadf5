"""The file is JSON nested a hundred thousand deep."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack


def edit(notebook: dict[str, Any]) -> bytes:
    import json

    text = json.dumps(notebook)
    return text.replace(
        '"metadata":', '"metadata": {"deep": ' + "[" * 100_000 + "]" * 100_000 + '}, "x":', 1
    ).encode()


ATTACK = Attack(edit=edit, refused=True)
