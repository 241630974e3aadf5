"""%reset wipes the namespace, and the shell is put out of use."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code=("%reset -f", "get_ipython().user_ns.clear()", "get_ipython().run_cell = None"),
    answers={"double": "def double(x):\n    return x + x"},
    keeps=("total",),
)
