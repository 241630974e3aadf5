"""The lab's data file is replaced by a link to what lies outside, and by other contents."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import os

for name in ("houses.csv", "attacker.ipynb", "results.txt"):
    try:
        os.unlink(name)
    except OSError as error:
        print(error)
    try:
        os.symlink(f"{known.folder}/secret.txt", name)
        print(open(name).read())
    except OSError as error:
        print(error)
""",
)
