"""Scores, comments and outputs of a passed test are written into the notebook beforehand."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack


def edit(notebook: dict[str, Any]) -> None:
    forged = {"score": 1000, "manual_score": 1000, "auto_score": 1000, "needs_manual_grade": False, "passed": True}
    notebook["metadata"]["nbgrader"] = dict(forged)
    notebook["metadata"]["seodang"] = {
        "questions": [{"id": "square", "points": 1000, "status": "passed"}],
        **forged,
    }
    for cell in notebook["cells"]:
        cell["metadata"].setdefault("nbgrader", {}).update(forged) if "nbgrader" in cell["metadata"] else None
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {
                    "output_type": "execute_result",
                    "data": {"text/plain": "4.0"},
                    "metadata": {},
                    "execution_count": 1,
                }
            ]


ATTACK = Attack(edit=edit)
