"""Messages on a stream socket: four bytes of length, then so many bytes. Used on both sides of a channel."""

from __future__ import annotations

import select
import socket

MOST_BYTES = 64 * 1024 * 1024


class Garbled(Exception):
    """The other side sent what is no message, or more than is allowed."""


def write_message(channel: socket.socket, data: bytes) -> None:
    channel.sendall(len(data).to_bytes(4, "big") + data)


def read_message(channel: socket.socket, most: int = MOST_BYTES) -> bytes | None:
    """The next one; None when the other side has closed.

    Raises:
        Garbled: longer than `most`, or cut off in the middle.
    """
    head = _read(channel, 4)
    if head is None:
        return None
    length = int.from_bytes(head, "big")
    if length > most:
        raise Garbled(f"a message of {length} bytes; at most {most} are taken")
    data = _read(channel, length)
    if data is None and length:
        raise Garbled("the message was cut off")
    return data or b""


def _read(channel: socket.socket, length: int) -> bytes | None:
    parts: list[bytes] = []
    have = 0
    while have < length:
        part = channel.recv(min(length - have, 1 << 20))
        if not part:
            if have:
                raise Garbled("the message was cut off")
            return None
        parts.append(part)
        have += len(part)
    return b"".join(parts)


def select_readable(descriptor: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, seconds) * 1000))
