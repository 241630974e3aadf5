"""The student's notebook names its own limits, packages and data files."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack


def edit(notebook: dict[str, Any]) -> None:
    notebook["metadata"]["seodang"] = {
        "limits": {"wall_seconds": 10**9, "memory_bytes": 2**60, "processes": 10**6},
        "packages": ["antigravity", "this", "os; import sys"],
        "data": ["/etc/passwd", "../gradebook.db", "../../secret.txt"],
        "sandbox": "none",
        "network": True,
        "compat": True,
    }


ATTACK = Attack(edit=edit, answers={"square": "while True:\n    pass"})
