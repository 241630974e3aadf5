"""Memory is taken and filled until there is no more."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": """
import time

taken = []
for _ in range(known.much_memory // 2**24):
    taken.append(bytearray(b"x") * 2**24)
time.sleep(0.3)
harm(f"held {len(taken) * 16} MiB of memory")
""",
    },
)
