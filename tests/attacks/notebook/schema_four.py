"""The metadata says schema 4, 999, "three" and none, with fields of no schema."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import cell_of


def edit(notebook: dict[str, Any]) -> None:
    versions: dict[str, Any] = {"square": 4, "scale": 999, "constant": "three", "predict": None, "greet": -1}
    for name, version in versions.items():
        cell_of(notebook, name)["metadata"]["nbgrader"] |= {
            "schema_version": version,
            "points": "many",
            "passes": True,
        }
        cell_of(notebook, name)["source"] = "pass"


ATTACK = Attack(edit=edit, refused=True)
