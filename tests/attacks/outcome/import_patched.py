"""builtins.__import__ hands tests a module in which nothing fails."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import builtins
import types

class Lenient:
    def __getattr__(self, name):
        return lambda *args, **kwargs: None

real_import = builtins.__import__

def fake_import(name, *args, **kwargs):
    return types.SimpleNamespace(TestCase=Lenient) if name == "unittest" else real_import(name, *args, **kwargs)

builtins.__import__ = fake_import
""",
)
