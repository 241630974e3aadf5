"""One plain command in a sandbox: inputs in, output streamed, artifacts out. The host's side is `run_in_zygote`.

Inside, the child (`main`) starts the command, waits for it, kills what is left of it, and only then opens the
declared files, one path component at a time without following links, and hands the *descriptors* out. The host
looks at each (a plain file, not sparse, small enough, on the child's own file system) and copies it. Names are
checked on both sides; what the child says is never a path for the host.

The child that waits shares a user id with the command; it cannot be stopped or killed from within (it is process 1
of its namespace), and makes itself undumpable, so that nothing can write into it through /proc.
"""

from __future__ import annotations

import array
import fnmatch
import json
import os
import signal
import socket
import stat
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from seodang.run.zygote import linux
from seodang.run.zygote.framing import Garbled, read_message, select_readable, write_message

if TYPE_CHECKING:
    from seodang.run.sandboxes import Sandbox
    from seodang.run.spec import RunResult, RunSpec
    from seodang.run.zygote.host import Child

MOST_ARTIFACTS = 100
MOST_BYTES_TOGETHER = 256 * 1024 * 1024
_MOST_SEEN = 10_000  # files of the working directory that are looked at
_MOST_DEEP = 20
_LOOK_SECONDS = 0.1
NOT_FOUND, NOT_EXECUTABLE = 127, 126  # as a shell says it


# -- inside


def main(channels: list[socket.socket], label: str) -> None:
    """Entry of the child: one message says what to run; one says how it ended; then artifacts, one by one."""
    channel = channels[0]
    linux.prctl(linux.PR_SET_DUMPABLE, 0)
    told = json.loads(read_message(channel) or b"{}")
    code = _execute(told["command"])
    _end_the_rest()
    write_message(channel, json.dumps({"exit_code": code}).encode())
    root = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for name in _declared(root, told["artifacts"]):
        descriptor = open_beneath(root, name)
        if descriptor is not None:
            _hand_out(channel, name, descriptor)
            os.close(descriptor)
    write_message(channel, b"{}")


def _execute(command: list[str]) -> int:
    try:
        started = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - confined by now
    except FileNotFoundError as error:
        os.write(2, f"{error}\n".encode())
        return NOT_FOUND
    except OSError as error:
        os.write(2, f"{error}\n".encode())
        return NOT_EXECUTABLE
    while True:
        try:
            return started.wait()
        except KeyboardInterrupt:
            started.send_signal(signal.SIGINT)


def _end_the_rest() -> None:
    """Nothing of it may change files while they are read. Without a namespace the zygote does it afterwards."""
    if os.getpid() != 1:
        return
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _declared(root: int, patterns: list[str]) -> list[str]:
    if not patterns:
        return []
    return sorted(name for name in _walk(root, "", 0) if declared(name, patterns))[:MOST_ARTIFACTS]


def declared(name: str, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns names it; `*` stays within one folder, `**` stands for any number of them."""
    return any(_matches(name.split("/"), pattern.split("/")) for pattern in patterns)


def _matches(parts: list[str], pattern: list[str]) -> bool:
    if not pattern or not parts:
        return not parts and pattern in ([], ["**"])
    if pattern[0] == "**":
        return _matches(parts, pattern[1:]) or _matches(parts[1:], pattern)
    return fnmatch.fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


def _walk(folder: int, prefix: str, depth: int) -> Iterator[str]:
    """Names of plain files below; links are neither followed nor named."""
    with os.scandir(folder) as found:
        entries = [entry for entry, _ in zip(found, range(_MOST_SEEN), strict=False)]
    for entry in entries:
        if entry.is_file(follow_symlinks=False):
            yield prefix + entry.name
        elif entry.is_dir(follow_symlinks=False) and depth < _MOST_DEEP:
            inner = open_beneath(folder, entry.name, os.O_DIRECTORY)
            if inner is not None:
                yield from _walk(inner, f"{prefix}{entry.name}/", depth + 1)
                os.close(inner)


def open_beneath(root: int, name: str, flags: int = 0) -> int | None:
    """A descriptor of `name` below the folder `root`, or None; no component of it may be a link."""
    safe = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    parts = PurePosixPath(name).parts
    here = os.dup(root)
    try:
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            step = os.open(part, safe | (flags if last else os.O_DIRECTORY), dir_fd=here)
            os.close(here)
            here = step
    except OSError:
        os.close(here)
        return None
    return here


def _hand_out(channel: socket.socket, name: str, descriptor: int) -> None:
    write_message(channel, json.dumps({"name": name}).encode())
    channel.sendmsg([b"f"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))])
    read_message(channel)  # the host has copied it


# -- the host's side


def run_in_zygote(
    sandbox: Sandbox,
    spec: RunSpec,
    *,
    on_output: Callable[[bytes], None] | None,
    stop: threading.Event | None,
    artifacts_to: Path | None,
) -> RunResult:
    from seodang.i18n import N_
    from seodang.run.errors import SpecInvalid
    from seodang.run.zygote.host import Zygote

    if spec.image != "local":
        raise SpecInvalid(
            N_("The sandbox “%(sandbox)s” knows only the image “local”, not “%(image)s”."),
            hint=N_("Use a sandbox that runs containers."),
            sandbox=sandbox.name,
            image=spec.image,
        )
    if spec.network and sandbox.confines:
        raise SpecInvalid(
            N_("The sandbox “%(sandbox)s” has no network to offer."),
            hint=N_("Give the run its data as inputs, or use another sandbox."),
            sandbox=sandbox.name,
        )
    with Zygote(sandbox=sandbox, entry="seodang.run.command:main") as zygote:
        return _Run(spec, on_output, stop, artifacts_to).through(zygote)


class _Run:
    def __init__(
        self,
        spec: RunSpec,
        on_output: Callable[[bytes], None] | None,
        stop: threading.Event | None,
        artifacts_to: Path | None,
    ) -> None:
        self.spec, self.on_output, self.stop, self.artifacts_to = spec, on_output, stop, artifacts_to
        self.output, self.cut, self.stopped = b"", False, False
        self.artifacts: list[Any] = []
        self.exit_code: int | None = None
        self.ended = threading.Event()

    def through(self, zygote: Any) -> RunResult:
        child: Child = zygote.spawn(
            limits=self.spec.limits, files=inputs(self.spec), environment=self.spec.environment
        )
        with child:
            reader = threading.Thread(target=self._read_output, args=(child.output,), daemon=True)
            reader.start()
            talker = threading.Thread(target=self._talk, args=(child.channels[0],), daemon=True)
            talker.start()
            while talker.is_alive() and child.wait(_LOOK_SECONDS).alive:
                if self.stop is not None and self.stop.is_set():
                    self.stopped = True
                    break
            child.kill()
            self.ended.set()
            talker.join()
            reader.join()
            return self._result(child)

    def _read_output(self, descriptor: int) -> None:
        most = self.spec.limits.output_bytes
        # Without a sandbox a process may have got away with the pipe: when all is over, what is there is enough.
        while select_readable(descriptor, _LOOK_SECONDS) or not self.ended.is_set():
            if not select_readable(descriptor, 0):
                continue
            chunk = os.read(descriptor, 1 << 16)
            if not chunk:
                return
            kept = chunk[: max(0, most - len(self.output))]
            self.cut = self.cut or len(kept) < len(chunk)
            self.output += kept
            if kept and self.on_output is not None:
                self.on_output(kept)

    def _talk(self, channel: socket.socket) -> None:
        """Whatever comes is the word of code that is not trusted: what is not understood ends the talk."""
        told = {"command": list(self.spec.command), "artifacts": list(self.spec.artifacts)}
        try:
            write_message(channel, json.dumps(told).encode())
            answer = json.loads(read_message(channel, 4096) or b"{}")
            code = answer.get("exit_code")
            self.exit_code = code if isinstance(code, int) else None
            while self.artifacts_to is not None and len(self.artifacts) < MOST_ARTIFACTS:
                name = json.loads(read_message(channel, 8192) or b"{}").get("name")
                if not isinstance(name, str):
                    break
                _data, descriptors, _flags, _address = socket.recv_fds(channel, 1, 1, socket.MSG_CMSG_CLOEXEC)
                self._keep(name, descriptors)
                write_message(channel, b"")
        except (OSError, Garbled, ValueError, AttributeError):
            return

    def _keep(self, name: str, descriptors: list[int]) -> None:
        from seodang.run.spec import Artifact

        try:
            if not descriptors or self.artifacts_to is None:
                return
            if not declared(name, self.spec.artifacts):
                return
            left = MOST_BYTES_TOGETHER - sum(kept.size_bytes for kept in self.artifacts)
            target = copy_artifact(descriptors[0], name, self.artifacts_to, min(left, self.spec.limits.file_bytes))
            if target is not None:
                self.artifacts.append(Artifact(name=name, path=target, size_bytes=target.stat().st_size))
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _result(self, child: Child) -> RunResult:
        from seodang.run.spec import RunResult, RunStatus

        state = child.state()
        status, reason = self._verdict(state.over)
        code, ended_by = self.exit_code, state.signal
        if code is not None and code < 0:
            ended_by = -code
            code = None
        return RunResult(
            status=status,
            exit_code=code if status is RunStatus.DONE else None,
            signal=None if status is RunStatus.DONE else ended_by,
            stdout=self.output,
            output_cut=self.cut,
            wall_seconds=state.wall_seconds,
            cpu_seconds=state.cpu_seconds,
            memory_peak_bytes=state.memory_peak_bytes,
            artifacts=tuple(self.artifacts),
            reason=reason,
        )

    def _verdict(self, over: str | None) -> tuple[Any, str]:
        from seodang.errors import fill
        from seodang.i18n import N_
        from seodang.run.spec import RunStatus

        limits = self.spec.limits
        if self.stopped:
            return RunStatus.STOPPED, fill(N_("It was stopped."), {})
        if over == "memory":
            megabytes = limits.memory_bytes // (1024 * 1024)
            return RunStatus.MEMORY, fill(
                N_("It used more than %(megabytes)s MiB of memory."), {"megabytes": megabytes}
            )
        if over == "cpu":
            seconds = f"{limits.cpu_seconds:g}"
            return RunStatus.CPU_TIME, fill(
                N_("It used more than %(seconds)s s of processor time."), {"seconds": seconds}
            )
        if over == "wall":
            seconds = f"{limits.wall_seconds:g}"
            return RunStatus.WALL_TIME, fill(N_("It took longer than %(seconds)s s."), {"seconds": seconds})
        if self.exit_code is None:
            return RunStatus.CRASHED, fill(N_("It ended without an answer."), {})
        if self.exit_code < 0:
            number = -self.exit_code
            name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
            return RunStatus.CRASHED, fill(N_("It was ended by the signal %(signal)s."), {"signal": name})
        return RunStatus.DONE, ""


def inputs(spec: RunSpec) -> dict[str, Path | bytes]:
    """Every file of the inputs by name; folders are walked, links in them are left out."""
    found: dict[str, Path | bytes] = {}
    for name, path in spec.inputs.items():
        if path.is_dir() and not path.is_symlink():
            for inner in sorted(path.rglob("*")):
                if inner.is_file() and not inner.is_symlink():
                    found[f"{name}/{inner.relative_to(path).as_posix()}"] = inner
        else:
            found[name] = path
    return found


def copy_artifact(descriptor: int, name: str, folder: Path, most_bytes: int) -> Path | None:
    """Copy it below `folder` under a name that this side has checked; None when it is not fit to be kept."""
    found = os.fstat(descriptor)
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or not parts or any(part.startswith(".") for part in parts):
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_size > most_bytes:
        return None
    if found.st_size - found.st_blocks * 512 > 1024 * 1024:
        return None  # sparse: it would grow when copied
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as out:
        left, offset = most_bytes, 0
        while chunk := os.pread(descriptor, min(1 << 20, max(left, 0)), offset):
            out.write(chunk)
            offset, left = offset + len(chunk), left - len(chunk)
    Path(out.name).replace(target)
    return target
