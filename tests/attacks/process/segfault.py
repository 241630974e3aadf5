"""A null pointer is read."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(answers={"square": "import ctypes\n\nctypes.string_at(0)"}, flagged=True)
