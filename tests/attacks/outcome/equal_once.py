"""An answer equals what it is first compared with, and behaves honestly ever after."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Once:
    asked = 0

    def __init__(self, times):
        self.times = times

    def __eq__(self, other):
        self.asked += 1
        return self.asked <= self.times

    __hash__ = None

once = Once(4)
""",
    answers={"square": "def square(x):\n    return once", "constant": "the_answer = Once(1)"},
)
