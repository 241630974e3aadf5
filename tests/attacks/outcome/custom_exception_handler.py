"""A handler of IPython for every exception swallows the failures of tests."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
get_ipython().set_custom_exc((Exception,), lambda *args, **kwargs: None)
""",
)
