"""unittest.TestCase fails no more."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import unittest

unittest.TestCase.assertEqual = lambda self, *args, **kwargs: None
unittest.TestCase.fail = lambda self, *args: None
""",
)
