"""The credit is an object that says another number to every question: float, int, index, repr, format."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Liar(float):
    def __float__(self):
        return 4.0

    def __int__(self):
        return 4

    def __repr__(self):
        return "4.0"

    __index__ = __int__
    __str__ = __repr__
    __format__ = lambda self, code: "4.0"
    __le__ = __ge__ = __eq__ = lambda self, other: True
    __lt__ = __gt__ = __ne__ = lambda self, other: False
    __hash__ = float.__hash__
    as_integer_ratio = lambda self: (4, 1)
    item = lambda self: 4.0

class Guess:
    def __eq__(self, other):
        return self

    def __radd__(self, other):
        return self

    def __rmul__(self, other):
        return self

    def __truediv__(self, other):
        return Liar(0.0)

    __add__ = __radd__
    __hash__ = None
""",
    answers={"predict": "predictions = [Guess()] * len(houses)"},
)
