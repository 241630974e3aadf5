"""The credit comes out as infinity."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Endless:
    def __eq__(self, other):
        return float("inf")

    __hash__ = None
""",
    answers={"predict": "predictions = [Endless()] * len(houses)"},
)
