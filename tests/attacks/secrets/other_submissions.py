"""The notebooks of other students are looked for and shown."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import pathlib

for path in pathlib.Path(known.folder, "submitted").rglob("*.ipynb"):
    print(path.read_text()[:5000])
""",
)
