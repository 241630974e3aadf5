"""People take the seats kept for them when they sign up, log in or confirm an address.

`accounts` knows nothing of courses: it sends allauth's signals, and asks whoever vouches for an address when
sign-up is closed.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals

from seodang.site.accounts import vouching
from seodang.site.courses.services import invitations


def connect() -> None:
    signals.user_signed_up.connect(_arrived, dispatch_uid="courses.signed_up")
    signals.user_logged_in.connect(_arrived, dispatch_uid="courses.logged_in")
    signals.email_confirmed.connect(_confirmed, dispatch_uid="courses.confirmed")
    vouching.register(invitations.is_invited)


def _arrived(user: Any, **_: Any) -> None:
    invitations.claim_invitations(user)


def _confirmed(email_address: Any, **_: Any) -> None:
    invitations.claim_invitations(email_address.user)
