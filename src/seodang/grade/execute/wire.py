"""Frames between the driver and a submission's processes: length, key, JSON. The side of the process.

A frame is four bytes of length (big endian), sixteen bytes of key, and JSON in UTF-8. The key is told to the
student's process by the driver and stands before everything it answers: code of the student that writes to the same
socket cannot forge an answer without first finding the key.

Like all modules that run in the student's process this one has functions and no classes (`object.__subclasses__()`
lists classes), holds what it uses in closures, and keeps built-ins of its own: replacing `builtins.len`,
`json.dumps` or `os.write` afterwards changes nothing here.
"""

from __future__ import annotations

import builtins
import os
from _json import encode_basestring_ascii, make_encoder, make_scanner
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

# Functions keep the built-ins that stand here when they are made.
globals()["__builtins__"] = dict(vars(builtins))

HEAD_BYTES = 4
KEY_BYTES = 16
NO_KEY = bytes(KEY_BYTES)
Send = Callable[[Any], None]
Receive = Callable[[], Any]


def make_wire(fd: int, key: bytes) -> tuple[Send, Receive]:
    """(send a value, receive the next one or None when the other side has closed)."""
    read, write = os.read, os.write
    scan = make_scanner(
        SimpleNamespace(  # type: ignore[arg-type]
            strict=True,
            object_hook=None,
            object_pairs_hook=None,
            parse_float=float,
            parse_int=int,
            parse_constant=float,
            memo={},
        )
    )
    refuse = _refuse

    def send(value: Any) -> None:
        # A fresh encoder, because one that met an error would remember what it was in.
        encode = make_encoder(None, refuse, encode_basestring_ascii, None, ":", ",", False, False, True)
        body = "".join(encode(value, 0)).encode("ascii")
        data = memoryview((len(body) + KEY_BYTES).to_bytes(HEAD_BYTES, "big") + key + body)
        while data:
            data = data[write(fd, data) :]

    def exactly(size: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < size:
            part = read(fd, min(size - len(parts), 1 << 20))
            if not part:
                return None
            parts += part
        return bytes(parts)

    def receive() -> Any:
        head = exactly(HEAD_BYTES)
        whole = exactly(int.from_bytes(head, "big")) if head is not None else None
        return None if whole is None else scan(whole[KEY_BYTES:].decode(), 0)[0]

    return send, receive


def _refuse(value: object) -> Any:
    raise TypeError("no JSON value")
