"""The file's JSON has NaN, Infinity, numbers of thousands of digits and doubled keys."""

from __future__ import annotations

import json
from typing import Any

from tests.attacks.attack import Attack


def edit(notebook: dict[str, Any]) -> bytes:
    text = json.dumps(notebook)
    odd = (
        '"points": NaN, "points": Infinity, "points": ' + "9" * 5000 + ', "grade": true, "grade": false, "points":'
    )
    return text.replace('"points":', odd).encode()


ATTACK = Attack(edit=edit, refused=True)
