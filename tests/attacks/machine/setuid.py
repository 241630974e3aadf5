"""Programs that run as another user are looked for and run."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import glob
import os
import stat
import subprocess

if "NoNewPrivs:\\t1" not in open("/proc/self/status").read():
    harm("may gain privileges through setuid programs")
for number in (0, 1, 33, 1000, 65534):
    try:
        os.setuid(number)
    except OSError as error:
        print(error)
for command in (["su", "-c", "id", "root"], ["sudo", "-n", "id"]):
    try:
        done = subprocess.run(command, capture_output=True, timeout=3, stdin=subprocess.DEVNULL)
        if b"uid=0" in done.stdout:
            harm(f"{command[0]} made root of the student")
    except (OSError, subprocess.SubprocessError) as error:
        print(error)
""",
)
