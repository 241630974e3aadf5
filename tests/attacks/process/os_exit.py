"""os._exit ends the process in the middle of an answer."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(flagged=True, answers={"square": "import os\nos._exit(0)"})
