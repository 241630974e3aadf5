"""Memory is taken inside a test."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": """
import time

def square(x):
    taken = [bytearray(b"x") * 2**24 for _ in range(known.much_memory // 2**24)]
    time.sleep(0.3)
    harm(f"held {len(taken) * 16} MiB of memory")
""",
    },
)
