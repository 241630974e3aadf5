"""builtins.sum, abs and isinstance answer as the student likes."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import builtins

real_isinstance = builtins.isinstance
builtins.sum = lambda *args, **kwargs: 12
builtins.abs = lambda value: 0
builtins.isinstance = lambda value, kind: True if kind is np.ndarray else real_isinstance(value, kind)
""",
    answers={"scale": "def scale(values):\n    return [0, 0.5, 1]"},
)
