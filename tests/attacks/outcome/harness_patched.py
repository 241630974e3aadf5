"""Functions of the marking code that stand in the student's process are replaced."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import sys
import types

for name, module in list(sys.modules.items()):
    if name.split(".")[0] in ("seodang", "nbgrader", "IPython") and "run" not in name:
        for key, value in list(vars(module).items()):
            words = ("canar", "check", "verif", "restore", "compare", "failed", "error", "known")
            if isinstance(value, types.FunctionType) and any(word in key for word in words):
                setattr(module, key, lambda *args, **kwargs: None)
""",
    keeps=("total",),
)
