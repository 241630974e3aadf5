"""The environment of the process is shown."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os
import subprocess

print(dict(os.environ))
print(subprocess.run(["env"], capture_output=True, text=True).stdout)
""",
)
