"""A loop that never ends."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(answers={"square": "while True:\n    pass"})
