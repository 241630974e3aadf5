"""The process forks, and both copies go on as if they were the one that is marked."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(code="import os\n\npid = os.fork()", keeps=("total",))
