"""A traceback leads to the test's frame; a call that repeats itself is taken for a canary."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": """
import dis

calls = []

def square(x):
    calls.append(x)
    try:
        raise KeyError
    except KeyError as error:
        frame = error.__traceback__.tb_frame.f_back
    if calls.count(x) > 1:
        return None
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset > frame.f_lasti and instruction.opname == "LOAD_CONST":
            return instruction.argval
""",
    },
)
