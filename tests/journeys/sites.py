"""A real site in processes of its own: what a person gets from `seodang serve` or `seodang demo`.

Owns: starting it on a free port with a storage folder of its own, waiting until it says where it is, ending it, and
its log. Nothing here sleeps for a fixed time; limits only end a test that would hang.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 120.0
PROGRAM = Path(sys.executable).with_name("seodang")
LOG_TAIL_CHARACTERS = 6000


def wait_until(holds: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain until {what}")
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def plain_environment(**more: str) -> dict[str, str]:
    """This machine's environment without any setting of a site."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SEODANG_", "DJANGO_")) and name not in {"DATABASE_URL", "EMAIL_URL"}
    }
    return {**kept, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1", **more}


@dataclass
class Site:
    """A running site."""

    url: str
    storage: Path
    log: Path
    process: subprocess.Popen[bytes]

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def first_account_address(self) -> str:
        """The one-time address that the terminal shows."""
        found = re.search(r"http://\S+/setup/\?key=\S+", self.text())
        assert found, self.text()
        return found[0]

    def is_running(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        """Ctrl-C, as a person does it; the exit status."""
        if self.is_running():
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)  # its own session: nothing but this site
            raise


@contextlib.contextmanager
def running(folder: Path, *arguments: str, name: str = "site", **environment: str) -> Iterator[Site]:
    """`seodang ARGUMENTS --port … --storage …`, until the block ends."""
    storage, log = folder / name, folder / f"{name}.log"
    port = free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(PROGRAM), *arguments, "--port", str(port), "--storage", str(storage)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=plain_environment(**environment),
            cwd=folder,
            start_new_session=True,
        )
    site = Site(f"http://127.0.0.1:{port}", storage, log, process)
    try:
        wait_until(lambda: "Ctrl-C" in site.text() or not site.is_running(), "the site says that it is running")
        assert site.is_running(), site.text()
        yield site
        assert site.stop() == 0, site.text()[-LOG_TAIL_CHARACTERS:]
        assert "Traceback" not in site.text(), site.text()[-LOG_TAIL_CHARACTERS:]
    finally:
        site.stop()
