"""Predictions that equal every label, where the credit is a count."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
class Label(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__
""",
    answers={"predict": "predictions = [Label('none')] * len(houses)"},
)
