"""A subclass of int that says it equals whatever is not small."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Number(int):
    def __eq__(self, other):
        return int.__eq__(self, other) or other > 1000

    def __ne__(self, other):
        return not self == other

    __hash__ = int.__hash__
""",
    answers={
        "constant": "the_answer = Number(12)",
        "square": "def square(x):\n    return Number({2: 4, -3: 9, 12: 144}.get(x, 0))",
    },
)
