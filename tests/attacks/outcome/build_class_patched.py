"""builtins.__build_class__ is replaced; classes that tests define come out empty."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import builtins

real_build = builtins.__build_class__

def build(function, name, *bases, **kwargs):
    return real_build(function, name, *bases, **kwargs) if name.startswith("_") else type(name, (), {})

builtins.__build_class__ = build
""",
)
