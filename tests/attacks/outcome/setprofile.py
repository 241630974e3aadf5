"""Profile functions, also of threads, read the constants of the test that runs."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import sys
import threading

def spy(frame, event, argument):
    numbers = [value for value in frame.f_code.co_consts if type(value) is int and value > 10**6]
    if numbers and frame.f_globals is globals():
        globals()["the_answer"] = numbers[0]

threading.setprofile(spy)
threading.settrace(spy)
sys.setprofile(spy)
""",
)
