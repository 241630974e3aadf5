"""Logging in from a terminal: the device grant of RFC 8628.

The site gives a short code; the person approves it in a browser where they are logged in; we ask until they did.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass

from seodang.client.errors import ClientError, NotAllowed, StillWaiting
from seodang.client.transport import Transport
from seodang.i18n import N_


@dataclass(frozen=True)
class Waiting:
    """What to show the person, and what to ask with."""

    device_code: str
    user_code: str
    address: str
    address_with_code: str
    expires_in_seconds: float
    interval_seconds: float


def client_name() -> str:
    return f"seodang @ {platform.node() or 'terminal'}"[:60]


def begin(transport: Transport) -> Waiting:
    answer = transport.call("POST", "/device", json={"client_name": client_name()})
    return Waiting(
        device_code=answer["device_code"],
        user_code=answer["user_code"],
        address=answer["verification_uri"],
        address_with_code=answer["verification_uri_complete"],
        expires_in_seconds=float(answer["expires_in"]),
        interval_seconds=float(answer.get("interval", 5)),
    )


def wait_for_token(
    transport: Transport,
    waiting: Waiting,
    *,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> str:
    """The token, once the person has approved.

    Raises:
        NotAllowed: they said no.
        StillWaiting: the code is too old.
    """
    interval, deadline = waiting.interval_seconds, now() + waiting.expires_in_seconds
    while now() < deadline:
        sleep(interval)
        try:
            answer = transport.call("POST", "/device/token", json={"device_code": waiting.device_code})
            return str(answer["access_token"])
        except ClientError as error:
            if error.code == "slow_down" or error.status == 429:
                interval += 5
            elif error.code == "access_denied":
                raise NotAllowed(N_("The login was declined in the browser.")) from None
            elif error.code == "expired_token":
                break
            elif error.code != "authorization_pending":
                raise
    raise StillWaiting(
        N_("Nobody approved the login in time."), hint=N_("Start again: seodang login URL"), code="expired_token"
    )
