"""Libraries that evaluate expressions in a caller's frame are told to do so further down the stack."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.payloads import TAKE_OVER

ATTACK = Attack(
    code=(
        TAKE_OVER,
        """
shell = get_ipython()

def reached(value):
    harm(f"evaluated {type(value)} of a frame below")

for depth in range(1, 14):
    for name in ("key", "watch", "channels", "send", "steps", "hello"):
        try:
            text = shell.var_expand("{" + name + "}", depth=depth)
            if text != "{" + name + "}":
                reached(text)
        except Exception as error:
            print(error)
try:
    import pandas as pd

    for level in range(1, 16):
        for name in ("key", "watch", "channels", "send", "steps", "hello"):
            try:
                reached(pd.eval(f"@{name}", level=level))
            except Exception as error:
                pass
except ImportError:
    pass
""",
    ),
)
