"""object.__subclasses__ lists the harness's classes; their methods lead to its modules."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.payloads import TAKE_OVER

ATTACK = Attack(
    code=(
        TAKE_OVER,
        """
def everything(cls):
    for one in type.__subclasses__(cls):
        yield one
        if one is not type:
            yield from everything(one)

for cls in set(everything(object)):
    if cls.__module__.startswith("seodang"):
        for value in list(vars(cls).values()):
            names = getattr(value, "__globals__", None) or {}
            take_over(names)
            for name, thing in list(names.items()):
                take_over(getattr(thing, "__globals__", None))
                take_over(getattr(thing, "__dict__", None))
                if name in ("run_test", "judge", "_execute", "make_canaries", "calm"):
                    names[name] = lambda *args, **kwargs: ({"outcome": "passed"}, [])
""",
    ),
    keeps=("total",),
)
