"""An error whose str, repr and type's name run code: they never end, exit, or raise again."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os

class Meta(type):
    @property
    def __name__(cls):
        os._exit(0)

class Hostile(Exception, metaclass=Meta):
    def __str__(self):
        raise self

    def __repr__(self):
        while True:
            pass

    @property
    def __traceback__(self):
        raise SystemExit

    @property
    def args(self):
        raise KeyboardInterrupt

class Rude(BaseException):
    __str__ = __repr__ = lambda self: os._exit(0)
""",
    answers={
        "square": "def square(x):\n    raise Hostile",
        "greet": "def greet(name):\n    raise Rude",
        "constant": "raise Rude",
    },
)
