"""The credit is a true float of the maximum, made by the student's own arithmetic."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Forged:
    def __eq__(self, other):
        return self

    def __radd__(self, other):
        return self

    def __rmul__(self, other):
        return self

    def __truediv__(self, other):
        return 4.0

    __add__ = __radd__
    __hash__ = None
""",
    answers={"predict": "predictions = [Forged()] * len(houses)"},
)
