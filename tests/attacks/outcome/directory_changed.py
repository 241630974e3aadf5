"""Tests that read a file find the student's, because the working directory is another."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os

os.makedirs("/tmp/mine", exist_ok=True)
with open("/tmp/mine/houses.csv", "w") as file:
    file.write("rooms,price\\n")
os.chdir("/tmp/mine")
""",
)
