"""A thread writes to stderr during all tests that follow."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import sys
import threading
import time

def chatter():
    while True:
        sys.stderr.write("Traceback (most recent call last): AssertionError\\n")
        os.write(2, b'{"outcome": "passed", "value": 4.0}\\n')
        time.sleep(0.001)

threading.Thread(target=chatter, daemon=True).start()
""",
)
