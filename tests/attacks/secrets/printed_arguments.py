"""The answers print what the hidden tests call them with."""

from __future__ import annotations

from decimal import Decimal

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": "def square(x):\n    print('called with', x)\n    return x * x",
        "greet": "def greet(name):\n    print(name)\n    os.write(2, name.encode())\n    return f'Hello, {name}!'",
    },
    honest=Decimal(6),
    keeps=("total", "square", "greet", "double"),
)
