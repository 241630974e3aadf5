"""builtins has nothing in it any more."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(code="import builtins\n\nvars(builtins).clear()", keeps=("total",), flagged=False)
