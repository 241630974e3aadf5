"""In the visible part of a test, an answer raises the constants of the frame that called it."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": """
import sys

def square(x):
    frame, told = sys._getframe(1), []
    while frame is not None:
        told.append((frame.f_code.co_consts, {name: repr(value)[:5000] for name, value in frame.f_locals.items()}))
        frame = frame.f_back
    raise ValueError(repr(told))
""",
    },
    flagged=True,
)
