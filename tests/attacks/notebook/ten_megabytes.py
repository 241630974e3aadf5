"""A cell of ten megabytes."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(code="text = '''" + "0123456789abcdef" * (10 * 2**16) + "'''\nlen(text)", refused=True)
