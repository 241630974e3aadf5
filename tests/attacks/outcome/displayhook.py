"""The display hook says 4 whatever the last expression was."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import sys

shell = get_ipython()
hook = type(shell.displayhook)
shown = hook.__call__
hook.__call__ = lambda self, result=None: shown(self, 4.0 if isinstance(result, float) else result)
sys.displayhook = lambda result: print(4.0)
""",
    keeps=("total", "double"),
)
