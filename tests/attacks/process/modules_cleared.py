"""sys.modules is emptied, and the modules that stood in it too."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import sys

for name in ("json", "socket", "select", "ast", "os", "traceback", "io", "time"):
    vars(sys.modules[name]).clear() if name in ("json", "traceback") else None
sys.modules.clear()
""",
    keeps=("total",),
)
