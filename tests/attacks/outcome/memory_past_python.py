"""ctypes walks the garbage collector's lists address by address, to the names of the harness's module."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.payloads import TAKE_OVER

ATTACK = Attack(
    flagged=True,
    keeps=("total",),  # the tests after it wait for a person
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
for _ in range(3_000_000):
    node = ctypes.c_uint64.from_address(node).value & ~3
    if node in (0, first):
        break
    if ctypes.c_uint64.from_address(node + 24).value == id(dict):
        take_over(ctypes.cast(node + 16, ctypes.py_object).value)
""",
    ),
)
