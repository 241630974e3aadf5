"""json, sockets and os.write are wrapped: what leaves the process says passed."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import json
import os
import re
import socket

def forged(text):
    if isinstance(text, str):
        return re.sub(r'"(failed|error|tampered|timeout)"', '"passed"', text)
    if isinstance(text, (bytes, bytearray)):
        return re.sub(rb'"(failed|error|tampered|timeout)"', b'"passed"', bytes(text))
    return text

real_dumps, real_encode, real_write = json.dumps, json.JSONEncoder.encode, os.write
json.dumps = lambda value, **kwargs: forged(real_dumps(value, **kwargs))
json.JSONEncoder.encode = lambda self, value: forged(real_encode(self, value))
os.write = lambda descriptor, data: real_write(descriptor, forged(data))

class Socket(socket.socket):
    def sendall(self, data, *args):
        return super().sendall(forged(data), *args)

    def send(self, data, *args):
        return super().send(forged(data), *args)

socket.socket = Socket
""",
    keeps=("total",),
)
