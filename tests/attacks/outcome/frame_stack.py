"""The answer looks into the frame of the test that calls it, and returns what is expected."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    answers={
        "square": """
import dis
import sys

def square(x):
    frame = sys._getframe(1)
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset > frame.f_lasti and instruction.opname == "LOAD_CONST":
            return instruction.argval
""",
    },
)
