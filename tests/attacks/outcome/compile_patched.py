"""builtins.compile compiles as python -O does: without asserts."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import builtins

real_compile = builtins.compile

def optimised(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, **more):
    return real_compile(source, filename, mode, flags, dont_inherit, 2, **more)

builtins.compile = optimised
""",
)
