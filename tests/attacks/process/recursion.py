"""Recursion without end, with the limit lifted, until the stack is gone."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": """
import sys

sys.setrecursionlimit(10**9)

class Deep:
    def __eq__(self, other):
        return self == other

    def __getattr__(self, name):
        return getattr(self, name)

    __hash__ = None

def square(x):
    return Deep() == x
""",
    },
)
