"""A comparison waits for a lock that nobody gives back."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import threading

class Waiting:
    lock = threading.Lock()

    def __eq__(self, other):
        self.lock.acquire()
        self.lock.acquire()

    __hash__ = None
""",
    answers={"constant": "the_answer = Waiting()"},
)
