"""The harness's descriptors are exchanged for the student's own, with someone at the other end."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os
import socket
import threading

kept = []
for name in os.listdir("/proc/self/fd"):
    number = int(name)
    try:
        if number > 2 and os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
            ours, theirs = socket.socketpair()
            kept.append((ours, os.dup(number)))
            os.dup2(theirs.fileno(), number)
    except OSError:
        pass
""",
    keeps=("total",),
)
