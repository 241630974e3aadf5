"""Tests are left with exceptions that are no errors: GeneratorExit, KeyboardInterrupt, StopIteration."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": "def square(x):\n    raise GeneratorExit",
        "greet": "def greet(name):\n    raise KeyboardInterrupt",
        "scale": "def scale(values):\n    raise StopIteration",
    },
)
