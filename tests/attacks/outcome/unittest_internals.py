"""What unittest's assertEqual calls inside is replaced: the error it raises, the comparison it picks."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import unittest

unittest.TestCase._baseAssertEqual = lambda self, *args, **kwargs: None
unittest.TestCase._getAssertEqualityFunc = lambda self, first, second: lambda *args, **kwargs: None
unittest.TestCase.failureException = None
unittest.TestCase.assertMultiLineEqual = lambda self, *args, **kwargs: None
""",
)
