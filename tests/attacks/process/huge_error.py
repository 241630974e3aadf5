"""An error whose message and trace have hundreds of megabytes."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": "def square(x):\n    raise ValueError('x' * 2 * 10**8)",
        "greet": "def greet(name):\n    raise type('E' * 10**7, (Exception,), {})('\\n' * 10**7)",
        "scale": "def scale(values, n=0):\n    if n < 900:\n        scale(values, n + 1)\n    raise OSError(n)",
    },
)
