"""AssertionError is replaced by an exception that nobody shows."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import builtins

class Harmless(Exception):
    def __new__(cls, *args):
        return super().__new__(cls)

builtins.AssertionError = Harmless
AssertionError = Harmless
np.testing.assert_allclose.__globals__["AssertionError"] = Harmless
get_ipython().set_custom_exc((Harmless,), lambda *args, **kwargs: None)
""",
)
