"""The playground of `playground/`, served to a browser on this machine, or copied to a folder.

Any web server may serve these files; they know nothing of this one. A page that shows the playground needs four
lines, and a policy no weaker than `HEADERS` (no inline script, no inline style, nothing from elsewhere):

    <link rel="stylesheet" href="…/playground.css">
    <script type="module" src="…/app.js"></script>
    <div id="playground" data-lang="ko"></div>
    <noscript>…</noscript>

Only the files of the folder are served, by name; requests that name another host are refused, so that no page of
another site can read through this server (DNS rebinding).
"""

from __future__ import annotations

import shutil
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from seodang.i18n import N_
from seodang.learn.errors import ChoiceInvalid

FOLDER = Path(__file__).parent / "playground"
LOOPBACK = "127.0.0.1"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


@cache
def files() -> dict[str, Path]:
    """Every file of the playground by its name."""
    return {path.name: path for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}


class Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "seodang"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def answer(self, *, with_body: bool) -> None:
        if not self.is_meant_for_us():
            self.reply(HTTPStatus.MISDIRECTED_REQUEST, b"", "text/plain", with_body)
            return
        name = urlsplit(self.path).path.removeprefix("/") or "index.html"
        path = files().get(name)
        if path is None:
            self.reply(HTTPStatus.NOT_FOUND, b"No such page.\n", "text/plain; charset=utf-8", with_body)
        else:
            self.reply(HTTPStatus.OK, path.read_bytes(), TYPES[path.suffix], with_body)

    def is_meant_for_us(self) -> bool:
        host, _, port = self.headers.get("Host", "").partition(":")
        return host in {LOOPBACK, "localhost"} and port in {"", str(self.server.server_port)}

    def reply(self, status: HTTPStatus, body: bytes, kind: str, with_body: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nobody wants a line for each file."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}/"


def serve(port: int = 0) -> Server:
    """A server that listens on this machine alone; `serve_forever()` answers. Port 0: any that is free."""
    try:
        return Server((LOOPBACK, port), Handler)
    except OSError as error:
        raise ChoiceInvalid(
            N_("Port %(port)s cannot be used: %(reason)s."),
            hint=N_("Name another with --port, or none for any that is free."),
            port=port,
            reason=error.strerror or str(error),
        ) from None


def export(folder: Path) -> list[Path]:
    """Copy the playground into a folder, for any web server. A folder that holds other things is left alone."""
    if folder.exists() and (not folder.is_dir() or {path.name for path in folder.iterdir()} - set(files())):
        raise ChoiceInvalid(
            N_("“%(folder)s” exists and holds other things."), hint=N_("Name a new folder."), folder=str(folder)
        )
    folder.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copyfile(path, folder / name)) for name, path in files().items()]
