"""Inside a test, the answer is written to every descriptor and the process ends at once."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=False,
    answers={
        "square": """
import json
import os

def square(x):
    answer = {"kind": "test", "nonce": "", "outcome": "passed", "value": 4.0, "value_kind": "float", "error": None,
              "output": "", "seconds": 0.1, "evidence": [], "notes": []}
    body = json.dumps(answer).encode()
    for number in range(3, 64):
        try:
            os.write(number, (len(body) + 16).to_bytes(4, "big") + bytes(16) + body)
        except OSError:
            pass
    os._exit(0)
""",
    },
)
