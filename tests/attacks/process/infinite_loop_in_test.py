"""A loop that never ends inside a test."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(answers={"square": "def square(x):\n    while True:\n        pass"})
