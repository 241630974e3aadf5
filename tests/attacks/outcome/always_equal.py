"""Answers are objects that equal everything."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
class Same:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = None
""",
    answers={
        "square": "def square(x):\n    return Same()",
        "constant": "the_answer = Same()",
        "greet": "def greet(name):\n    return Same()",
    },
)
