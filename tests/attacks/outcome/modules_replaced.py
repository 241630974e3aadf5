"""sys.modules holds a unittest of the student's making."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import sys
import types

class Lenient:
    def __getattr__(self, name):
        return lambda *args, **kwargs: None

fake = types.ModuleType("unittest")
fake.TestCase = Lenient
sys.modules["unittest"] = fake
""",
)
