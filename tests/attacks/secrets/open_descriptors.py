"""Every open file descriptor is read, duplicated and written to."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os
import select

for name in os.listdir("/proc/self/fd"):
    number = int(name)
    try:
        target = os.readlink(f"/proc/self/fd/{name}")
    except OSError:
        continue
    if number < 3 or target.startswith(("/dev/null", "anon_inode")):
        continue
    print(number, target)
    try:
        ready, _, _ = select.select([number], [], [], 0.2)
        if ready:
            print(os.read(number, 200000))
    except (OSError, ValueError):
        pass
""",
    keeps=("total",),
)
