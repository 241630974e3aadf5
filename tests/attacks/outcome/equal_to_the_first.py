"""An answer equals what it is first compared with, then and ever after."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class First:
    known = None

    def __eq__(self, other):
        if self.known is None:
            self.known = other
        return type(other) is type(self.known) and other == self.known

    __hash__ = None
""",
    answers={
        "constant": "the_answer = First()",
        "square": "answers = {}\n\ndef square(x):\n    return answers.setdefault(x, First())",
        "greet": "def greet(name):\n    return First()",
    },
)
