"""Running one hidden test over what a student's code left behind, in a process that the student could prepare.

Owns: bringing the process into a known state, running the test as code that no student's hook has touched, and the
canaries, which show that a failing test would have failed here. A test's own names live in a namespace of its own
(`names_of_test`), so that code of the student that it calls finds none of them in `globals()`.

What it does not cover: a test calls the student's functions in this very process. Native code could still change
what the process answers; `guard` and the static scan name such code for a person to look at.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import builtins
import gc
import io
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

from seodang.grade.execute.canaries import make_canaries
from seodang.grade.execute.opaque import opaque

globals()["__builtins__"] = dict(vars(builtins))  # see wire

MAX_TEXT = 4000
MAX_OUTPUT = 64 * 1024
ALLOW_AWAIT = 0x2000  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
CO_COROUTINE = 0x80
_modules = sys.modules
_settrace, _setprofile = sys.settrace, sys.setprofile
_trace_threads, _profile_threads = threading.settrace, threading.setprofile
_collector_calls, _stop_collector = gc.callbacks, gc.disable
_handle, _timer = _signal.signal, _signal.setitimer
_signals = tuple(_signal.valid_signals() - {_signal.SIGKILL, _signal.SIGSTOP, _signal.SIGXFSZ})
_type_name = type.__dict__["__name__"].__get__
_type_module = type.__dict__["__module__"].__get__
_clock = time.perf_counter
_StringIO = io.StringIO
# IPython puts an `open` of its own into every namespace.
_OPEN_OF_IPYTHON: Any = getattr(sys.modules.get("IPython.core.interactiveshell"), "_modified_open", None)
_chdir, _stat, _walk = os.chdir, os.lstat, os.walk
# Exact types that a test's last expression may give without anyone wondering.
_HARMLESS = (type(None), bool, str, bytes, list, tuple, dict, set, frozenset, complex)


class TestTimeout(BaseException):
    """Raised in a test that is over its time; no `except Exception` of a student's catches it."""

    __test__ = False


# -- before


def calm(restore_builtins: Callable[[], None]) -> None:
    """Nothing that the student's code arranged to be called happens any more."""
    for timer in (_signal.ITIMER_REAL, _signal.ITIMER_VIRTUAL, _signal.ITIMER_PROF):
        _timer(timer, 0)
    _settrace(None)
    _setprofile(None)
    _collector_calls.clear()
    _stop_collector()
    for number in _signals:
        try:  # noqa: SIM105 - contextlib is the student's to replace
            _handle(number, _signal.SIG_DFL)
        except (OSError, ValueError):
            pass
    _handle(_signal.SIGINT, _signal.SIG_IGN)
    restore_builtins()
    _trace_threads(None)
    _profile_threads(None)
    _stop_monitoring()
    sys.excepthook = sys.__excepthook__
    sys.unraisablehook = sys.__unraisablehook__


def _stop_monitoring() -> None:
    monitoring: Any = getattr(sys, "monitoring", None)  # Python 3.12
    for tool in range(6) if monitoring is not None else ():
        if monitoring.get_tool(tool) is not None:
            monitoring.set_events(tool, 0)
            monitoring.free_tool_id(tool)


def names_of_test(
    message: dict[str, Any],
    namespace: dict[str, Any],
    replaced: list[str],
    modules: dict[str, ModuleType],
) -> tuple[dict[str, Any], list[str]]:
    """(a namespace for the test, notes): what the student's cells bound, but built-ins and imports as the lab binds
    them."""
    notes = [f"replaced:{name}"[:200] for name in replaced]
    names = dict(namespace)
    names["__builtins__"] = builtins
    for name in message["builtins"]:
        if name in names:
            shadow = names.pop(name)
            if callable(shadow) and shadow is not _OPEN_OF_IPYTHON:
                notes.append(f"shadowed:{name}"[:200])
    for name, (module_name, attribute) in message["imports"].items():
        module = modules.get(module_name)
        if module is not None and name in names:
            value = vars(module).get(attribute, notes) if attribute else module
            if value is not notes and names[name] is not value:
                names[name] = value
                notes.append(f"rebound:{name}"[:200])
    return names, notes


def state_of_files() -> dict[str, tuple[int, int]]:
    """Path below the working directory → (inode, time of the last change of any kind, which nobody can set)."""
    found = {}
    for folder, _folders, names in _walk("."):
        for name in names:
            path = f"{folder}/{name}".removeprefix("./")
            status = _stat(path)
            found[path] = (status.st_ino, status.st_ctime_ns)
    return found


class DataChanged(Exception):
    """A test reads a data file of the lab that the submission has changed."""


def _in_its_folder(message: dict[str, Any], guard: dict[str, Any]) -> None:
    """The folder and the data that the test expects."""
    if message["stays"]:
        _chdir(guard["folder"])
    for name in message["data"]:
        try:
            status = _stat(f"{guard['folder']}/{name}")
            state = (status.st_ino, status.st_ctime_ns)
        except OSError:
            state = (0, 0)
        if guard["files"].get(name, state) != state:
            raise DataChanged(
                f"The notebook changed {name!r}, which this test reads; leave the lab's files as they are."
            )


# -- the test


def run_test(
    message: dict[str, Any], names: dict[str, Any], shared: dict[str, Any], guard: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """(answer, evidence). Never raises; both hold JSON values only.

    names: the test's namespace. shared: the student's, into which go the names that the lab's own functions expect
    a test to set (`message["shared"]`).
    """
    began = _clock()
    out = _StringIO()
    kept = sys.stdout, sys.stderr, sys.displayhook
    sys.stdout = sys.stderr = out
    answer: dict[str, Any] = {"outcome": "failed", "value": None, "value_kind": "", "error": None}
    filename = message["filename"]
    evidence: list[str] = []
    try:
        guard["trusted"] = {filename, filename + ".before"}
        guard["testing"] = True
        _in_its_folder(message, guard)
        kinds = {int(number): kind for number, kind in message["canaries"].items()}
        generic, judge = make_canaries(names, kinds, message["left"], message["right"])
        generic(filename)
        if message["before"]:
            _execute(message["before"], filename + ".before", names, shared, ())
        _execute(message["source"], filename, names, shared, message["shared"])
        answer["outcome"] = "passed"
        evidence += judge()
        if message["value"]:
            value = names.get(message["value"])
            answer["value"], answer["value_kind"], is_known = number_of(value)
            if not is_known:
                evidence.append("value")
    except BaseException as error:
        answer["outcome"] = "timeout" if type(error) is TestTimeout else "failed"
        answer["error"] = told(error, filename)
    finally:
        sys.stdout, sys.stderr, sys.displayhook = kept
        guard["testing"] = False
    answer["output"] = out.getvalue()[:MAX_OUTPUT]
    answer["seconds"] = _clock() - began
    return answer, evidence


def _execute(
    source: str, filename: str, names: dict[str, Any], shared: dict[str, Any], both: tuple[str, ...] | list[str]
) -> None:
    code = compile(source, filename, "exec", ALLOW_AWAIT, True, 0)
    if code.co_flags & CO_COROUTINE:
        _run_awaiting(eval(code, names))  # noqa: S307 - the lab's own test
    elif not both:
        exec(code, names)  # noqa: S102
    else:
        _execute_in_steps(source, filename, names, shared, both)


def _execute_in_steps(
    source: str, filename: str, names: dict[str, Any], shared: dict[str, Any], both: tuple[str, ...] | list[str]
) -> None:
    """Statement by statement; after each, what the student's functions shall see is told to them."""
    tree: Any = compile(source, filename, "exec", 0x400, True, 0)  # ast.PyCF_ONLY_AST
    statements = tree.body
    for statement in statements:
        known = [name for name in both if name in names]
        tree.body = [statement]
        exec(compile(tree, filename, "exec", 0, True, 0), names)  # noqa: S102
        for name in both:
            if name in names and shared.get(name, both) is not names[name]:
                shared[name] = names[name]
        for name in known:
            if name not in names:
                shared.pop(name, None)


def _run_awaiting(coroutine: Any) -> None:
    import asyncio

    asyncio.new_event_loop().run_until_complete(coroutine)


def number_of(value: Any) -> tuple[float | None, str, bool]:
    """(the number as float, the name of its type, whether the type is one that no student made)."""
    cls = type(value)
    kind = f"{_type_module(cls)}.{_type_name(cls)}".removeprefix("builtins.")[:100]
    if cls in (int, float):
        try:
            return float(value), kind, True
        except OverflowError:
            return float("inf"), kind, True
    if cls in _HARMLESS:
        return None, kind, True
    numpy: Any = _modules.get("numpy")
    if numpy is not None and issubclass(cls, numpy.generic) and vars(numpy).get(_type_name(cls)) is cls:
        real = issubclass(cls, (numpy.integer, numpy.floating))
        return (float(value) if real else None), kind, True
    module = _modules.get(str(_type_module(cls)).partition(".")[0])
    is_library = (
        module is not None and getattr(module, "__spec__", None) is not None and bool(module.__spec__.origin)  # type: ignore[union-attr]
    )
    return None, kind, is_library and not issubclass(cls, (int, float, str))


def told(error: BaseException, filename: str) -> dict[str, Any]:
    """An exception as text, with the line of the test in which it arose."""
    cls = type(error)
    try:
        text = str(error)
        text = text if type(text) is str else ""
    except BaseException:
        text = ""
    line = None
    trace: Any = error.__traceback__
    while trace is not None:
        frame: FrameType = trace.tb_frame
        if frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename == filename:
        line = error.lineno
    return {"ename": str(_type_name(cls))[:200], "evalue": text[:MAX_TEXT], "line": line}


def arm(seconds: float) -> None:
    """End the test that runs from now on after this time; a native loop that never returns is for the driver."""

    def over(_number: int, _frame: Any) -> None:
        raise TestTimeout(f"over {seconds} s")

    _handle(_signal.SIGALRM, opaque(over))
    _timer(_signal.ITIMER_REAL, seconds, 1.0)


def disarm() -> None:
    _timer(_signal.ITIMER_REAL, 0)


def seed_of(message: dict[str, Any]) -> None:
    random.seed(message["seed"])
    numpy: Any = _modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(message["seed"] % 2**32)
