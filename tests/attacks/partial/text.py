"""The credit is the text of a number, or an object with the text/plain of one."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Text(str):
    def _repr_pretty_(self, printer, cycle):
        printer.text("4.0")

class Guess:
    def __eq__(self, other):
        return self

    def __radd__(self, other):
        return self

    def __rmul__(self, other):
        return self

    def __truediv__(self, other):
        return Text("4.0")

    __add__ = __radd__
    __hash__ = None
""",
    answers={"predict": "predictions = [Guess()] * len(houses)"},
)
