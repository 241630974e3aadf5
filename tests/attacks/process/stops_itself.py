"""The process sends itself SIGSTOP, and its parent too."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import os
import signal

if os.readlink("/proc/self/ns/pid") != known.pid_namespace:
    os.kill(os.getppid() or os.getpid(), signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)
else:
    harm("stands in the machine's own process namespace")
""",
)
