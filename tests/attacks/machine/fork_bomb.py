"""Processes are forked until the machine has no more."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import os
import time

started = 0
for _ in range(known.many_processes):
    try:
        if os.fork() == 0:
            time.sleep(1.5)
            os._exit(0)
        started += 1
    except OSError as error:
        print(error)
        break
if started == known.many_processes:
    harm(f"started {started} processes")
""",
)
