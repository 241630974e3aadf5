"""The credit comes out negative, so that sums of points go wrong."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Debt:
    def __eq__(self, other):
        return -100.0

    __hash__ = None
""",
    answers={"predict": "predictions = [Debt()] * len(houses)"},
)
