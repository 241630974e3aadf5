"""An audit hook sets the answer from the first test it sees, then keeps still."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import sys

def spy(event, arguments):
    if event == "exec" and "the_answer" in arguments[0].co_names and globals().get("the_answer") == 0:
        for value in arguments[0].co_consts:
            if type(value) is int and value > 10**6:
                globals()["the_answer"] = value

getattr(sys, "adda" + "udithook")(spy)
""",
    answers={"constant": "the_answer = 0"},
)
