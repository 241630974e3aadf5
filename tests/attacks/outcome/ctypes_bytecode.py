"""ctypes and gc hunt for code objects of tests and for the interpreter's own functions."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import ctypes
import gc
import types

# Writes into the code of every function that is named like a check.
for thing in gc.get_objects():
    if isinstance(thing, types.FunctionType) and thing.__name__ in ("evaluate", "run_test", "canaries", "judge"):
        thing.__code__ = (lambda *args, **kwargs: {"outcome": "passed", "value": 4.0}).__code__
ctypes.pythonapi.PyErr_SetNone.argtypes = [ctypes.py_object]
""",
    keeps=("total",),
)
