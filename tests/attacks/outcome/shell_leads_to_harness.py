"""Everything that the shell, its streams and its functions refer to is searched for the harness."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.payloads import TAKE_OVER

ATTACK = Attack(
    code=(
        TAKE_OVER,
        """
import sys
import threading
import types

seen = set()
waiting = [get_ipython(), sys.stdout, sys.stderr, sys.displayhook, input, sys.excepthook]
waiting += [vars(sys), vars(threading)]
while waiting and len(seen) < 300_000:
    thing = waiting.pop()
    if id(thing) in seen:
        continue
    seen.add(id(thing))
    if type(thing) is dict:
        take_over(thing)
        waiting += [value for value in thing.values() if not isinstance(value, (str, int, float, bytes))]
    elif type(thing) in (list, tuple, set):
        waiting += thing
    elif isinstance(thing, types.ModuleType):
        if thing.__name__.split(".")[0] in ("seodang", "__main__", "IPython"):
            waiting.append(vars(thing))
    else:
        names = "__dict__ __self__ __func__ __globals__ __closure__ __wrapped__ __defaults__ __kwdefaults__"
        for name in f"{names} cell_contents func args keywords gi_frame".split():
            try:
                waiting.append(getattr(thing, name, None))
            except Exception:
                pass
""",
    ),
)
