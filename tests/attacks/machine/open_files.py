"""File descriptors are opened until there are none."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
held = []
try:
    while len(held) < 5000:
        held.append(open("/dev/null"))
except OSError as error:
    print(error)
if len(held) == 5000:
    harm("opened 5000 files")
""",
    keeps=("total",),
)
