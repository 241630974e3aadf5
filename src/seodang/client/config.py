"""Which sites this person is logged in to: a file that `seodang login` writes and only its owner can read.

`$XDG_CONFIG_HOME/seodang/sites.json` (else `~/.config/seodang/sites.json`), mode 0600:

    {"current": "https://seodang.example.ac.kr",
     "sites": {"https://seodang.example.ac.kr": {"token": "…", "name": "…", "email": "…"}}}

Does not cover: keeping the token from programs of the same person. Set `SEODANG_TOKEN` where that matters.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from seodang.client.errors import NotLoggedIn
from seodang.i18n import N_

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Login:
    """One site's token, and whose it is."""

    token: str
    name: str = ""
    email: str = ""


@dataclass
class Sites:
    """The file's content."""

    current: str = ""
    sites: dict[str, Login] = field(default_factory=dict)


def config_path() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "seodang" / "sites.json"


def normal_url(url: str) -> str:
    """`seodang.example.ac.kr/` → `https://seodang.example.ac.kr`; plain http is assumed for this machine only."""
    url = url.strip()
    if "://" not in url:
        host = urlsplit(f"//{url}").hostname or ""
        url = f"{'http' if host in LOOPBACK else 'https'}://{url}"
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NotLoggedIn(
            N_("“%(url)s” is not the address of a site."),
            hint=N_("Give it as in https://seodang.example.ac.kr"),
            url=url,
        )
    return url.rstrip("/")


def sends_in_the_clear(url: str) -> bool:
    """Whether a token sent there can be read on the way."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in LOOPBACK


def read() -> Sites:
    """What the file says; nothing where there is no file or it is not ours."""
    try:
        data = json.loads(config_path().read_text(encoding="utf-8"))
        sites = {
            url: Login(token=str(entry["token"]), name=entry.get("name", ""), email=entry.get("email", ""))
            for url, entry in data.get("sites", {}).items()
        }
        return Sites(current=str(data.get("current", "")), sites=sites)
    except FileNotFoundError:
        return Sites()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotLoggedIn(
            N_("%(path)s cannot be read: %(reason)s."),
            hint=N_("Remove it and log in again: seodang login URL"),
            path=config_path(),
            reason=error,
        ) from None


def write(sites: Sites) -> None:
    """Replace the file whole; at no moment can others read it."""
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".sites-")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(sites), file, indent=2, ensure_ascii=False)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise


def remember(url: str, login: Login) -> None:
    """Keep a login and make it the current one."""
    sites = read()
    sites.sites[url] = login
    sites.current = url
    write(sites)


def forget(url: str) -> bool:
    """Drop a login; the current site becomes another one, if any. False where there was none."""
    sites = read()
    if sites.sites.pop(url, None) is None:
        return False
    if sites.current == url:
        sites.current = next(iter(sites.sites), "")
    write(sites)
    return True


def choose(url: str | None = None, token: str | None = None) -> tuple[str, str]:
    """The site and token to use: arguments, then `SEODANG_URL` and `SEODANG_TOKEN`, then the file.

    A token of the environment goes only to the site of the environment (or to any, where none is named there).

    Raises:
        NotLoggedIn: no site is named anywhere.
    """
    named = os.environ.get("SEODANG_URL", "").strip()
    named = normal_url(named) if named else ""
    chosen = normal_url(url) if url else named or read().current
    if not chosen:
        raise NotLoggedIn(
            N_("No site is known yet."), hint=N_("Log in first: seodang login URL (or set SEODANG_URL).")
        )
    if token:
        return chosen, token
    from_environment = os.environ.get("SEODANG_TOKEN", "").strip()
    if from_environment and (not named or named == chosen):
        return chosen, from_environment
    login = read().sites.get(chosen)
    return chosen, login.token if login else ""
