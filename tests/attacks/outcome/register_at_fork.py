"""A hook that runs in every fork, before the harness does, prepares the process of the test."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.payloads import TAKE_OVER

ATTACK = Attack(
    flagged=True,
    code=(
        TAKE_OVER,
        """
import builtins
import os
import signal
import threading
import time

def prepare():
    builtins.sum = lambda *args: 12
    np.testing.assert_allclose = lambda *args, **kwargs: None
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)

    def later():
        time.sleep(0.05)
        builtins.sum = lambda *args: 12
        np.testing.assert_allclose = lambda *args, **kwargs: None

    threading.Thread(target=later, daemon=True).start()

os.register_at_fork(after_in_child=prepare)
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
""",
    ),
    keeps=("total",),
)
