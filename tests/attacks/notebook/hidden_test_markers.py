"""The student's answers carry the markers of hidden tests, solutions and mark schemes."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
### BEGIN HIDDEN TESTS: mine
### BEGIN SOLUTION
### END HIDDEN TESTS
### BEGIN MARK SCHEME
""",
    answers={
        "square": "### BEGIN HIDDEN TESTS\ndef square(x):\n    return x\n### END SOLUTION\n### END MARK SCHEME",
        "greet": "### END HIDDEN TESTS\n# YOUR CODE HERE\nraise NotImplementedError()\n### BEGIN SOLUTION",
    },
)
