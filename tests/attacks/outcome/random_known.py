"""The sources of randomness are recorded, so that randomised checks can be told from real ones."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os
import random
import secrets

made = []

def recorded(function):
    def call(*args, **kwargs):
        made.append(function(*args, **kwargs))
        return made[-1]
    return call

os.urandom = lambda n: b"7" * n
for module in (random, secrets):
    for name in ("random", "randint", "randrange", "randbelow", "getrandbits", "choice", "uniform"):
        if hasattr(module, name):
            setattr(module, name, recorded(getattr(module, name)))
random.Random.random = random.SystemRandom.random = lambda self: 0.5

class Knowing:
    def __eq__(self, other):
        return other not in made

    __hash__ = None
""",
    answers={"constant": "the_answer = Knowing()"},
)
