"""An object under the name that the test binds wakes when it is replaced, and copies the truth."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import weakref

class Sleeper:
    def __del__(self):
        globals()["predictions"] = globals()["truth"]

truth = Sleeper()
watched = Sleeper()
weakref.finalize(watched, lambda: None)
""",
)
