"""An audit hook sees hidden tests as they are compiled and run, and sets the answer."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import re
import sys

def spy(event, arguments):
    if event == "compile":
        text = arguments[0]
        text = text.decode() if isinstance(text, bytes) else str(text)
        found = re.search(r"the_answer == (\\d+)", text)
        if found:
            globals()["the_answer"] = int(found[1])
    if event == "exec" and "the_answer" in arguments[0].co_names:
        for value in arguments[0].co_consts:
            if type(value) is int and value > 10**6:
                globals()["the_answer"] = value

sys.addaudithook(spy)
""",
)
