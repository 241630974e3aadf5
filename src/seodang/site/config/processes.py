"""What the supervisor starts: one web process, or the keeper of one worker.

    python -m seodang.site.config.processes web --listen FD --lifeline FD
    python -m seodang.site.config.processes worker --lifeline FD --name NAME [--replaces NAME]

The lifeline is one end of a socket pair. A process says “ready” on it, and when the supervisor's end closes,
however the supervisor ended, the process ends too.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import importlib
import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

log = logging.getLogger("seodang.supervisor")

READY = b"r"
PR_SET_PDEATHSIG = 1
WEB_GRACE_SECONDS = 3
HARD_END_SECONDS = 15.0
KEEPER_TICK_SECONDS = 0.05
SOON_SECONDS = 0.5  # a worker that ends again and again is not replaced faster than this


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="seodang process")
    parser.add_argument("kind", choices=["web", "worker"])
    parser.add_argument("--listen", type=int)
    parser.add_argument("--lifeline", type=int, required=True)
    parser.add_argument("--name", default="")
    parser.add_argument("--replaces", default="")
    given = parser.parse_args(arguments)
    lifeline = socket.socket(fileno=given.lifeline)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seodang.site.config.settings")

    def say_ready() -> None:
        # The supervisor may be gone already; then the lifeline's watcher ends this process.
        with contextlib.suppress(OSError):
            lifeline.send(READY)

    if given.kind == "web":
        end_with_parent(lifeline)
        return serve(given.listen, say_ready)
    return Keeper(given.name, given.replaces, lifeline, say_ready).run()


def end_with_parent(lifeline: socket.socket) -> None:
    """Ask the kernel (Linux) and the lifeline (everywhere) to end this process with its supervisor."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def watch() -> None:
        while True:
            try:
                if lifeline.recv(64) == b"":
                    break
            except OSError:
                break
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(HARD_END_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def raise_file_limit() -> None:
    """An open event stream is an open file; many systems begin with a limit of 1024."""
    try:
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ImportError, ValueError, OSError):
        pass


def serve(listen: int, say_ready: Callable[[], None]) -> int:
    """Serve HTTP on a socket that the supervisor opened."""
    import uvicorn

    raise_file_limit()
    from seodang.site.config.asgi import application

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            say_ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            from seodang.site.jobs import live

            live.close_all()  # else every open event stream would be waited for
            await super().shutdown(sockets)

    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1"),
        timeout_graceful_shutdown=WEB_GRACE_SECONDS,
        timeout_keep_alive=20,
    )
    sock = socket.socket(fileno=listen)
    sock.setblocking(False)
    Server(config).run(sockets=[sock])
    return 0


class Keeper:
    """Keeps one worker alive, forked from a process in which everything is imported already.

    Importing the site costs a second of CPU, a fork some milliseconds: a worker that was killed while a class
    enters is replaced before anybody waits. The keeper only imports: it holds no database connection and starts no
    thread of its own, so a fork finds nothing half-done. A worker that fails by itself ends its keeper, and the
    supervisor decides when to begin again; one that was killed, or that made room for a new one, is replaced here.
    """

    def __init__(self, name: str, replaces: str, lifeline: socket.socket, say_ready: Callable[[], None]) -> None:
        self.name = name
        self.replaces = replaces
        self.lifeline = lifeline
        self.say_ready = say_ready
        self.worker = 0
        self.is_stopping = False

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        self._load()
        number = 0
        while not self.is_stopping:
            number += 1
            own_name = self.name if number == 1 else f"{self.name}.{number}"
            born = time.monotonic()
            self.worker = os.fork()
            if not self.worker:
                os._exit(self._be_worker(own_name))
            if self.is_stopping:  # told while it forked
                self._stop()
            status = os.waitstatus_to_exitcode(self._wait())
            if status > 0 or self.is_stopping:
                return max(status, 0)
            if status < 0:
                log.warning(
                    "worker (process %d) was ended by signal %d; another takes its place", self.worker, -status
                )
            self.replaces = own_name
            if time.monotonic() - born < SOON_SECONDS:
                time.sleep(SOON_SECONDS)
        return 0

    def _load(self) -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        import django

        django.setup()
        from django.db import connections

        from seodang.site.jobs import registry

        registry.load()
        for module in ("seodang.site.jobs.worker", *registry.preloads()):
            importlib.import_module(module)
        connections.close_all()

    def _wait(self) -> int:
        """The worker's status once it has ended; when the supervisor is gone, it is told to end."""
        while True:
            pid, status = os.waitpid(self.worker, os.WNOHANG)
            if pid:
                return status
            gone, _, _ = select.select([self.lifeline], [], [], KEEPER_TICK_SECONDS)
            if gone and not self.is_stopping and self._is_cut():
                self._stop()
            elif gone:
                time.sleep(KEEPER_TICK_SECONDS)

    def _is_cut(self) -> bool:
        try:
            return self.lifeline.recv(64) == b""
        except OSError:
            return True

    def _stop(self, *_signal: object) -> None:
        self.is_stopping = True
        if self.worker:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.worker, signal.SIGTERM)

    def _be_worker(self, name: str) -> int:
        keeper = os.getppid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        end_with_parent(self.lifeline)
        if os.getppid() != keeper:  # the keeper died before the kernel was asked to tell of it
            return 1
        from seodang.site.jobs import services
        from seodang.site.jobs.worker import Worker

        try:
            if self.replaces:
                services.release_held_by(self.replaces)
            Worker(name=name).run(ready=self.say_ready)
        except Exception:
            log.exception("the worker failed")
            return 1
        finally:
            logging.shutdown()
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
