"""The workers as the climb sees them: given tasks, waited for, watched, ended and replaced.

Nothing here waits for a worker longer than it is told to, and no thread is started.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import seodang
from seodang.i18n import N_
from seodang.learn.climb import wire
from seodang.learn.climb.memory import held_bytes
from seodang.learn.climb.tasks import Answer, Fork, Goodbye, Hello, Numbered, Task
from seodang.learn.climb.worker import ONE_THREAD, XLA_ONE_THREAD
from seodang.learn.errors import LearnError

_WATCH_SECONDS = 0.1
_LOG_BYTES = 10_000
_START = "import sys; sys.path.append({root!r}); from seodang.learn.climb.launcher import main; main({descriptor})"
_START_ALONE = (
    "import sys; sys.path.append({root!r}); from seodang.learn.climb.worker import main; main({descriptor})"
)


class WorkersUnavailable(LearnError):
    code = "workers_unavailable"


@dataclass(eq=False)
class Member:
    """One worker. task: what it is at, since when; None where it is free. has_keras: whether it may be given
    networks."""

    number: int
    connection: socket.socket
    inbox: wire.Inbox
    pid: int | None = None
    task: Numbered | None = None
    since: float = 0.0
    has_keras: bool = False
    has_kept_networks: bool = False  # what networks need to be written is imported by the first that is
    log_from: int = 0  # where the log of this task begins

    @property
    def is_free(self) -> bool:
        return self.task is None


@dataclass(frozen=True)
class Done:
    """A worker has answered."""

    member: Member
    task: Task
    answer: Answer


@dataclass(frozen=True)
class Lost:
    """A worker's process has ended, by itself or for its memory. `reason` is what it printed last."""

    member: Member
    task: Task | None
    reason: str
    held_bytes: int = 0  # above its part; 0 where memory was not the reason


Event = Done | Lost


@dataclass
class Crew:
    """
    Args:
        folder: the climb's private folder.
        seed: of the climb.
        part_bytes: what one worker may hold in memory.
        forks: whether a launcher forks them (Linux), or each is an interpreter of its own.
    """

    folder: Path
    seed: int
    part_bytes: int
    forks: bool = field(default_factory=lambda: sys.platform.startswith("linux"))
    members: list[Member] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = iter(range(1 << 62))
        self._n_started = 0
        self._watched = 0.0
        self._unborn: list[Member] = []  # forks asked for, whose process is not known yet
        self._processes: list[subprocess.Popen[bytes]] = []
        self._launcher: socket.socket | None = None
        self._births: wire.Inbox | None = None

    # --- starting and ending ---------------------------------------------------------------------------------

    def start(self, n_workers: int) -> None:
        if self.forks:
            self._launcher = self._interpreter(_START)
            self._births = wire.Inbox(self._launcher)
        for _ in range(n_workers):
            self.add()

    def add(self, *, has_keras: bool = False) -> Member:
        """One more worker; it takes tasks at once."""
        if self._launcher is None:
            connection = self._interpreter(_START_ALONE)
            pid: int | None = self._processes[-1].pid
        else:
            connection, theirs = socket.socketpair()
            wire.send(self._launcher, Fork(self._n_started))
            socket.send_fds(self._launcher, [b"."], [theirs.fileno()])
            theirs.close()
            pid = None
        member = Member(self._n_started, connection, wire.Inbox(connection), pid, has_keras=has_keras)
        self._n_started += 1
        self.members.append(member)
        if pid is None:
            self._unborn.append(member)
        return member

    def dismiss(self, member: Member) -> None:
        """End a worker now, whatever it does."""
        if member not in self.members:
            return
        self.members.remove(member)
        self._births_known()
        member.connection.close()
        if member.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(member.pid, signal.SIGKILL)

    def close(self) -> None:
        """End all of them; nothing of them is left when this returns."""
        if self._launcher is not None:
            with contextlib.suppress(OSError):
                wire.send(self._launcher, Goodbye())
        for member in self.members:
            member.connection.close()
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in self._processes:
            process.wait()
        if self._launcher is not None:
            self._launcher.close()
        self.members.clear()

    def _interpreter(self, code: str) -> socket.socket:
        ours, theirs = socket.socketpair()
        root = str(Path(seodang.__file__).parent.parent)
        with theirs:
            command = [sys.executable, "-P", "-c", code.format(root=root, descriptor=theirs.fileno())]
            process = subprocess.Popen(  # noqa: S603 - this interpreter, our own code
                command,
                env=environment(),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches the climb alone, which ends its workers
            )
        self._processes.append(process)
        wire.send(ours, Hello(self.folder, self.seed, tuple(path for path in sys.path if path), self._n_started))
        return ours

    # --- tasks -----------------------------------------------------------------------------------------------

    @property
    def free(self) -> list[Member]:
        return [member for member in self.members if member.is_free]

    @property
    def busy(self) -> list[Member]:
        return [member for member in self.members if not member.is_free]

    def give(self, member: Member, task: Task) -> None:
        member.task = Numbered(next(self._numbers), task)
        member.since = time.monotonic()
        log = self._log_of(member)
        member.log_from = log.stat().st_size if log.exists() else 0
        with contextlib.suppress(OSError):  # it is gone: `wait` will say so
            wire.send(member.connection, member.task)

    def wait(self, seconds: float) -> list[Event]:
        """What happened, at once where something has; an empty list after so many seconds."""
        with selectors.DefaultSelector() as selector:
            for member in self.members:
                selector.register(member.connection, selectors.EVENT_READ, member)
            if self._launcher is not None:
                selector.register(self._launcher, selectors.EVENT_READ, None)
            ready = selector.select(max(0.0, seconds))
        events: list[Event] = []
        for key, _ in ready:
            if key.data is None:
                self._births_known()
            else:
                events += self._read(key.data)
        return [*events, *self._too_large()]

    def _read(self, member: Member) -> Iterator[Event]:
        for answer in member.inbox.read():
            if member.task is not None and answer.number == member.task.number:
                task, member.task = member.task.task, None
                yield Done(member, task, answer)
        if member.inbox.is_closed:
            task_lost = None if member.task is None else member.task.task
            reason = last_line(self._log_of(member), member.log_from)
            self.dismiss(member)
            yield Lost(member, task_lost, reason)

    def _log_of(self, member: Member) -> Path:
        return self.folder / f"worker-{member.number}.log"

    def _births_known(self) -> None:
        if self._births is None:
            return
        for pid in self._births.read():
            self._unborn.pop(0).pid = pid
        if self._births.is_closed:
            raise WorkersUnavailable(
                N_("The processes that fit models could not be started: %(reason)s"),
                hint=N_("Check that the packages of seodang[learn] are installed and that memory is left."),
                reason=last_line(self.folder / "launcher.log") or "?",
            )

    def _too_large(self) -> Iterator[Event]:
        now = time.monotonic()
        if now - self._watched < _WATCH_SECONDS:
            return
        self._watched = now
        for member in list(self.members):
            held = held_bytes(member.pid) if member.pid is not None else 0
            if held > self.part_bytes:
                task = None if member.task is None else member.task.task
                self.dismiss(member)
                yield Lost(member, task, "", held)


def environment() -> dict[str, str]:
    """This process's environment, with one thread for every library."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} {XLA_ONE_THREAD}".strip()
    return {**os.environ, **ONE_THREAD, "XLA_FLAGS": flags, "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1"}


def last_line(log: Path, start: int = 0) -> str:
    """The last line that a process printed after byte `start`, short enough for a sentence; empty without one."""
    try:
        with log.open("rb") as file:
            file.seek(max(start, file.seek(0, os.SEEK_END) - _LOG_BYTES))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip()[:200] if lines else ""
