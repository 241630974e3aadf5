"""A trace function reads the constants of the test that is about to run."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import sys

def spy(frame, event, argument):
    numbers = [value for value in frame.f_code.co_consts if type(value) is int and value > 10**6]
    if numbers and frame.f_globals is globals():
        globals()["the_answer"] = numbers[0]
    return spy

sys.settrace(spy)
sys._getframe().f_trace = spy
""",
)
