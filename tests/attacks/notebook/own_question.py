"""A question of the student's own, worth a hundred points, that always passes."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack


def edit(notebook: dict[str, Any]) -> None:
    for name, grade, solution in (("bonus", True, False), ("essay_bonus", True, True)):
        settings = {"grade_id": name, "grade": grade, "solution": solution, "locked": not solution, "points": 100}
        settings |= {"schema_version": 3, "task": False, "cell_type": "code"}
        notebook["cells"].append(
            {
                "cell_type": "code",
                "id": name.replace("_", "-"),
                "metadata": {"nbgrader": settings},
                "source": "100",
                "outputs": [
                    {
                        "output_type": "execute_result",
                        "data": {"text/plain": "100"},
                        "metadata": {},
                        "execution_count": 1,
                    }
                ],
                "execution_count": 1,
            }
        )


ATTACK = Attack(edit=edit)
