"""The credit comes out as a thousand points."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Much:
    def __eq__(self, other):
        return self

    def __radd__(self, other):
        return self

    def __rmul__(self, other):
        return self

    def __truediv__(self, other):
        return 1000.0

    __add__ = __radd__
    __hash__ = None
""",
    answers={"predict": "predictions = [Much()] * len(houses)"},
)
