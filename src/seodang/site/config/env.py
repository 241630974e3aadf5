"""Every setting that comes from the environment, read here and nowhere else.

`checks.py` looks at the same values when the site starts and says what to change. None is needed on a laptop.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

TRUE = {"1", "true", "yes", "on"}


def data_home() -> Path:
    """Where a person's programs keep data (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "seodang"


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str) -> bool:
    return text(name).lower() in TRUE


def number(name: str, default: int) -> int:
    """A whole number; what is not one is left to `checks` to name, and the default holds meanwhile."""
    try:
        return int(text(name, str(default)))
    except ValueError:
        return default


@dataclass(frozen=True)
class Environment:
    """The values as they came, with defaults.

    storage: folder of the embedded database, uploads and the secret key.
    url: where people reach the site, e.g. "https://seodang.example.ac.kr"; decides hosts, secure cookies, links.
    sandbox: name of the one that students' code runs in; "" takes bubblewrap.
    """

    storage: Path
    database_url: str
    url: str
    hosts: tuple[str, ...]
    debug: bool
    demo: bool
    email_url: str
    email_from: str
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str
    oidc_name: str
    language: str
    time_zone: str
    log_format: str
    upload_bytes: int
    open_signup: bool
    web_processes: int
    worker_processes: int
    sandbox: str
    threads: int
    live_streams: int
    ladder_seconds: int
    ladder_climbs: int
    ladder_bytes: int

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")


def read() -> Environment:
    storage = Path(text("SEODANG_STORAGE", str(data_home() / "site"))).expanduser().absolute()
    url = text("SEODANG_URL").rstrip("/")
    hosts = [host.strip() for host in text("SEODANG_HOSTS").split(",") if host.strip()]
    if urlsplit(url).hostname:
        hosts.append(str(urlsplit(url).hostname))
    return Environment(
        storage=storage,
        database_url=text("DATABASE_URL", f"sqlite:///{storage / 'seodang.sqlite3'}"),
        url=url,
        hosts=tuple(dict.fromkeys([*hosts, "localhost", "127.0.0.1", "[::1]"])),
        debug=flag("SEODANG_DEBUG"),
        demo=flag("SEODANG_DEMO"),
        email_url=text("EMAIL_URL"),
        email_from=text("SEODANG_EMAIL_FROM", "seodang@localhost"),
        oidc_issuer=text("SEODANG_OIDC_ISSUER"),
        oidc_client_id=text("SEODANG_OIDC_CLIENT_ID"),
        oidc_client_secret=text("SEODANG_OIDC_CLIENT_SECRET"),
        oidc_name=text("SEODANG_OIDC_NAME", "SSO"),
        language=text("SEODANG_LANGUAGE", "en"),
        time_zone=text("SEODANG_TIME_ZONE", "Asia/Seoul"),
        log_format=text("SEODANG_LOG", "plain"),
        upload_bytes=number("SEODANG_UPLOAD_MIB", 200) * 1024 * 1024,
        open_signup=text("SEODANG_SIGNUP", "open").lower() == "open",
        web_processes=number("SEODANG_WEB", min(4, os.cpu_count() or 1)),
        worker_processes=number("SEODANG_WORKERS", min(4, max(2, (os.cpu_count() or 1) // 2))),
        sandbox=text("SEODANG_SANDBOX"),
        threads=number("SEODANG_THREADS", 12),
        live_streams=number("SEODANG_LIVE_STREAMS", 1000),
        ladder_seconds=number("SEODANG_LADDER_SECONDS", 300),
        ladder_climbs=number("SEODANG_LADDER_CLIMBS", max(1, (os.cpu_count() or 1) // 4)),
        ladder_bytes=number("SEODANG_LADDER_MIB", 4096) * 1024 * 1024,
    )


def secret_key(storage: Path) -> str:
    """`SEODANG_SECRET_KEY`, else one made once and kept in the storage folder for its owner alone."""
    given = text("SEODANG_SECRET_KEY")
    if given:
        return given
    path = storage / "secret-key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    storage.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process of the same start was first
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        key = secrets.token_urlsafe(50)
        file.write(key)
    return key
