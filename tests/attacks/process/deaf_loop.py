"""A loop that swallows every interrupt, with all signals ignored."""

from __future__ import annotations

from decimal import Decimal

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import signal

for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""",
    keeps=("total",),
    honest=Decimal(2),
)
