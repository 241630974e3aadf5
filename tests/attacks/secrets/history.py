"""IPython's history (In, _i, the history manager) is asked for the cells before."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    last="""
print(In, _i, _ii)
print(list(get_ipython().history_manager.get_range()))
print({name: value for name, value in globals().items() if name.startswith("_") and isinstance(value, str)})
""",
)
