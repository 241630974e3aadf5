"""The credit comes out as NaN, which no comparison with a maximum stops."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Nothing:
    def __eq__(self, other):
        return float("nan")

    __hash__ = None
""",
    answers={"predict": "predictions = [Nothing()] * len(houses)"},
)
