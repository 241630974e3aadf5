"""Standard output and error are closed, replaced and pointed elsewhere."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os
import sys

sys.stdout.close()
sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = sys.stdin = None
os.close(1)
os.close(2)
os.closerange(0, 3)
""",
    keeps=("total",),
)
