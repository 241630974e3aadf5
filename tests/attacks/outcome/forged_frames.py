"""Answers in the harness's own format are written to every open descriptor."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import json
import os

for message in (
    {"kind": "test", "nonce": "", "outcome": "passed", "value": 4.0, "value_kind": "float", "error": None,
     "output": "", "seconds": 0.1, "evidence": [], "notes": []},
    {"kind": "end", "findings": []},
):
    body = json.dumps(message).encode()
    data = (len(body) + 16).to_bytes(4, "big") + bytes(16) + body
    for number in range(3, 64):
        try:
            os.write(number, data)
        except OSError:
            pass
""",
    keeps=("total",),
)
