"""What may be wrong with the environment, found before anything starts, each with what to do.

`problems()` needs no settings, since a wrong value can keep settings from loading; the same findings appear in
`manage check`. `unreachable_database` connects once and passes on the driver's own reason.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core import checks

from seodang.errors import fill
from seodang.i18n import N_
from seodang.site.config import env

LOG_FORMATS = ("plain", "json")
LOOPBACK = ("", "localhost", "127.0.0.1", "::1")
# Name → smallest allowed value.
NUMBERS = {
    "SEODANG_UPLOAD_MIB": 1,
    "SEODANG_WEB": 1,
    "SEODANG_WORKERS": 1,
    "SEODANG_THREADS": 1,
    "SEODANG_LIVE_STREAMS": 0,
    "SEODANG_LADDER_SECONDS": 5,
    "SEODANG_LADDER_CLIMBS": 1,
    "SEODANG_LADDER_MIB": 256,
}
FLAGS = ("SEODANG_DEBUG", "SEODANG_DEMO")
FALSE = {"", "0", "false", "no", "off"}


@dataclass(frozen=True)
class Problem:
    """One finding: an English template with places, and what to do. `stops` is false for a mere warning."""

    name: str
    template: str
    hint_template: str
    params: dict[str, Any]
    stops: bool = True

    @property
    def message(self) -> str:
        return fill(self.template, self.params)

    @property
    def hint(self) -> str:
        return fill(self.hint_template, self.params)

    def as_django(self) -> checks.CheckMessage:
        kind = checks.Error if self.stops else checks.Warning
        return kind(self.message, hint=self.hint, id=f"seodang.{self.name}")


def _problem(name: str, template: str, hint: str, *, stops: bool = True, **params: Any) -> Problem:
    return Problem(name, template, hint, {"name": name, **params}, stops)


def problems() -> list[Problem]:
    """Everything that is wrong with the values, all of it at once."""
    found: list[Problem] = []
    for look in (_numbers, _choices, _url, _time_zone, _oidc, _mail, _database_address, _storage, _debug, _sandbox):
        found += look()
    return found


# --- one look each -----------------------------------------------------------------------------------------


def _numbers() -> list[Problem]:
    found = []
    for name, least in NUMBERS.items():
        given = env.text(name)
        if given and not (given.isascii() and given.isdigit() and int(given) >= least):
            found.append(
                _problem(
                    name,
                    N_("%(name)s is “%(given)s”, but must be a whole number of at least %(least)s."),
                    N_("Correct it, or remove it to use the default."),
                    given=given,
                    least=least,
                )
            )
    return found


def _choices() -> list[Problem]:
    wanted = {
        "SEODANG_LOG": LOG_FORMATS,
        "SEODANG_LANGUAGE": ("en", "ko"),
        "SEODANG_SIGNUP": ("open", "closed"),
        **dict.fromkeys(FLAGS, ("1", "0")),
    }
    found = []
    for name, choices in wanted.items():
        given = env.text(name).lower()
        fine = given in FALSE | env.TRUE if name in FLAGS else not given or given in choices
        if not fine:
            found.append(
                _problem(
                    name,
                    N_("%(name)s is “%(given)s”, but must be one of: %(choices)s."),
                    N_("Correct it, or remove it to use the default."),
                    given=given,
                    choices=", ".join(choices),
                )
            )
    return found


def _url() -> list[Problem]:
    given = env.text("SEODANG_URL")
    parts = _split(given)
    if given and (parts is None or parts.scheme not in {"http", "https"} or not parts.hostname):
        return [
            _problem(
                "SEODANG_URL",
                N_("SEODANG_URL is “%(given)s”, but must be a full address with its scheme."),
                N_("Write it as in https://seodang.example.ac.kr."),
                given=given,
            )
        ]
    if parts is not None and parts.path not in {"", "/"}:
        return [
            _problem(
                "SEODANG_URL",
                N_("SEODANG_URL is “%(given)s”, but the site stands at the root of a host, without a path."),
                N_("Write it as in https://seodang.example.ac.kr."),
                given=given,
            )
        ]
    return []


def _split(address: str):
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError:
        return None
    return parts


def _time_zone() -> list[Problem]:
    from zoneinfo import ZoneInfo

    name = env.text("SEODANG_TIME_ZONE", "Asia/Seoul")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return [
            _problem(
                "SEODANG_TIME_ZONE",
                N_("SEODANG_TIME_ZONE is “%(given)s”, which is no known time zone."),
                N_("Use a name of the IANA database, for example Asia/Seoul or UTC."),
                given=name,
            )
        ]
    return []


def _oidc() -> list[Problem]:
    names = ("SEODANG_OIDC_ISSUER", "SEODANG_OIDC_CLIENT_ID", "SEODANG_OIDC_CLIENT_SECRET")
    missing = [name for name in names if not env.text(name)]
    if missing and len(missing) < len(names):
        return [
            _problem(
                missing[0],
                N_("Single sign-on is half configured: %(missing)s is empty."),
                N_("Set %(names)s together, or none of them."),
                missing=", ".join(missing),
                names=", ".join(names),
            )
        ]
    issuer = env.text("SEODANG_OIDC_ISSUER")
    parts = _split(issuer)
    if issuer and (parts is None or parts.scheme not in {"http", "https"} or not parts.hostname):
        return [
            _problem(
                "SEODANG_OIDC_ISSUER",
                N_("SEODANG_OIDC_ISSUER is “%(given)s”, but must be a full address with its scheme."),
                N_("Give the address under which the provider has /.well-known/openid-configuration."),
                given=issuer,
            )
        ]
    return []


def _mail() -> list[Problem]:
    given = env.text("EMAIL_URL")
    parts = _split(given)
    if given and (parts is None or parts.scheme not in {"smtp", "smtps", "smtp+tls"} or not parts.hostname):
        return [
            _problem(
                "EMAIL_URL",
                N_("EMAIL_URL must be an address of a mail server."),  # may hold a password, so it is not repeated
                N_("Write it as in smtp+tls://user:password@mail.example.ac.kr:587 (or smtps:// or smtp://)."),
            )
        ]
    if given and not env.text("SEODANG_EMAIL_FROM"):
        return [
            _problem(
                "SEODANG_EMAIL_FROM",
                N_("EMAIL_URL is set, but SEODANG_EMAIL_FROM is not, so mail comes from “seodang@localhost”."),
                N_("Set SEODANG_EMAIL_FROM to an address that your mail server may send from."),
                stops=False,
            )
        ]
    return []


def _database_address() -> list[Problem]:
    given = env.text("DATABASE_URL")
    scheme = given.partition(":")[0].lower()
    if given and scheme not in {"sqlite", "postgres", "postgresql"}:
        return [
            _problem(
                "DATABASE_URL",
                N_("DATABASE_URL begins with “%(scheme)s:”, but this site runs on SQLite or PostgreSQL."),
                N_("Write it as in postgres://user:password@host:5432/name, or remove it to use SQLite."),
                scheme=scheme[:20],
            )
        ]
    if given and _split(given) is None:
        return [
            _problem(
                "DATABASE_URL",
                N_("DATABASE_URL cannot be read as an address."),
                N_("Write special characters of the password as %%XX, and the port as a number."),
            )
        ]
    return []


def _storage() -> list[Problem]:
    folder = env.read().storage
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return [
            _problem(
                "SEODANG_STORAGE",
                N_("The storage folder %(folder)s cannot be written: %(reason)s."),
                N_("Set SEODANG_STORAGE (or --storage) to a folder that the site's user owns."),
                folder=folder,
                reason=error.strerror or error,
            )
        ]
    key = folder / "secret-key"
    if not env.text("SEODANG_SECRET_KEY") and key.exists() and not _readable(key):
        return [
            _problem(
                "SEODANG_STORAGE",
                N_("The file %(file)s is not readable for the site's user, or is empty."),
                N_("Mend its owner (chmod 600), or remove it: everybody has to sign in again then."),
                file=key,
            )
        ]
    return []


def _readable(path: Path) -> bool:
    try:
        return bool(path.read_text().strip())
    except (OSError, UnicodeDecodeError):
        return False


def _debug() -> list[Problem]:
    found = []
    public = [host for host in env.read().hosts if host.strip("[]") not in LOOPBACK]
    if env.flag("SEODANG_DEBUG") and public:
        found.append(
            _problem(
                "SEODANG_DEBUG",
                N_("SEODANG_DEBUG is on while the site answers to %(host)s: errors would show settings to all."),
                N_("Remove SEODANG_DEBUG, or SEODANG_URL and SEODANG_HOSTS."),
                host=public[0],
            )
        )
    if env.flag("SEODANG_DEMO") and public:
        found.append(
            _problem(
                "SEODANG_DEMO",
                N_("SEODANG_DEMO is on while the site answers to %(host)s: any visitor could be the professor."),
                N_("Remove SEODANG_DEMO, or SEODANG_URL and SEODANG_HOSTS."),
                host=public[0],
            )
        )
    return found


def _sandbox() -> list[Problem]:
    """A name that is none stops the start; a sandbox that cannot be had is told, and the work of students waits."""
    from seodang.run.sandboxes import SANDBOXES, choose

    given = env.text("SEODANG_SANDBOX")
    names = list(SANDBOXES)
    if given and given not in names:
        return [
            _problem(
                "SEODANG_SANDBOX",
                N_("SEODANG_SANDBOX is “%(given)s”, but must be one of: %(choices)s."),
                N_("Correct it, or remove it to use bubblewrap."),
                given=given,
                choices=", ".join(names),
            )
        ]
    sandbox = choose(given or None)
    if not sandbox.confines:
        return [
            _problem(
                "SEODANG_SANDBOX",
                N_("The sandbox “%(given)s” has no walls, so notebooks of students wait and are not marked."),
                N_("Remove SEODANG_SANDBOX to use bubblewrap."),
                given=given,
                stops=False,
            )
        ]
    reason = sandbox.unavailable()
    if reason is None:
        return []
    return [
        _problem(
            "SEODANG_SANDBOX",
            N_("Notebooks of students wait and are not marked: %(reason)s"),
            N_("%(advice)s “seodang sandbox check” shows every limit."),
            reason=reason.message,
            advice=reason.hint,
            stops=False,
        )
    ]


# --- with settings loaded ----------------------------------------------------------------------------------


def unreachable_database() -> list[Problem]:
    """Connect once; what the driver says when that fails. Needs Django to be set up."""
    from django.db import Error, connection

    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (Error, OSError) as error:
        return [
            _problem(
                "DATABASE_URL",
                N_("The database does not answer: %(reason)s."),
                N_("See that it runs and that address, user and password in DATABASE_URL are right."),
                reason=" ".join(str(error).split()).rstrip("."),
            )
        ]
    return []


def register() -> None:
    """Let `manage check` show the same findings."""

    @checks.register("seodang")
    def environment(app_configs: object, **_kwargs: object) -> list[checks.CheckMessage]:
        return [problem.as_django() for problem in problems()]
