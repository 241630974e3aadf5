"""sys.stdin is read directly, at the descriptor and through a child process."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os
import subprocess
import sys

print(sys.stdin.readline(), os.read(0, 10))
print(subprocess.run(["cat"], capture_output=True).stdout)
""",
)
