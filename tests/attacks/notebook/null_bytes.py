"""Cells with null bytes, lone surrogates, form feeds, tabs and every control character."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code=("x = '\x00'\n", "y = '\ud800'", "\x0c\x0bz = 1\x1a", "\ufeffw = 1", "\u202e = 3", "\x1b[2J\x07"),
)
