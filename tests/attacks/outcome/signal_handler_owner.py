"""The handlers of signals lead to the harness that set them."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.payloads import TAKE_OVER

ATTACK = Attack(
    code=(
        TAKE_OVER,
        """
import signal

for number in signal.valid_signals():
    handler = signal.getsignal(number)
    take_over(getattr(handler, "__globals__", None))
    owner = getattr(handler, "__self__", None)
    for name in dir(owner):
        take_over(getattr(getattr(owner, name, None), "__globals__", None))
    for cell in getattr(handler, "__closure__", None) or ():
        take_over(getattr(cell.cell_contents, "__globals__", None))
""",
    ),
)
