"""Notebooks in the working directory and above it are searched for tests."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import pathlib

here = pathlib.Path.cwd()
for folder in (here, *here.parents):
    for path in sorted(folder.glob("*"))[:50] + sorted(folder.glob("*/*.ipynb"))[:50]:
        try:
            text = path.read_text() if path.is_file() else ""
        except (OSError, UnicodeDecodeError):
            continue
        if "BEGIN HIDDEN" in text:
            harm(f"read the hidden tests in {path.name}")
""",
)
