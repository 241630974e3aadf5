"""Two hundred thousand outputs are displayed."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
from IPython.display import clear_output, display

for number in range(200_000):
    display({"text/plain": str(number)}, raw=True)
""",
)
