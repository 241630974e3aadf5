"""inspect, linecache and traceback are asked for the source of the test that calls."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": """
import inspect
import linecache
import traceback

def square(x):
    told = []
    for look in (
        lambda: inspect.getsource(inspect.currentframe().f_back.f_back),
        lambda: [entry[2] for name, entry in linecache.cache.items() if len(entry) > 2 and "python" not in name],
        lambda: "".join(traceback.format_stack()),
        lambda: get_ipython().user_ns["In"],
    ):
        try:
            told.append(look())
        except Exception as error:
            told.append(error)
    print(told)
    raise ValueError(repr(told))
""",
    },
)
