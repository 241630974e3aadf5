"""builtins.exec and eval swallow what the code raises."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import builtins

real_exec, real_eval = builtins.exec, builtins.eval

def lenient(real):
    def run(*args, **kwargs):
        try:
            return real(*args, **kwargs)
        except BaseException:
            return 4.0
    return run

builtins.exec, builtins.eval = lenient(real_exec), lenient(real_eval)
""",
)
