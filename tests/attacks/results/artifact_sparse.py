"""A run gives back a file that says it has a hundred gigabytes."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    program="""
import os

for name, size in (("huge.bin", 100 * 2**30), ("large.bin", 15 * 2**20)):
    try:
        with open(name, "wb") as file:
            file.truncate(size)
    except OSError as error:
        print(error)
os.makedirs("many")
for number in range(3000):
    open(f"many/{number}.bin", "w").close()
""",
    artifacts=("*.bin", "many/*.bin"),
    needs_wall=True,
)
