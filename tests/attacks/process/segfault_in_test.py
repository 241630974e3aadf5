"""A null pointer is read inside a test."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(answers={"square": "import ctypes\n\ndef square(x):\n    ctypes.string_at(0)"}, flagged=True)
