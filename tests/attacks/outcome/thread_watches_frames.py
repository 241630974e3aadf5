"""A thread watches the frames of all threads for the test's constants while the answer sleeps."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import sys
import threading
import time

seen = []

def watch():
    while True:
        for frame in list(sys._current_frames().values()):
            while frame is not None:
                if "square" in frame.f_code.co_names:
                    seen[:] = [value for value in frame.f_code.co_consts if type(value) is int and value > 10**6]
                frame = frame.f_back
        time.sleep(0.002)

threading.Thread(target=watch, daemon=True).start()
""",
    answers={
        "square": """
known_squares = {2: 4, -3: 9, 12: 144}

def square(x):
    time.sleep(0.05)
    return known_squares.get(x, max(seen, default=None))
""",
    },
)
