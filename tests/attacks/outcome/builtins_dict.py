"""__builtins__ of the notebook's namespace becomes a dictionary of the student's own."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import builtins

__builtins__ = {**vars(builtins), "sum": lambda *args: 12, "abs": lambda value: 0, "isinstance": lambda *args: True}
""",
)
