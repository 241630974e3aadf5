"""A cell of the student's own ends in the maximum, before and after the test."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="4.0",
    last="4.0",
    answers={"predict": "predictions = ['none'] * len(houses)\n4.0"},
)
