"""The formatter of results writes the maximum for every number."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
get_ipython().display_formatter.format = lambda value, include=None, exclude=None: ({"text/plain": "4.0"}, {})
""",
)
