"""A process in a session of its own is left to outlive the run."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os
import sys

if os.fork() == 0:
    try:
        os.setsid()
    except OSError as error:
        print(error)
    if os.fork() == 0:
        for number in range(3):
            os.close(number)
        os.open("/dev/null", os.O_RDWR)
        os.dup(0)
        os.dup(0)
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)", known.sleeper])
    os._exit(0)
""",
)
