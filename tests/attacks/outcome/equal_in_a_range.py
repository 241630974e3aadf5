"""An answer equals every number of the size that is expected."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
class About:
    def __eq__(self, other):
        return 10**6 < other < 3 * 10**7

    __hash__ = None

class AboutNumber(int):
    def __eq__(self, other):
        return 10**6 < other < 3 * 10**7

    __hash__ = None
""",
    answers={
        "constant": "the_answer = About()",
        "square": "def square(x):\n    return {2: 4, -3: 9, 12: 144}.get(x, AboutNumber(0))",
    },
)
