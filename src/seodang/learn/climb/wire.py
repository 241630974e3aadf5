"""Messages between the climb and its workers: length, then pickle, over a socket pair that nobody else holds."""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

_HEAD = struct.Struct("<Q")
_PIECE = 1 << 20


def send(connection: socket.socket, message: Any) -> None:
    body = pickle.dumps(message, protocol=5)
    connection.sendall(_HEAD.pack(len(body)) + body)


def receive(connection: socket.socket) -> Any:
    """The next message; waits for it.

    Raises:
        EOFError: the other side is gone.
    """
    (size,) = _HEAD.unpack(_exactly(connection, _HEAD.size))
    return pickle.loads(_exactly(connection, size))  # noqa: S301 - of a process that this one started


def _exactly(connection: socket.socket, size: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < size:
        piece = connection.recv(min(_PIECE, size - len(pieces)))
        if not piece:
            raise EOFError
        pieces += piece
    return bytes(pieces)


class Inbox:
    """What has come in so far on a connection that must not be waited for."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()
        self.is_closed = False

    def read(self) -> list[Any]:
        """All messages that are complete; sets `is_closed` at the end of the stream."""
        while not self.is_closed:
            try:
                piece = self._connection.recv(_PIECE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except OSError:
                piece = b""
            if not piece:
                self.is_closed = True
            self._buffer += piece
        return list(self._complete())

    def _complete(self) -> list[Any]:
        messages = []
        while len(self._buffer) >= _HEAD.size:
            (size,) = _HEAD.unpack_from(self._buffer)
            end = _HEAD.size + size
            if len(self._buffer) < end:
                break
            messages.append(pickle.loads(bytes(self._buffer[_HEAD.size : end])))  # noqa: S301 - our own worker
            del self._buffer[:end]
        return messages
