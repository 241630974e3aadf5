"""The hooks for errors and exits are the student's: excepthook, unraisablehook, atexit."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import atexit
import os
import sys
import threading

sys.excepthook = sys.unraisablehook = threading.excepthook = lambda *args: os._exit(0)
atexit.register(os._exit, 0)
""",
)
