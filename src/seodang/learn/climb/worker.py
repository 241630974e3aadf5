"""A worker: one process, one thread of computation, one task after another.

It ends when its connection ends, whatever it is doing; on Linux also when its parent does. What libraries print
goes to a log, the last line of which explains a crash.
"""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seodang.learn.climb import wire
from seodang.learn.climb.memory import peak_bytes
from seodang.learn.climb.tasks import Answer, Fit, Hello, Keep, Look, Numbered, Prepare, Task, WakeKeras

if TYPE_CHECKING:
    from seodang.learn.climb.fitting import Bench

_PR_SET_PDEATHSIG = 1
# Set before any library is imported that reads them.
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "LOKY_MAX_CPU_COUNT",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    ),
    "1",
)
XLA_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


class Worker:
    """Answers tasks on a connection until it ends. seed: of the climb."""

    def __init__(self, connection: socket.socket, seed: int) -> None:
        self._connection = connection
        self._seed = seed
        self._tasks: queue.SimpleQueue[Numbered] = queue.SimpleQueue()
        self._bench: Bench | None = None

    def serve(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            numbered = self._tasks.get()
            wire.send(self._connection, self._answer(numbered))

    def _listen(self) -> None:
        """Beside the work, so that an end of the climb ends it at once."""
        try:
            while True:
                self._tasks.put(wire.receive(self._connection))
        except BaseException:
            os._exit(1)

    def _answer(self, numbered: Numbered) -> Answer:
        try:
            return Answer(numbered.number, self._do(numbered.task), peak_bytes=peak_bytes())
        except BaseException as error:
            traceback.print_exc()
            return Answer(numbered.number, error=_portable(error), reason=one_line(error), peak_bytes=peak_bytes())

    def _do(self, task: Task) -> Any:
        match task:
            case Fit():
                return self._bench_of(task.folder).fit(task)
            case Keep():
                return tuple(self._bench_of(task.data).keep(model) for model in task.models)
            case Prepare():
                from seodang.learn.climb.handover import prepare_into

                prepare_into(task.folder, task.source, task.options)
            case Look():
                from seodang.learn.climb.looking import look

                return look(self._bench_of(task.folder), task.seed)
            case WakeKeras():
                wake_keras()
        return None

    def _bench_of(self, folder: Path) -> Bench:
        if self._bench is None or self._bench.folder != folder:
            from seodang.learn.climb.fitting import Bench

            self._bench = Bench(folder, self._seed)
        return self._bench


def wake_keras() -> None:
    from seodang.learn.networks.backend import prepare_backend

    prepare_backend(threads=1)
    import keras  # noqa: F401


def one_line(error: BaseException) -> str:
    """The kind of an error and its first line, short enough for a table."""
    text = str(error).strip().splitlines()
    said = f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
    return said if len(said) <= 200 else said[:199] + "…"


def _portable(error: BaseException) -> BaseException | None:
    """The error itself where the other side can read it."""
    import pickle

    try:
        return pickle.loads(pickle.dumps(error))  # type: ignore[no-any-return]  # noqa: S301 - made here
    except Exception:
        return None


def live_with_parent(parent: int) -> None:
    """End this process when its parent ends; on Linux by the kernel's hand."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def log_to(path: Path) -> None:
    """All that is printed from now on goes to a file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def become_worker(connection: socket.socket, log: Path, seed: int) -> None:
    """What a fresh process does; never returns."""
    log_to(log)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Worker(connection, seed).serve()


def main(descriptor: int) -> None:
    """A worker in an interpreter of its own, where there is no launcher."""
    connection = socket.socket(fileno=descriptor)
    hello: Hello = wire.receive(connection)
    sys.path.extend(path for path in hello.paths if path not in sys.path)
    become_worker(connection, hello.folder / f"worker-{hello.number}.log", hello.seed)
