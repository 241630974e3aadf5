"""Twenty thousand empty files."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os

made = 0
os.makedirs("many", exist_ok=True)
try:
    for number in range(20_000):
        os.close(os.open(f"many/{number}", os.O_CREAT | os.O_WRONLY))
        made += 1
except OSError as error:
    print(error)
""",
)
