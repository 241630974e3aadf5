"""Keeps a site's processes alive: opens the address, starts web processes and workers, begins again what dies.

The loop itself asks nothing of settings or database, so it cannot fail with them. It owns the listening socket, so
a web process that dies takes no waiting visitor with it.

Does not cover: starting again after the machine does (systemd's task), and machines other than this one.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from seodang.errors import SeodangError
from seodang.i18n import N_

log = logging.getLogger("seodang.supervisor")

BACKLOG = 2048
TICK_SECONDS = 0.1
STOP_SECONDS = 14.0  # a worker may take ten to end its job
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 30.0
LONGEST_PAUSE_AFTER_SIGNAL_SECONDS = 1.0
HEALTHY_SECONDS = 20.0
TRIES_BEFORE_FIRST_READY = 5


class CannotListen(SeodangError):
    code = "cannot_listen"


class CannotStart(SeodangError):
    code = "cannot_start"


def supervise(
    *,
    host: str,
    port: int,
    web: int,
    workers: int,
    environment: Mapping[str, str],
    banner: Callable[[str], None],
    before: Callable[[], None] | None = None,
) -> int:
    """Run a site until it is told to stop (Ctrl-C, SIGTERM); a second Ctrl-C ends everything at once.

    Args:
        port: 0 lets the system choose one.
        environment: added to this process's own for every process that is started.
        banner: called with the address (`http://127.0.0.1:8000/`) once the first page can be shown.
        before: called when the address is ours and before any process starts: migrations, for example.

    Returns:
        The exit status for the shell.

    Raises:
        CannotListen: the address is taken or not allowed.
        CannotStart: no web process ever came up.
    """
    with listen(host, port) as listener, _Signals() as signals:
        if before is not None:
            before()
        if signals.count:
            return 0
        return Supervisor(listener, web, workers, {**os.environ, **environment}, banner, signals).run()


@contextlib.contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """The listening socket of the site.

    Raises:
        CannotListen: with what to do.
    """
    try:
        family, _kind, _protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, OverflowError) as error:
        raise CannotListen(
            N_("“%(host)s” is not an address of this machine: %(reason)s."),
            hint=N_("Use --host 127.0.0.1 for this machine alone, or --host 0.0.0.0 for all of its addresses."),
            host=host,
            reason=getattr(error, "strerror", None) or error,
        ) from error
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError as error:
            raise _why_not(error, host, port) from error
        yield listener


def _why_not(error: OSError, host: str, port: int) -> CannotListen:
    import errno

    if error.errno == errno.EADDRINUSE:
        return CannotListen(
            N_("Port %(port)s is in use by another program."),
            hint=N_("Choose another one with --port, for example --port %(other)s."),
            port=port,
            other=port + 1,
        )
    if error.errno == errno.EACCES:
        return CannotListen(
            N_("This user may not open port %(port)s."),
            hint=N_("Ports below 1024 belong to the system; choose another one, for example --port 8000."),
            port=port,
        )
    return CannotListen(
        N_("“%(host)s” port %(port)s cannot be opened: %(reason)s."),
        hint=N_("Use --host 127.0.0.1 for this machine alone, or --host 0.0.0.0 for all of its addresses."),
        host=host,
        port=port,
        reason=error.strerror,
    )


def address_of(listener: socket.socket) -> str:
    """What a person types: a socket on all addresses is reached on this machine's own."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class _Signals:
    """Counts SIGINT and SIGTERM while it is entered, and puts the former handlers back."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> _Signals:
        self._former = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_exc: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: object) -> None:
        self.count += 1


@dataclass
class Place:
    """One process that should be running, and how it has been doing."""

    kind: str  # "web" or "worker"
    number: int
    process: subprocess.Popen[bytes] | None = None
    lifeline: socket.socket | None = None
    name: str = ""
    dead_name: str = ""
    started_at: float = 0.0
    start_again_at: float = 0.0
    deaths_in_a_row: int = 0
    is_ready: bool = False
    was_ever_ready: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Supervisor:
    """The loop over all places."""

    def __init__(
        self,
        listener: socket.socket,
        web: int,
        workers: int,
        environment: dict[str, str],
        banner: Callable[[str], None],
        signals: _Signals,
    ) -> None:
        self.listener = listener
        self.environment = environment
        self.banner = banner
        self.signals = signals
        self.places = [Place("web", number + 1) for number in range(web)]
        self.places += [Place("worker", number + 1) for number in range(workers)]
        self._announced = False

    def run(self) -> int:
        try:
            while not self.signals.count:
                for place in self.places:
                    self._look_after(place)
                self._announce_once()
                time.sleep(TICK_SECONDS)
            log.info("stopping")
        finally:
            self._stop_all()
        log.info("stopped")
        return 0

    # --- one place -----------------------------------------------------------------------------------------

    def _look_after(self, place: Place) -> None:
        now = time.monotonic()
        if place.process is None:
            if now >= place.start_again_at:
                self._start(place)
            return
        self._hear(place)
        if place.process.poll() is not None:
            self._mourn(place, place.process, now)

    def _start(self, place: Place) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        command = [sys.executable, "-m", "seodang.site.config.processes", place.kind]
        command += ["--lifeline", str(theirs.fileno())]
        pass_fds = [theirs.fileno()]
        if place.kind == "web":
            command += ["--listen", str(self.listener.fileno())]
            pass_fds.append(self.listener.fileno())
        else:
            place.name = f"{socket.gethostname()[:40]}:{place.number}:{secrets.token_hex(4)}"
            command += ["--name", place.name]
            if place.dead_name:
                command += ["--replaces", place.dead_name]
        with theirs:
            # A group of its own: Ctrl-C in the terminal reaches the supervisor, which stops the rest in order.
            place.process = subprocess.Popen(  # noqa: S603 - our own module
                command, env=self.environment, pass_fds=pass_fds, process_group=0, stdin=subprocess.DEVNULL
            )
        place.lifeline, place.started_at, place.is_ready = ours, time.monotonic(), False

    def _hear(self, place: Place) -> None:
        if place.is_ready or place.lifeline is None:
            return
        with contextlib.suppress(BlockingIOError, ConnectionError):
            if place.lifeline.recv(1):
                place.is_ready = place.was_ever_ready = True

    def _mourn(self, place: Place, process: subprocess.Popen[bytes], now: float) -> None:
        status, lived = process.returncode, now - place.started_at
        if place.lifeline is not None:
            place.lifeline.close()
        place.process = place.lifeline = None
        place.dead_name = place.name
        pause = self._pause(place, status, lived)
        place.start_again_at = now + pause
        report = log.info if status == 0 else log.warning
        report("%s (process %d) %s; starting it again in %.1f s", place, process.pid, cause(status), pause)
        if place.kind == "web" and not place.was_ever_ready and place.deaths_in_a_row >= TRIES_BEFORE_FIRST_READY:
            raise CannotStart(
                N_("The web process ended %(count)s times before it could answer."),
                hint=N_("The lines above say why."),
                count=place.deaths_in_a_row,
            )

    @staticmethod
    def _pause(place: Place, status: int, lived: float) -> float:
        """Nothing for one that ended by itself in good order, longer and longer for one that fails at once."""
        if status == 0 and place.is_ready:
            place.deaths_in_a_row = 0
            return 0.0
        place.deaths_in_a_row = 1 if lived > HEALTHY_SECONDS else place.deaths_in_a_row + 1
        pause = FIRST_PAUSE_SECONDS * 2 ** min(place.deaths_in_a_row - 1, 10)
        # One that was well before is well again, even if it was killed while it still started.
        killed_while_well = status < 0 and (place.is_ready or place.was_ever_ready)
        return min(pause, LONGEST_PAUSE_AFTER_SIGNAL_SECONDS if killed_while_well else LONGEST_PAUSE_SECONDS)

    def _announce_once(self) -> None:
        if not self._announced and any(place.kind == "web" and place.is_ready for place in self.places):
            self._announced = True
            self.banner(address_of(self.listener))

    # --- the end -------------------------------------------------------------------------------------------

    def _stop_all(self) -> None:
        running = [place.process for place in self.places if place.process is not None]
        asked = self.signals.count
        _signal(running, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(process.poll() is None for process in running):
            if time.monotonic() > deadline or self.signals.count > max(1, asked):
                _signal(running, signal.SIGKILL)
                for process in running:
                    process.wait()
                break
            time.sleep(TICK_SECONDS / 2)
        for place in self.places:
            if place.lifeline is not None:
                place.lifeline.close()


def _signal(processes: list[subprocess.Popen[bytes]], number: int) -> None:
    for process in processes:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)


def cause(status: int) -> str:
    """How a process ended, in words."""
    if status == 0:
        return "ended"
    if status > 0:
        return f"failed with exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"was ended by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
