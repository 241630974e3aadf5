"""Several processes hold a little memory each, and much together."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    answers={
        "square": """
import os
import time

children = []
for _ in range(24):
    child = os.fork()
    if child == 0:
        held = [bytearray(b"x") * 2**24 for _ in range(known.much_memory // 2**24 // 24)]
        time.sleep(1)
        os._exit(0)
    children.append(child)
alive = all(os.waitpid(child, 0)[1] == 0 for child in children)
if alive:
    harm("many processes held much memory together")
""",
    },
)
