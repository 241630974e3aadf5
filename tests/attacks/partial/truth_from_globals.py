"""The predictions look up the truth in the test's namespace when they are read."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Predictions(list):
    def __iter__(self):
        truth = globals().get("truth")
        return iter(truth if isinstance(truth, list) else list(self[:]))
""",
    answers={"predict": "predictions = Predictions(['none'] * len(houses))"},
)
