"""What runs in a submission's process: its cells, and at each test a fork that waits for the hidden part.

`main` is entered in the child, confined, before any line of the student's. It learns the key of its answers and the
steps from the driver over channel 0, and then

- runs each cell in the shell and answers with its outputs,
- at a test forks: the fork says hello on a channel of its own and blocks there until every cell has run and the
  driver has stopped every other process of the submission (`await_test`); where the process cannot be forked any
  more (TensorFlow runs threads of its own) it keeps the bindings of that moment instead, and the tests run in here,
- in compat mode runs tests like cells.

Before the first cell the modules of the harness leave `sys.modules`, and `guard` closes the ways down the stack.
"""

from __future__ import annotations

import builtins
import ctypes
import os
import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from seodang.grade.execute import guard, testing, warm
from seodang.grade.execute.shell import install
from seodang.grade.execute.wire import NO_KEY, Receive, Send, make_wire

globals()["__builtins__"] = dict(vars(builtins))  # see wire
PR_SET_DUMPABLE = 4
FORK_SECONDS = 2.5
_exit, _fork, _getpid, _read_at = os._exit, os.fork, os.getpid, os.pread
_close, _closerange, _dup2, _open, _listdir = os.close, os.closerange, os.dup2, os.open, os.listdir
_wait, _sleep = os.waitpid, time.sleep
_clock, _known_threads = time.perf_counter, threading._active  # type: ignore[attr-defined]
_modules = sys.modules
# Holds the interpreter's lock across the call, and runs nobody's `os.register_at_fork`.
_plain_fork = ctypes.PyDLL(None).fork


def main(channels: list[socket.socket], label: str) -> None:
    """channels: 0 answers; 1 what is written to descriptor 2; the others one for each fork."""
    control, stderr, *others = [channel.detach() for channel in channels]
    _dup2(stderr, 2)
    _close(stderr)
    status = _open("/proc/self/stat", os.O_RDONLY | os.O_CLOEXEC)
    _leave_no_modules()
    _serve(control, others, status)
    _exit(0)


def _leave_no_modules() -> None:
    """A student who imports these modules gets fresh ones, which know nothing."""
    for name in _OURS:
        del _modules[name]


def _serve(control: int, channels: list[int], status: int) -> None:
    _send_nothing, receive = make_wire(control, NO_KEY)
    hello = receive()
    if hello is None:
        return
    key = bytes.fromhex(hello["key"])
    send, receive = make_wire(control, key)
    findings: list[list[str]] = []

    def found(code: str, detail: str) -> None:
        if code == "memory":  # at once: what stands in this process can be written over from now on
            send({"kind": "noticed", "code": code, "detail": detail})
        elif len(findings) < 1000:
            findings.append([code, detail])

    watch: dict[str, Any] = {"report": found, "trusted": set(), "testing": False, "deep": False}
    watch |= {"folder": str(Path.cwd()), "files": testing.state_of_files()}
    _prepare(hello, watch)
    snapshots: dict[str, dict[str, Any]] = {}
    for step in hello["steps"]:
        if step["kind"] == "cell":
            _cell(step, send, findings)
        elif step["kind"] == "quiet":
            _quiet(step, findings)
        else:
            _at_test(step, send, channels, snapshots, status, key, watch)
    send({"kind": "end", "findings": findings})
    _tests_in_here(send, receive, snapshots, watch)


def _prepare(hello: dict[str, Any], watch: dict[str, Any]) -> None:
    install(warm.shell)
    sys.path.insert(0, "")
    seed = int(hello["seed"])
    random.seed(seed)
    if (numpy := _modules.get("numpy")) is not None:
        numpy.random.seed(seed % 2**32)
    if (tensorflow := _modules.get("tensorflow")) is not None:
        tensorflow.random.set_seed(seed)
    if hello["guarded"]:
        warm.libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        guard.install(watch)


def _cell(step: dict[str, Any], send: Send, findings: list[list[str]]) -> None:
    shell, recorder = warm.shell, warm.recorder
    own = _getpid()
    send({"kind": "start", "index": step["index"]})
    began = _clock()
    try:
        warm.run_cell(shell, step["source"])
    except BaseException as error:  # what came between IPython's own handlers
        recorder.failed(type(error).__name__, "", [type(error).__name__])
    if _getpid() != own:
        _exit(0)  # a fork of the student's that came back: Jupyter's kernel would have two heads now
    seconds = _clock() - began
    try:
        outputs, updates, error_told = recorder.take()
    except BaseException:
        outputs, updates, error_told = [], [], None
    answer: dict[str, Any] = {"kind": "cell", "index": step["index"], "seconds": seconds, "findings": findings[:]}
    findings.clear()
    told = {"outputs": outputs, "updates": updates, "error": error_told}
    try:
        send(answer | told)
    except (TypeError, ValueError, RecursionError, AttributeError):
        text = "… an output that is no JSON was not kept."
        outputs = [{"output_type": "stream", "name": "stderr", "text": text}]
        send(answer | {"outputs": outputs, "updates": [], "error": None})


def _quiet(step: dict[str, Any], findings: list[list[str]]) -> None:
    """The visible part of a test without its asserts, for names that later cells use. Its outputs go nowhere."""
    own = _getpid()
    try:
        warm.run_quietly(warm.shell, step["source"])
    except BaseException as error:
        findings.append(["quiet", type(error).__name__[:100]])
    if _getpid() != own:
        _exit(0)


# -- tests in forks


def _at_test(
    step: dict[str, Any],
    send: Send,
    channels: list[int],
    snapshots: dict[str, dict[str, Any]],
    status: int,
    key: bytes,
    watch: dict[str, Any],
) -> None:
    channel = channels[step["channel"]]
    threads = _native_threads(status)
    if not 1 <= threads <= max(len(_known_threads), 1):
        # Threads that Python does not know hold locks that a fork would never see released.
        snapshots[step["test"]] = dict(warm.namespace)
        send({"kind": "forked", "test": step["test"], "pid": 0})
        return
    pid = _forked(threads == 1)
    if pid == 0:
        _await_test(channel, key, watch)
    if pid < 0:
        snapshots[step["test"]] = dict(warm.namespace)
        send({"kind": "forked", "test": step["test"], "pid": 0})
        return
    _close(channel)
    send({"kind": "forked", "test": step["test"], "pid": pid})


def _forked(alone: bool) -> int:
    """As `fork`. Where no more processes are to be had, wait a moment and bury the student's dead; else -1."""
    until = _clock() + FORK_SECONDS
    while True:
        try:
            pid: int = _plain_fork() if alone else _fork()
        except OSError:
            pid = -1
        if pid >= 0 or _clock() > until:
            return pid
        try:
            while _wait(-1, os.WNOHANG)[0]:
                pass
        except OSError:
            pass
        _sleep(0.05)


def _native_threads(status: int) -> int:
    """From a descriptor that was opened in time; 0 where the student has closed it."""
    try:
        return int(_read_at(status, 4096, 0).rpartition(b")")[2].split()[17])
    except (OSError, ValueError, IndexError):
        return 0


def _await_test(channel: int, key: bytes, watch: dict[str, Any]) -> NoReturn:
    try:
        testing.calm(warm.restore_builtins)
        warm.libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        _closerange(3, channel)
        _closerange(channel + 1, 65536)
        send, receive = make_wire(channel, key)
        send({"kind": "ready", "pid": _getpid()})
        message = receive()
        if message is not None:
            _answer_test(message, send, watch, alone=True)
    finally:
        _exit(0)


# -- tests in this very process


def _tests_in_here(
    send: Send, receive: Receive, snapshots: dict[str, dict[str, Any]], watch: dict[str, Any]
) -> None:
    while (message := receive()) is not None:
        testing.calm(warm.restore_builtins)
        notes = stop_threads()
        snapshot = snapshots.get(message["test"])
        if snapshot is not None:
            warm.namespace.clear()
            warm.namespace.update(snapshot)
        _answer_test(message, send, watch, alone=False, notes=notes)


def _answer_test(
    message: dict[str, Any], send: Send, watch: dict[str, Any], *, alone: bool, notes: list[str] | None = None
) -> None:
    """From here until the answer is sent student code may run; the nonce and the wire are in this frame only."""
    nonce = message.pop("nonce")
    watch["report"] = _reporter(send, nonce)
    evidence = ["threads"] if alone and _threads_now() > 1 else []
    names, more = testing.names_of_test(message, warm.namespace, warm.restore(watch["deep"]), warm.modules)
    testing.seed_of(message)
    testing.arm(message["limit_seconds"])
    try:
        answer, found = testing.run_test(message, names, warm.namespace, watch)
    finally:
        testing.disarm()
    evidence += found
    if evidence:
        answer["outcome"] = "tampered"
    answer |= {"evidence": evidence[:50], "notes": [*(notes or []), *more][:50]}
    send({"kind": "test", "nonce": nonce, **answer})


def _threads_now() -> int:
    return len(_listdir("/proc/self/task"))


def _reporter(send: Send, nonce: str) -> Callable[[str, str], None]:
    """What the guard sees during a test goes to the driver at once, before the student's code could undo it."""

    def report(code: str, detail: str) -> None:
        send({"kind": "evidence", "nonce": nonce, "code": code, "detail": detail[:200]})

    return report


def stop_threads() -> list[str]:
    """Ask every thread that Python knows to end; names those that would not."""
    main_thread = threading.main_thread()
    others = [thread for thread in threading.enumerate() if thread is not main_thread and thread.ident]
    for thread in others:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))
    until = time.monotonic() + 0.5
    for thread in others:
        thread.join(max(0.0, until - time.monotonic()))
    return [f"thread:{thread.name}"[:200] for thread in others if thread.is_alive()]


# Last, and before any fork: to look through thousands of names in each child would copy the pages they stand on.
_OURS = tuple([name for name in _modules if name == "seodang" or name.startswith("seodang.")])
