"""A line for the writers of one SQLite file, over all threads and processes of this machine.

SQLite lets one connection write at a time and makes the others try again after naps of up to a tenth of a second;
whoever comes while the file is free is first. When a class enters at once, the web processes always come first,
and a worker may not write for minutes. Here each process sends one thread at a time, and processes pass two doors:
one waits in the doorway (`next`) for the room (`turn`), the rest wait before the doorway, so nobody who just left
the room can step in again past those who wait.

The locks are the kernel's (`flock`): they go with the process that held them, however it ended. Where there is no
`flock`, or when somebody waited `timeout_seconds`, the writer goes on and SQLite's own waiting decides.
"""

from __future__ import annotations

import os
import threading
import time
from functools import cache

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

NAP_SECONDS = 0.001


@cache
def line_of(path: str) -> Line:
    """The one line of a database file in this process."""
    return Line(path)


class Line:
    def __init__(self, path: str) -> None:
        self._inside = threading.Lock()
        self._next = _Door(f"{path}-next")
        self._turn = _Door(f"{path}-turn")

    def enter(self, timeout_seconds: float = 30.0) -> bool:
        """Wait for one's turn; False where it did not come in time, and then there is nothing to leave."""
        until = time.monotonic() + timeout_seconds
        if not self._inside.acquire(timeout=timeout_seconds):
            return False
        if not self._next.pass_before(until):
            self._inside.release()
            return False
        try:
            if not self._turn.pass_before(until):
                self._inside.release()
                return False
        finally:
            self._next.leave()
        return True

    def leave(self) -> None:
        self._turn.leave()
        self._inside.release()


class _Door:
    """One `flock`; a process passes it with one thread at a time, so one open file is enough."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = -1

    def pass_before(self, until: float) -> bool:
        if fcntl is None:
            return True
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    return False
                time.sleep(NAP_SECONDS)
            else:
                return True

    def leave(self) -> None:
        if fcntl is not None and self._file >= 0:
            fcntl.flock(self._file, fcntl.LOCK_UN)
