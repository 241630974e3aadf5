"""The host's side of a zygote: start it, ask it for children, hear how they end.

Trusted code, in the process that drives runs; threads may share one `Zygote`. The zygote makes each child's
channels and passes them out, so what the driver says to a child goes through no one else.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import os
import signal
import socket
import stat
import subprocess
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from seodang.i18n import N_
from seodang.run.errors import ImageLacks, SandboxUnavailable, SpecInvalid, ZygoteError
from seodang.run.image import Image, local_image
from seodang.run.sandboxes import Sandbox, Wrapped
from seodang.run.spec import Limits
from seodang.run.zygote.framing import select_readable
from seodang.run.zygote.inside import MESSAGE_BYTES
from seodang.run.zygote.plan import ChildState
from seodang.run.zygote.watch import descendants, processes

_FILES_A_MESSAGE = 100
_SPARSE_BYTES = 64 * 1024 * 1024
_ANSWER_SECONDS = 60.0
_END_SECONDS = 10.0
_IMPORT_SECONDS = 600.0
# One thread each, or importing them would start more and the zygote could not fork.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "CUDA_VISIBLE_DEVICES": "-1",
    "MALLOC_ARENA_MAX": "2",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # Arrow's allocator, which comes with pandas
    "MPLBACKEND": "Agg",
}


_LIVING: weakref.WeakSet[Zygote] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for zygote in list(_LIVING):
        zygote.close()


class Child:
    """One forked run. `channels[0]` is for control, the others for forks of it; `output` is what it and all its
    processes write to descriptors 1 and 2 (they wait while nobody reads it)."""

    def __init__(
        self, zygote: Zygote, number: int, pid: int, channels: Sequence[socket.socket], output: int, ended: int
    ) -> None:
        self._zygote, self._number = zygote, number
        # A file object, so that it is closed with the last reference: a thread may be waiting on it till then.
        self._ended = os.fdopen(ended, "rb", buffering=0)
        self.pid, self.channels, self.output = pid, tuple(channels), output
        self._final: ChildState | None = None
        self._lock = threading.Lock()

    def freeze(self, *, but: int | None = None) -> list[int]:
        """Stop every process of it except the one numbered `but` inside; returns the numbers inside of all alive.

        Raises:
            ZygoteError: it has ended, or could not be stopped (and was killed).
        """
        answer = self._zygote._ask("freeze", number=self._number, but=but)
        return [int(pid) for pid in answer["alive"]]

    def thaw(self) -> None:
        """Let everything that was frozen go on."""
        self._zygote._ask("thaw", number=self._number)

    def interrupt(self) -> None:
        """SIGINT to its first process; nothing when it has ended."""
        if self.state().alive:
            try:
                self._zygote._ask("interrupt", number=self._number)
            except ZygoteError:
                if self.state().alive:
                    raise

    def kill(self) -> None:
        """Everything of it, at once; back when it is gone. Nothing when it has ended."""
        try:
            if self._read_final(0) is None:
                self._zygote._ask("kill", number=self._number)
                self._read_final(_ANSWER_SECONDS)
        except ZygoteError:
            if self._zygote.alive:
                raise  # else the zygote is dead, and every child went with it

    def state(self) -> ChildState:
        """
        Raises:
            ZygoteError: the zygote died, and its children with it.
        """
        final = self._read_final(0)
        if final is not None:
            return final
        answer = self._zygote._ask("state", number=self._number)
        if answer.get("ended"):
            return self.wait(_ANSWER_SECONDS)
        return ChildState(**answer)

    def wait(self, seconds: float) -> ChildState:
        """Its last state when it ends within so many seconds, else the present one."""
        return self._read_final(seconds) or self.state()

    def close(self) -> None:
        """Kill it and close its channels and output. Let no thread still read `output` then: it ends by itself
        (an empty read) once the child is dead."""
        self.kill()
        for channel in self.channels:
            channel.close()
        with self._lock:
            output, self.output = self.output, -1
        if output >= 0:
            os.close(output)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read_final(self, seconds: float) -> ChildState | None:
        if self._final is None and not select_readable(self._ended.fileno(), seconds):
            return None
        with self._lock:
            if self._final is None:
                text = self._ended.read(1 << 16)
                if not text:
                    raise _died(self._zygote)
                self._final = ChildState(**json.loads(text))
            return self._final


class Zygote:
    """Imports `modules` once, inside `sandbox`; `spawn` forks a confined child that runs `entry`.

    Args:
        modules: imported in this order before the first fork.
        entry: "package.module:function", called in each child with its channels (`list[socket.socket]`) and label.
        ballast: variables set in the zygote before anything is imported (its children see only some of them).
        hidden: folders and files of the host that must not be seen, wherever they lie.
    """

    def __init__(
        self,
        *,
        sandbox: Sandbox,
        modules: Sequence[str] = (),
        entry: str,
        ballast: Mapping[str, str] | None = None,
        hidden: Sequence[Path] = (),
    ) -> None:
        self.sandbox, self.modules, self.entry = sandbox, tuple(modules), entry
        self.ballast, self.hidden = dict(ballast or {}), tuple(hidden)
        self.import_seconds = 0.0
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._command: socket.socket | None = None
        self._process: _Process | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.alive and self._command is not None

    def start(self) -> None:
        """Start it, or start it anew after it died; nothing when it is alive.

        Raises:
            SandboxUnavailable: the sandbox cannot be used here, or did not start.
            ImageLacks: a module that is to be imported is not installed.
            ZygoteError: it started threads while importing, and so cannot fork.
        """
        with self._lock:
            if self.alive:
                return
            self._shut()
            problem = self.sandbox.unavailable()
            if problem is not None:
                raise problem
            image = local_image(self.hidden)
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            wrapped = self.sandbox.wrap([image.python, "-I", "-B", "-c", _bootstrap(image, theirs)], image)
            self._process = _Process(wrapped, theirs)
            self._command = ours
            _LIVING.add(self)
            ourselves = os.pidfd_open(os.getpid())
            try:
                answer = self._ask_locked(
                    "start",
                    _IMPORT_SECONDS,
                    descriptors=[ourselves],
                    modules=list(self.modules),
                    entry=self.entry,
                    confined=wrapped.confined,
                    folder=str(wrapped.folder or ""),
                    environment=self.ballast,
                )
            finally:
                os.close(ourselves)
            self._check_started(answer)

    def _check_started(self, answer: dict[str, Any]) -> None:
        if "pid" in answer:
            self.import_seconds = float(answer["import_seconds"])
            return
        self._shut()
        if "missing" in answer:
            names = ", ".join(answer["missing"])
            raise ImageLacks(
                N_("The Python environment lacks: %(names)s."),
                hint=N_("Install it where Seodang is installed, or take it out of the list of packages."),
                names=names,
            )
        raise ZygoteError(
            N_("Importing “%(culprit)s” started threads (%(threads)s in all), so the process cannot be forked."),
            hint=N_("Import it later, in the notebook itself, instead of naming it as a package of the image."),
            culprit=answer["culprit"],
            threads=answer["threads"],
        )

    def spawn(
        self,
        *,
        limits: Limits,
        files: Mapping[str, Path | bytes] | None = None,
        channels: int = 1,
        environment: Mapping[str, str] | None = None,
        label: str = "",
    ) -> Child:
        """Fork a child; it is confined when this returns.

        Args:
            files: name in the working directory → file of the host, or its content. A link, device, FIFO or sparse
                file is refused, and nothing is followed.

        Raises:
            SpecInvalid: a name or a file that cannot be given to a run.
            ZygoteError: it is not running, or the child could not be confined.
        """
        descriptors, listed = open_inputs(files or {})
        number = next(self._numbers)
        plan = {
            **limits.model_dump(exclude={"output_bytes"}),
            "number": number,
            "files": listed,
            "channels": channels,
            "environment": dict(environment or {}),
            "label": label,
        }
        try:
            with self._lock:
                for start in range(0, len(descriptors), _FILES_A_MESSAGE):
                    self._ask_locked("files", descriptors=descriptors[start : start + _FILES_A_MESSAGE])
                answer, received = self._exchange("spawn", _ANSWER_SECONDS, [], {"plan": plan})
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        sockets = [socket.socket(fileno=descriptor) for descriptor in received[:channels]]
        output, ready, ended = received[channels:]
        child = Child(self, number, int(answer["pid"]), sockets, output, ended)
        try:
            said = _read_all(ready, limits.wall_seconds + _ANSWER_SECONDS)
        finally:
            os.close(ready)
        if said != b"ok":
            child.close()
            raise ZygoteError(
                N_("A run could not be confined, so it was not started: %(said)s"),
                hint=N_("Run “seodang sandbox check”: it says which limit does not hold, and how to mend it."),
                said=said.decode(errors="replace") or "?",
            )
        return child

    def close(self) -> None:
        """Kill all children and end; again and again if you like."""
        with self._lock:
            self._shut()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _shut(self) -> None:
        command, self._command = self._command, None
        process, self._process = self._process, None
        if command is not None:
            command.close()  # the end of its socket is its order to end
        if process is not None:
            process.end()

    def _ask(self, what: str, **arguments: Any) -> dict[str, Any]:
        with self._lock:
            return self._ask_locked(what, **arguments)

    def _ask_locked(
        self, what: str, seconds: float = _ANSWER_SECONDS, *, descriptors: Sequence[int] = (), **arguments: Any
    ) -> dict[str, Any]:
        return self._exchange(what, seconds, descriptors, arguments)[0]

    def _exchange(
        self, what: str, seconds: float, descriptors: Sequence[int], arguments: dict[str, Any]
    ) -> tuple[dict[str, Any], list[int]]:
        if self._command is None or self._process is None:
            raise ZygoteError(N_("The zygote is not running."), hint=N_("Start it first."))
        message = json.dumps({"do": what, **arguments}).encode()
        if len(message) > MESSAGE_BYTES:
            raise SpecInvalid(
                N_("What the run is told takes %(bytes)s bytes; at most %(most)s are possible."),
                hint=N_("Give it fewer files or shorter variables."),
                bytes=len(message),
                most=MESSAGE_BYTES,
            )
        try:
            socket.send_fds(self._command, [message], list(descriptors))
            if not select_readable(self._command.fileno(), seconds):
                raise ZygoteError(N_("The zygote did not answer within %(seconds)s seconds."), seconds=int(seconds))
            data, received, _flags, _address = socket.recv_fds(
                self._command, MESSAGE_BYTES, 64, socket.MSG_CMSG_CLOEXEC
            )
        except OSError:
            data, received = b"", []
        except ZygoteError:
            self._shut()
            raise
        if not data:
            error = _died(self)
            self._shut()
            raise error
        answer: dict[str, Any] = json.loads(data)
        if "error" in answer:
            raise ZygoteError(N_("The zygote refused “%(what)s”: %(said)s"), what=what, said=answer["error"])
        return answer, received


class _Process:
    """The zygote's process, kept by a thread of its own.

    The kernel ends bubblewrap when the thread that started it ends (PR_SET_PDEATHSIG looks at threads), so that
    thread must live exactly as long: it starts the process and waits for it.
    """

    def __init__(self, wrapped: Wrapped, theirs: socket.socket) -> None:
        self._wrapped, self._theirs = wrapped, theirs
        self._started = threading.Event()
        self._popen: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        self.said = b""
        self._thread = threading.Thread(target=self._keep, name="seodang-zygote", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            wrapped.close()
            raise SandboxUnavailable(N_("The sandbox could not be started: %(said)s"), said=str(self._failure))

    def _keep(self) -> None:
        given = [self._theirs.fileno(), *self._wrapped.descriptors]
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp", **_ONE_THREAD}  # noqa: S108
        if self._wrapped.folder is not None:
            environment |= {"HOME": str(self._wrapped.folder), "PATH": os.environ.get("PATH", environment["PATH"])}
        try:
            self._popen = subprocess.Popen(  # noqa: S603
                self._wrapped.argv,
                pass_fds=given,
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            self._failure = error
            return
        finally:
            self._theirs.close()
            for descriptor in self._wrapped.descriptors:
                os.close(descriptor)
            self._started.set()
        assert self._popen.stderr is not None
        with self._popen.stderr as stream:
            while chunk := os.read(stream.fileno(), 1 << 16):
                self.said = (self.said + chunk)[-4000:]
        self._popen.wait()
        self._wrapped.close()

    @property
    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def end(self) -> None:
        """It has seen the end of its socket, or has ended; what is still there a while later is killed one by one:
        bubblewrap, having given up root's rights, could not pass the signal on to another user's process."""
        self._thread.join(_END_SECONDS)
        if self._thread.is_alive() and self._popen is not None:
            for pid in [process.pid for process in descendants(processes(), self._popen.pid)]:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._thread.join(_ANSWER_SECONDS)


def _bootstrap(image: Image, theirs: socket.socket) -> str:
    return (
        f"import sys; sys.path += [p for p in {list(image.path)!r} if p not in sys.path]; "
        f"from seodang.run.zygote.inside import main; main({theirs.fileno()})"
    )


def _died(zygote: Zygote) -> ZygoteError:
    process = zygote._process
    if process is not None:
        process._thread.join(2)
    said = process.said.decode(errors="replace").strip()[-500:] if process is not None else ""
    return ZygoteError(
        N_("The zygote has ended unexpectedly, and with it every run inside it. %(said)s"),
        hint=N_("Start it again. If this recurs, run “seodang sandbox check”."),
        said=said,
    )


def _read_all(descriptor: int, seconds: float) -> bytes:
    until, text = time.monotonic() + seconds, b""
    while select_readable(descriptor, until - time.monotonic()):
        chunk = os.read(descriptor, 4096)
        if not chunk:
            break
        text += chunk
    return text


def open_inputs(files: Mapping[str, Path | bytes]) -> tuple[list[int], list[tuple[str, int]]]:
    """Descriptors of the files, and their names and sizes. The caller closes them."""
    descriptors: list[int] = []
    listed: list[tuple[str, int]] = []
    try:
        for name, source in files.items():
            check_name(name)
            descriptor = _in_memory(source) if isinstance(source, bytes) else _opened(name, source)
            descriptors.append(descriptor)
            listed.append((name, os.fstat(descriptor).st_size))
    except BaseException:
        for descriptor in descriptors:
            os.close(descriptor)
        raise
    return descriptors, listed


def check_name(name: str) -> None:
    """
    Raises:
        SpecInvalid: not a plain relative path below the working directory.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name or len(name.encode()) > 1000:
        raise SpecInvalid(
            N_("“%(name)s” is not a name for a file in a run's working directory."),
            hint=N_("Use a relative name without “..”."),
            name=name,
        )


def _opened(name: str, source: Path) -> int:
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SpecInvalid(
            N_("The input “%(name)s” cannot be read: %(said)s"),
            hint=N_("Give a plain file; links are not followed."),
            name=name,
            said=os.strerror(error.errno or 0),
        ) from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size - found.st_blocks * 512 > _SPARSE_BYTES:
        os.close(descriptor)
        raise SpecInvalid(
            N_("The input “%(name)s” is not a plain file, or a sparse one with little in it."),
            hint=N_("Give a plain file; devices, pipes and folders cannot be given."),
            name=name,
        )
    return descriptor


def _in_memory(content: bytes) -> int:
    descriptor = os.memfd_create("input")
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    return descriptor
