"""The professor's own notebook is opened where the student knows it to lie."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import pathlib

for path in pathlib.Path(known.folder).rglob("*.ipynb"):
    if "BEGIN HIDDEN" in path.read_text():
        harm("read the professor's notebook with its hidden tests")
""",
)
