"""What the supervisor starts: one web process, or one worker.

    python -m seodang.site.config.processes web --listen FD --lifeline FD
    python -m seodang.site.config.processes worker --lifeline FD --name NAME [--replaces NAME]

The lifeline is one end of a socket pair. A process says “ready” on it, and when the supervisor's end closes,
however the supervisor ended, the process ends too.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

READY = b"r"
PR_SET_PDEATHSIG = 1
WEB_GRACE_SECONDS = 3
HARD_END_SECONDS = 15.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="seodang process")
    parser.add_argument("kind", choices=["web", "worker"])
    parser.add_argument("--listen", type=int)
    parser.add_argument("--lifeline", type=int, required=True)
    parser.add_argument("--name", default="")
    parser.add_argument("--replaces", default="")
    given = parser.parse_args(arguments)
    lifeline = socket.socket(fileno=given.lifeline)
    end_with_parent(lifeline)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seodang.site.config.settings")

    def say_ready() -> None:
        # The supervisor may be gone already; then the lifeline's watcher ends this process.
        with contextlib.suppress(OSError):
            lifeline.send(READY)

    if given.kind == "web":
        return serve(given.listen, say_ready)
    return work(given.name, given.replaces, say_ready)


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


def work(name: str, replaces: str, say_ready: Callable[[], None]) -> int:
    import django

    django.setup()
    from seodang.site.jobs import services
    from seodang.site.jobs.worker import Worker

    if replaces:
        services.release_held_by(replaces)
    Worker(name=name).run(ready=say_ready)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
