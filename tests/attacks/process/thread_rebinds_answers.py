"""A thread rebinds the answers again and again while the tests run."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import threading
import time

def rebind():
    while True:
        globals()["predictions"] = globals().get("truth", globals().get("predictions"))
        globals()["right"] = 12
        time.sleep(0.0005)

threading.Thread(target=rebind, daemon=True).start()
""",
)
