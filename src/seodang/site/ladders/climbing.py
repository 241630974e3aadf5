"""The process that climbs: `python -m seodang.learn.program`, watched from the worker that started it.

Models are never loaded into the worker: the process has an environment of its own (no secret of the site, a folder
that goes away with it), a bound on memory, and ends when it is not wanted any more, when it overruns, or when the
worker dies (its standard input closes). What it says is read as JSON and nothing else; its files are taken by
their names.

Does not cover whose ladder it is or what becomes of the answer: the task and the services do.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from seodang.i18n import N_
from seodang.site.ladders.errors import ClimbFailed

log = logging.getLogger(__name__)

COMMAND = [sys.executable, "-m", "seodang.learn.program"]
LOOK_SECONDS = 1.0
# The climb keeps its budget; starting, predicting, saving and reporting come on top.
AROUND_SECONDS = 240.0
GRACE_SECONDS = 3.0
LINE_BYTES = 16 * 2**20
# What a program of Python needs to find its libraries; nothing that the site is configured by.
PASSED_ON = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")

OnProgress = Callable[[dict[str, Any]], None]


class Unwanted(Exception):
    """It was stopped or deleted, or another worker has the job."""


class Refused(Exception):
    """The toolkit says what is wrong with the table or the choices: `problem`, as rows keep it."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("code", ""))
        self.problem = problem


def run(
    request: dict[str, Any],
    *,
    folder: Path,
    most_seconds: float,
    on_progress: OnProgress = lambda progress: None,
    still_wanted: Callable[[], bool] = lambda: True,
) -> dict[str, Any]:
    """Run the program to its end; its files lie in `folder/out`.

    Args:
        on_progress: called at most once a second, with the newest progress.
        still_wanted: asked once a second.

    Raises:
        Unwanted, Refused, ClimbFailed: it broke, ran out of memory or of time.
    """
    out = folder / "out"
    (folder / "home").mkdir(parents=True, exist_ok=True)
    out.mkdir(exist_ok=True)
    whole = {**request, "out": str(out), "memory_bytes": settings.LADDER_BYTES}
    errors = folder / "errors.txt"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, our own code
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=folder / "home",
            env=_environment(folder / "home"),
            start_new_session=True,
        )
    try:
        _send(process, whole)
        return _listened(process, most_seconds, on_progress, still_wanted, errors)
    finally:
        _end(process)


def _environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, "HOME": str(home), "TMPDIR": str(home), "PYTHONDONTWRITEBYTECODE": "1"}


def _send(process: subprocess.Popen[bytes], request: dict[str, Any]) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()  # and stays open: the program ends with it
    except BrokenPipeError:
        pass  # it died at once; its output says why


def _listened(
    process: subprocess.Popen[bytes],
    most_seconds: float,
    on_progress: OnProgress,
    still_wanted: Callable[[], bool],
    errors: Path,
) -> dict[str, Any]:
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    deadline = time.monotonic() + most_seconds
    looked, rest = 0.0, b""
    newest: dict[str, Any] | None = None
    answer: dict[str, Any] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            if selector.select(timeout=LOOK_SECONDS / 4):
                piece = os.read(descriptor, 1 << 20)
                if not piece:
                    break
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    said = _said(line)
                    newest = said.get("progress", newest)
                    answer |= {name: said[name] for name in ("result", "problem") if name in said}
                if len(rest) > LINE_BYTES:
                    raise _broken("the answer is too long")
            now = time.monotonic()
            if now - looked >= LOOK_SECONDS:
                looked = now
                if not still_wanted():
                    raise Unwanted
                if newest is not None:
                    on_progress(newest)
                    newest = None
            if now > deadline:
                raise ClimbFailed(
                    N_("The climb did not end in its time and was stopped."),
                    hint=N_("Try again with fewer rows or columns, or tell whoever runs this site."),
                    code="overrun",
                )
    return _result(process, answer, errors)


def _said(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        raise _broken("a line that is no JSON") from None
    return said if isinstance(said, dict) else {}


def _result(process: subprocess.Popen[bytes], answer: dict[str, Any], errors: Path) -> dict[str, Any]:
    if isinstance(answer.get("problem"), dict):
        raise Refused(answer["problem"])
    if isinstance(answer.get("result"), dict):
        return answer["result"]
    try:
        status = process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        status = None
    tail = errors.read_text(errors="replace")[-4000:].strip()
    log.error("a climb broke", extra={"status": status, "said": tail[-1500:]})
    if status == -9 or "MemoryError" in tail:
        raise ClimbFailed(
            N_("The climb was ended, most likely because it needed more memory than there is."),
            hint=N_("Leave out columns or rows that are not needed, and try again."),
            code="memory",
        )
    raise _broken(tail.rpartition("\n")[2] or f"status {status}")


def _broken(reason: str) -> ClimbFailed:
    return ClimbFailed(
        N_("The site could not climb this ladder: %(reason)s"),
        hint=N_("Try again; if it happens once more, tell whoever runs this site."),
        code="broken",
        reason="".join(letter for letter in reason if letter.isprintable())[:300],
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Closing its standard input ends it and, after it, its own workers; one that does not listen is killed."""
    for stream in (process.stdin, process.stdout):
        try:
            if stream is not None:
                stream.close()
        except OSError:
            pass
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
