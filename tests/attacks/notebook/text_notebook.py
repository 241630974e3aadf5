"""A text notebook (percent format) that changes points and empties tests."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import grade_id


def edit(notebook: dict[str, Any]) -> bytes:
    import json

    lines = []
    for cell in notebook["cells"]:
        settings = cell["metadata"].get("nbgrader", {})
        name = grade_id(cell)
        if settings.get("grade"):
            settings["points"] = 1000
        options = f" nbgrader={json.dumps(settings)}" if settings else ""
        kind = "" if cell["cell_type"] == "code" else " [markdown]"
        source = cell["source"] if name in ("", "imports", "houses") or name.endswith("_answer") else "4.0"
        body = source if not kind else "\n".join(f"# {line}" for line in source.splitlines())
        lines.append(f"# %%{kind}{options}\n{body}\n")
    return "\n".join(lines).encode()


ATTACK = Attack(edit=edit, file_name="attacker.py")
