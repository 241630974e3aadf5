"""A run gives back a hard link to a file of the machine."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    program="""
import os

for path in (f"{known.folder}/secret.txt", "/etc/passwd", "/etc/shadow", "input.txt"):
    try:
        os.link(path, os.path.basename(path) + ".result")
    except OSError as error:
        print(error)
""",
    artifacts=("*.result",),
    needs_wall=True,
)
