"""A hook that runs in every fork never gives the process back, and listens for the test itself."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import json
import os
import select

def listen():
    heard = b""
    sockets = [n for n in map(int, os.listdir("/proc/self/fd")) if n > 2]
    for _ in range(20):
        for number in select.select(sockets, [], [], 0.1)[0]:
            data = os.read(number, 65536)
            heard += data
            if len(data) > 20:
                key, message = data[4:20], json.loads(data[20:])
                answer = {"kind": "test", "nonce": message["nonce"], "outcome": "passed", "value": 4.0,
                          "value_kind": "float", "error": None, "output": "", "seconds": 0.1, "evidence": [],
                          "notes": []}
                body = json.dumps(answer).encode()
                os.write(number, (len(body) + 16).to_bytes(4, "big") + key + body)

os.register_at_fork(after_in_child=listen)
""",
    keeps=("total",),
)
