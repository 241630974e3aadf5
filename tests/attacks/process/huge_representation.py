"""A last expression whose representation has hundreds of megabytes, or never ends."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class Big:
    def __repr__(self):
        return "x" * 2 * 10**8

class Slow:
    def _repr_html_(self):
        return "<p>" * 10**7

    def __repr__(self):
        return "slow"

display(Slow())
Big()
""",
)
