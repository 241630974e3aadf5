"""Outputs that are no valid notebook: wrong kinds, lone surrogates, NaN, cycles, bytes."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
from IPython.display import display

cycle = {}
cycle["cycle"] = cycle
for bundle in ({"text/plain": b"\\xff"}, {"text/plain": 7}, {"text/plain": "\\ud800"}, {3: "x"},
               {"application/json": float("nan")}, {"application/json": cycle}, {"image/png": object()}, {"": ""}):
    try:
        display(bundle, raw=True, metadata={"text/plain": object()})
    except Exception as error:
        print(error)
print("\\ud800")
os.write(1, b"\\xff\\xfe\\x00")
""",
)
