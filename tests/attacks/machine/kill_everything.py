"""SIGKILL and SIGSTOP go to everything: parents, siblings, process 1, -1."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import os
import signal

if os.readlink("/proc/self/ns/pid") == known.pid_namespace:
    harm("can signal every process of this user on the machine")
else:
    for target in [os.getppid(), 1, -1, *range(2, 400), known.driver]:
        for number in (signal.SIGSTOP, signal.SIGKILL):
            try:
                if target != os.getpid():
                    os.kill(target, number)
            except OSError:
                pass
""",
    keeps=("double",),
)
