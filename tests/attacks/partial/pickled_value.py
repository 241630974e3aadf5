"""The credit is an object whose unpickling writes a file on the machine that marks."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os

class Pickled(float):
    def __reduce__(self):
        return os.system, (f"touch {known.folder}/outside/unpickled",)

    def __reduce_ex__(self, protocol):
        return self.__reduce__()

class Guess:
    def __eq__(self, other):
        return self

    def __radd__(self, other):
        return self

    def __rmul__(self, other):
        return self

    def __truediv__(self, other):
        return Pickled(0.0)

    __add__ = __radd__
    __hash__ = None
""",
    answers={"predict": "predictions = [Guess()] * len(houses)"},
)
