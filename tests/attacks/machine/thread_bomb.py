"""Threads are started until there are no more."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import threading
import time

started = 0
try:
    for _ in range(known.many_processes):
        threading.Thread(target=time.sleep, args=(1.5,), daemon=True).start()
        started += 1
except RuntimeError as error:
    print(error)
if started == known.many_processes:
    harm(f"started {started} threads")
""",
    keeps=("total",),
)
