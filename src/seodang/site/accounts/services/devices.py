"""Logging in a command line through a browser: the device authorization grant (RFC 8628).

The command line starts a login and shows a user code; its person, logged in to the site, compares the code and
approves; the command line polls and receives a personal token, once.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from seodang.i18n import N_
from seodang.site.accounts.errors import DeviceError
from seodang.site.accounts.models import DeviceLogin, Token, User
from seodang.site.accounts.secrets import CONSONANTS, digest, random_code, typed_code
from seodang.site.accounts.services.tokens import create_token

log = logging.getLogger(__name__)

DEVICE_LIFETIME_SECONDS = 600
DEVICE_INTERVAL_SECONDS = 5
# Polls travel through a network: one that left in time may arrive a little early after the last.
_POLL_GRACE_SECONDS = 1


@dataclass(frozen=True)
class DeviceStart:
    """What the command line needs (RFC 8628, section 3.2); the addresses are added by the API."""

    device_code: str
    user_code: str
    expires_in: int = DEVICE_LIFETIME_SECONDS
    interval: int = DEVICE_INTERVAL_SECONDS


def start_device_login(client_name: str = "") -> DeviceStart:
    now = timezone.now()
    DeviceLogin.objects.filter(expires_at__lt=now - timedelta(hours=1)).delete()
    device_code = secrets.token_urlsafe(32)
    user_code = _free_user_code()
    DeviceLogin.objects.create(
        user_code=user_code,
        device_digest=digest(device_code),
        client_name=_printable(client_name)[:60] or "seodang",
        expires_at=now + timedelta(seconds=DEVICE_LIFETIME_SECONDS),
    )
    return DeviceStart(device_code=device_code, user_code=user_code)


def waiting_device_login(user_code: str) -> DeviceLogin | None:
    """The login with that code that still waits for an answer. Case, spaces and the dash do not matter."""
    letters = typed_code(user_code)
    return DeviceLogin.objects.filter(
        user_code=f"{letters[:4]}-{letters[4:]}",
        expires_at__gt=timezone.now(),
        approved_by__isnull=True,
        denied=False,
    ).first()


def approve_device_login(user_code: str, user: User) -> DeviceLogin:
    """The person says: this is my command line. Answered once; a second answer changes nothing.

    Raises:
        DeviceError: no login waits under this code.
    """
    return _answer(user_code, approved_by=user)


def deny_device_login(user_code: str, user: User) -> DeviceLogin:
    """The person says: this is not mine."""
    log.info("device login denied", extra={"user": user.pk})
    return _answer(user_code, denied=True)


def poll_device_login(device_code: str) -> tuple[Token, str]:
    """The token of an approved login; its code is used up with it.

    Raises:
        DeviceError: with the code that RFC 8628, section 3.5 gives: authorization_pending, slow_down,
            expired_token (also for a code unknown or used), access_denied.
    """
    now = timezone.now()
    with transaction.atomic():
        login = (
            DeviceLogin.objects.select_for_update(of=("self",)).filter(device_digest=digest(device_code)).first()
        )
        if login is None or login.expires_at <= now:
            error = _expired()
        elif login.denied or (login.approved_by is not None and not login.approved_by.is_active):
            login.delete()
            error = DeviceError(N_("The login was refused in the browser."), code="access_denied")
        elif login.approved_by is not None:
            login.delete()
            return create_token(login.approved_by, login.client_name)
        elif _polled_too_soon(login, now):
            error = DeviceError(N_("Asked too often."), hint=N_("Wait five seconds longer."), code="slow_down")
        else:
            error = DeviceError(N_("Nobody has approved this login yet."), code="authorization_pending")
        if login is not None and login.pk:
            DeviceLogin.objects.filter(pk=login.pk).update(polled_at=now)
    raise error


def _answer(user_code: str, **fields) -> DeviceLogin:
    login = waiting_device_login(user_code)
    waiting = DeviceLogin.objects.filter(pk=login.pk if login else None, approved_by__isnull=True, denied=False)
    if login is None or not waiting.update(**fields):
        raise DeviceError(
            N_("No login waits under this code."),
            hint=N_("A code is good for ten minutes and for one login. Start “seodang login” again."),
        )
    login.refresh_from_db()
    return login


def _polled_too_soon(login: DeviceLogin, now) -> bool:
    wait = timedelta(seconds=DEVICE_INTERVAL_SECONDS - _POLL_GRACE_SECONDS)
    return login.polled_at is not None and now - login.polled_at < wait


def _expired() -> DeviceError:
    return DeviceError(N_("This login has run out."), hint=N_("Start “seodang login” again."), code="expired_token")


def _free_user_code() -> str:
    while True:
        letters = random_code(8, CONSONANTS)
        code = f"{letters[:4]}-{letters[4:]}"
        if not DeviceLogin.objects.filter(user_code=code).exists():
            return code


def _printable(text: str) -> str:
    """The name a stranger's program gives itself is shown on the approval page: one line, no controls."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
