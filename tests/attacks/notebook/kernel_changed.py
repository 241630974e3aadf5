"""The notebook asks for another kernel and language: a shell, a path, a command."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack


def edit(notebook: dict[str, Any]) -> None:
    notebook["metadata"]["kernelspec"] = {
        "name": "../../../outside/kernel",
        "display_name": "<script>alert(1)</script>",
        "language": "bash",
        "argv": ["sh", "-c", "touch /tmp/kernel"],
    }
    notebook["metadata"]["language_info"] = {"name": "bash", "file_extension": "/../../x.py"}


ATTACK = Attack(edit=edit, refused=True)
