"""A fresh interpreter that imports what all workers need, once, and forks them from itself when it is asked to.

The process that calls `fit` may be a notebook's kernel or a server with threads, which must not be forked, and its
script may lack `if __name__ == "__main__"`. This one has a single thread and nothing but imports, so that a fork of
it is safe, takes a hundredth of a second, and shares what was imported. Workers that were ended are replaced so.

Where the other end of its connection vanishes without a word, it removes the climb's folder; its workers end with
it.

`Crew` starts it, with the descriptor of its end of a socket pair.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys

from seodang.learn.climb import wire
from seodang.learn.climb.tasks import Fork, Goodbye, Hello
from seodang.learn.climb.worker import become_worker, live_with_parent, log_to


def serve(connection: socket.socket) -> None:
    hello: Hello = wire.receive(connection)
    log_to(hello.folder / "launcher.log")
    sys.path.extend(path for path in hello.paths if path not in sys.path)
    import_what_workers_need()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended workers leave no zombies
    try:
        while True:
            match wire.receive(connection):
                case Fork(number=number):
                    fork_worker(connection, hello, number)
                case Goodbye():
                    return
    except EOFError:
        shutil.rmtree(hello.folder, ignore_errors=True)


def fork_worker(connection: socket.socket, hello: Hello, number: int) -> None:
    _, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
    theirs = socket.socket(fileno=descriptors[0])
    me = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            connection.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            live_with_parent(me)
            become_worker(theirs, hello.folder / f"worker-{number}.log", hello.seed)
        finally:
            os._exit(1)
    theirs.close()
    wire.send(connection, child)


def import_what_workers_need() -> None:
    """Nothing that starts a thread. A part that is not installed is missed later, by the family that wants it."""
    import seodang.learn.climb.fitting
    import seodang.learn.climb.handover
    import seodang.learn.data.prepare
    import seodang.learn.data.read  # noqa: F401
    from seodang.learn.families import FAMILIES

    FAMILIES.load()
    for name in _WARM:
        with contextlib.suppress(ImportError):
            __import__(name)


_WARM = (
    "seodang.learn.data.encode",
    "sklearn.linear_model",
    "sklearn.neighbors",
    "sklearn.tree",
    "sklearn.ensemble",
    "sklearn.svm",
    "skops.io",
    "lightgbm",
)


def main(descriptor: int) -> None:
    serve(socket.socket(fileno=descriptor))
