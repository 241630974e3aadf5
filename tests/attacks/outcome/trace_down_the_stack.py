"""A trace function is given a frame, and goes down from it to the harness."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.payloads import TAKE_OVER

ATTACK = Attack(
    flagged=True,
    code=(
        TAKE_OVER,
        """
import sys

def down(frame, event, argument):
    while frame is not None:
        take_over(frame.f_globals)
        frame = frame.f_back

def traced():
    return 1

for hook in (sys.settrace, sys.setprofile):
    try:
        hook(down)
        traced()
        hook(None)
    except Exception as error:
        print(error)
""",
    ),
)
