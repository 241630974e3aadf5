"""input() and getpass() wait for an answer that never comes."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": "import getpass\n\nx = input('How many points? ')",
        "greet": "def greet(name):\n    return input(getpass.getpass())",
    },
)
