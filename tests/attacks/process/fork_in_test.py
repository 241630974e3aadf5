"""A test's process forks; the copy answers in the place of the first."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": """
import os
import time

def square(x):
    if os.fork() == 0:
        return {2: 4, -3: 9, 12: 144}.get(x, 0)
    time.sleep(0.2)
    return None
""",
    },
)
