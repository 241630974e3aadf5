"""`seodang serve` as its user meets it: real processes on a real socket."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.site.processes import database_url, wait_until

from seodang.site.config import supervisor

SEODANG = [sys.executable, "-c", "from seodang.cli import main; main()"]


class Site:
    """A running `seodang serve`; `lines` is everything it printed."""

    def __init__(self, *options: str, environment: dict[str, str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*SEODANG, "serve", *options],
            env={**os.environ, "SEODANG_LANG": "en", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def address(self) -> str:
        return re.search(r"Address +(http://\S+)/\n", self.output)[1]

    def wait_until_it_serves(self) -> Site:
        wait_until(lambda: "Ctrl-C" in self.output or self.process.poll() is not None, seconds=60)
        assert self.process.poll() is None, self.output
        return self

    def children(self, kind: str, *, of: int | None = None) -> list[int]:
        """Process numbers of the running web processes or keepers, or of the worker of a keeper."""
        of = self.process.pid if of is None else of
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    command = (folder / "cmdline").read_bytes().split(b"\0")
                    parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
                if parent == of and kind.encode() in command:
                    found.append(int(folder.name))
        return found

    def health(self) -> dict:
        try:
            return httpx.get(f"{self.address}/health/", timeout=20).json()
        except httpx.HTTPError:
            return {}

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self._reader.join(timeout=10)


@pytest.fixture
def serve(transactional_db, tmp_path, settings) -> Iterator[Callable[..., Site]]:
    """`serve("--web", "1")`: a site on the test's database and a port of its own, ended after the test."""
    sites: list[Site] = []

    def start(*options: str, **environment: str) -> Site:
        ours = {
            "DATABASE_URL": database_url(),
            "SEODANG_STORAGE": str(tmp_path),
            "SEODANG_SECRET_KEY": settings.SECRET_KEY,
        }
        environment = {**ours, **environment}
        site = Site("--port", "0", *(options or ("--web", "1", "--workers", "1")), environment=environment)
        sites.append(site)
        return site

    yield start
    for site in sites:
        site.end()


def refuses(address: str) -> bool:
    host, port = address.removeprefix("http://").split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) != 0


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_site_serves_pages_files_and_health_and_stops_on_ctrl_c(serve):
    site = serve().wait_until_it_serves()
    wait_until(lambda: site.health().get("workers") == 1)
    assert httpx.get(f"{site.address}/health/", timeout=60).json()["status"] == "ok"
    style = httpx.get(f"{site.address}/static/web/seodang.css", timeout=60)
    assert style.status_code == 200
    assert "max-age" in style.headers["Cache-Control"]
    assert httpx.get(f"{site.address}/accounts/login/", follow_redirects=True, timeout=60).status_code == 200
    children = site.children("web") + site.children("worker")
    assert len(children) == 2
    address = site.address
    site.process.send_signal(signal.SIGINT)
    assert site.process.wait(timeout=30) == 0
    assert refuses(address)
    assert not any(alive(pid) for pid in children)
    assert "Traceback" not in site.output
    assert "Warning" not in site.output


def test_first_start_makes_the_database_and_prints_where_the_first_account_is_made(serve, tmp_path):
    site = serve(DATABASE_URL="").wait_until_it_serves()
    assert (tmp_path / "seodang.sqlite3").exists()
    wait_until(lambda: "/setup/?key=" in site.output)
    assert site.output.index("Preparing the database") < site.output.index("Address")
    key = re.search(r"First account +(\S+)", site.output)[1]
    assert httpx.get(key, follow_redirects=True, timeout=60).status_code == 200


def test_killed_web_process_and_worker_are_started_again(serve):
    site = serve().wait_until_it_serves()
    wait_until(lambda: site.health().get("workers") == 1)
    for kind in ("web", "worker"):
        (victim,) = site.children(kind)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda kind=kind, victim=victim: site.children(kind) not in ([], [victim]))
        assert f"{kind} 1 (process {victim}) was ended by SIGKILL" in site.output
    wait_until(lambda: site.health().get("status") == "ok")
    assert site.health()["workers"] == 1


def test_killed_worker_is_replaced_by_its_keeper(serve):
    site = serve().wait_until_it_serves()
    wait_until(lambda: site.health().get("workers") == 1)
    (keeper,) = site.children("worker")
    (victim,) = site.children("worker", of=keeper)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: site.children("worker", of=keeper) not in ([], [victim]))
    assert f"worker (process {victim}) was ended by signal 9" in site.output
    wait_until(lambda: site.health().get("workers") == 1)
    assert site.children("worker") == [keeper]


def test_children_end_when_the_supervisor_is_killed(serve):
    site = serve().wait_until_it_serves()
    wait_until(lambda: site.health().get("workers") == 1)
    address, children = site.address, site.children("web") + site.children("worker")
    children += site.children("worker", of=site.children("worker")[0])
    site.process.kill()
    site.process.wait()
    wait_until(lambda: not any(alive(pid) for pid in children))
    assert refuses(address)


def test_open_event_stream_hears_of_changes_and_does_not_hold_up_the_end(serve, client, admin):
    from seodang.site.jobs import live
    from seodang.site.jobs.worker import LIST_TOPIC

    client.force_login(admin)
    site = serve().wait_until_it_serves()
    cookies = {"sessionid": client.cookies["sessionid"].value}
    heard: list[str] = []

    def listen() -> None:
        with (
            httpx.Client(cookies=cookies, timeout=60) as browser,
            browser.stream("GET", f"{site.address}/jobs/live/") as stream,
        ):
            heard.append(str(stream.status_code))
            heard.extend(stream.iter_lines())

    page = threading.Thread(target=listen)
    page.start()
    wait_until(lambda: ": listening" in heard)
    live.announce(LIST_TOPIC)
    wait_until(lambda: "event: change" in heard)
    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(timeout=30) == 0
    page.join(timeout=10)
    assert not page.is_alive()
    assert "Cancel" not in site.output  # the stream ended by itself; uvicorn did not have to cut it off


def test_web_process_that_cannot_start_ends_the_site_with_a_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "TRIES_BEFORE_FIRST_READY", 2)
    with pytest.raises(supervisor.CannotStart, match="2 times"):
        supervisor.supervise(
            host="127.0.0.1",
            port=0,
            web=1,
            workers=0,
            environment={"DJANGO_SETTINGS_MODULE": "there.is.none", "SEODANG_STORAGE": str(tmp_path)},
            banner=print,
        )


def test_port_in_use_is_said_with_another_one_to_try():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(supervisor.CannotListen) as error, supervisor.listen("127.0.0.1", port):
            pass
    assert str(port) in error.value.message
    assert f"--port {port + 1}" in error.value.hint


def test_address_of_another_machine_is_refused():
    with pytest.raises(supervisor.CannotListen), supervisor.listen("203.0.113.7", 0):
        pass


@pytest.mark.parametrize("host", ["no.such.host.invalid", "999.1.1.1"])
def test_host_that_is_none_is_refused(host):
    with pytest.raises(supervisor.CannotListen, match="not an address"), supervisor.listen(host, 0):
        pass


def test_address_to_type_is_this_machine_even_when_all_are_listened_on():
    with supervisor.listen("0.0.0.0", 0) as listener:
        assert supervisor.address_of(listener).startswith("http://127.0.0.1:")


def test_pause_grows_for_what_fails_at_once_and_is_short_for_what_was_killed():
    pause = supervisor.Supervisor._pause
    failing = supervisor.Place("web", 1)
    pauses = [pause(failing, 1, 0.5) for _ in range(12)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == supervisor.LONGEST_PAUSE_SECONDS
    killed = supervisor.Place("worker", 1, is_ready=True)
    assert max(pause(killed, -9, 2.0) for _ in range(12)) <= 1.0
    assert pause(supervisor.Place("worker", 1, is_ready=True), 0, 2.0) == 0.0
