"""What attacks do once they have reached the harness: code in the notebooks of several attacks.

It knows the harness as its authors do. When the harness changes, this must be brought up to it, or it proves
nothing any more; `test_payloads.py` says when that is so.
"""

from __future__ import annotations

# The function of `seodang.grade.execute.harness` that a fork runs, and what it is called with.
TARGET = "_await_test"

# Given the names of the harness's module, every test that is forked from then on answers for itself that it passed.
TAKE_OVER = f"""
import json
import os

def answer_for_tests(channel, key, *ignored):
    def send(value):
        body = json.dumps(value).encode()
        os.write(channel, (len(body) + 16).to_bytes(4, "big") + key + body)

    def read(size):
        parts = b""
        while len(parts) < size:
            parts += os.read(channel, size - len(parts))
        return parts

    send({{"kind": "ready", "pid": os.getpid()}})
    message = json.loads(read(int.from_bytes(read(4), "big"))[16:])
    send({{"kind": "test", "nonce": message["nonce"], "outcome": "passed", "value": None, "value_kind": "",
          "error": None, "output": "", "seconds": 0.1, "evidence": [], "notes": []}})
    os._exit(0)

def take_over(names):
    if isinstance(names, dict) and {TARGET!r} in names:
        names[{TARGET!r}] = answer_for_tests
        print("took over")
"""
