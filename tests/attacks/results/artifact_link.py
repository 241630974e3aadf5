"""A run gives back a link to a file of the machine as its result."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    program="""
import os

os.symlink(f"{known.folder}/secret.txt", "result.txt")
os.symlink("/etc", "folder")
os.makedirs("inner")
os.symlink(known.folder, "inner/up")
""",
    artifacts=("result.txt", "folder/*", "inner/up/*", "inner/**"),
    needs_wall=True,
)
