"""The student's namespace holds a sum, a zip and an isinstance of its own."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
def sum(values, *more):
    return 12

def zip(first, second):
    return [(1, 1)] * 12

def isinstance(value, kind):
    return True
""",
    # `total` uses sum honestly: its tests ran on a copy of the process from before.
    keeps=("total", "double"),
)
