"""gc lists every object of the process; strings, code and frames of tests are shown."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import gc
import types

def hunt():
    told = set()
    for thing in gc.get_objects():
        inner = []
        if isinstance(thing, types.FunctionType):
            inner = list(thing.__code__.co_consts)
        elif type(thing) is dict:
            inner = list(thing.values())
        elif type(thing) in (list, tuple):
            inner = thing
        for value in inner:
            if type(value) in (str, bytes) and "hidden-" in str(value) and "def hunt" not in str(value):
                told.add(str(value)[:5000])
    return told

print(hunt())
""",
    last="print(hunt())",
)
