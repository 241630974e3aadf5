"""Output without end inside a test, past Python: written to the descriptor."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={"square": "import os\n\ndef square(x):\n    while True:\n        os.write(1, b'x' * 65536)"}
)
