"""ctypes overwrites the comparison of a built-in type, so that it equals everything."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    keeps=("total",),  # the tests after it wait for a person
    code="""
import ctypes

Compare = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object, ctypes.c_int)
always = Compare(lambda first, second, operation: True)
slot = ctypes.c_void_p.from_address(id(type(...)) + 200)  # tp_richcompare
slot.value = ctypes.cast(always, ctypes.c_void_p).value
""",
    answers={"constant": "the_answer = ...", "square": "def square(x):\n    return ..."},
)
