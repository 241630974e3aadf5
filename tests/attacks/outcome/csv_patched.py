"""A module of the standard library that tests use, and nobody would think of, is patched."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import csv
import io

csv.DictReader = lambda file, *args, **kwargs: iter(())
io.open = open
""",
)
