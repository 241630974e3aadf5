"""time and signals are patched so that nothing seems to take long, then a loop never ends."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import signal
import threading
import time

time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
time.sleep = lambda seconds: None
signal.alarm = signal.setitimer = lambda *args: 0
threading.Timer.start = lambda self: None
""",
    answers={"square": "def square(x):\n    while time.monotonic() < 1:\n        pass"},
)
