"""Every file descriptor is closed, the marking code's own too."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(code="import os\n\nos.closerange(0, 65536)", keeps=("total",))
