"""A timer's signal handler looks at the test's frame while the answer sleeps."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import signal
import time

seen = []

def look(number, frame):
    while frame is not None:
        if "square" in frame.f_code.co_names and frame.f_code.co_name != "look":
            seen[:] = [value for value in frame.f_code.co_consts if type(value) is int and value > 10**6]
        frame = frame.f_back

signal.signal(signal.SIGALRM, look)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
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
