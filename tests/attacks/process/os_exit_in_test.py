"""os._exit ends the process inside a test, with a status of success."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(answers={"square": "import os\n\ndef square(x):\n    os._exit(0)"})
