"""The first account of an empty site: a key printed by the terminal, used once."""

from __future__ import annotations

import hmac
import logging
import secrets

from allauth.account.models import EmailAddress
from django.db import transaction

from seodang.i18n import N_
from seodang.site.accounts.errors import SetupRefused
from seodang.site.accounts.models import SetupKey, User
from seodang.site.accounts.secrets import digest

log = logging.getLogger(__name__)


def issue_setup_key() -> str | None:
    """A new key in place of any older one; None when the site has an account, and needs none.

    Only the digest is kept: whoever calls this shows the key.
    """
    with transaction.atomic():
        SetupKey.objects.all().delete()
        if User.objects.exists():
            return None
        key = secrets.token_urlsafe(24)
        SetupKey.objects.create(digest=digest(key))
    return key


def setup_is_waiting() -> bool:
    """Whether a key was issued and nobody has an account yet."""
    return SetupKey.objects.exists() and not User.objects.exists()


def use_setup_key(key: str, email: str, name: str, password: str) -> User:
    """Make the first account, which runs the site and may open courses; the key is gone after it.

    Raises:
        SetupRefused: the key does not fit, or somebody was here before.
    """
    with transaction.atomic():
        # PostgreSQL: the second of two simultaneous visitors waits here for the first, then finds no key.
        # SQLite: transactions that may write (IMMEDIATE) run one after another anyway.
        kept = SetupKey.objects.select_for_update().first()
        fits = hmac.compare_digest(digest(key.strip()), kept.digest if kept else "")
        if kept is None or User.objects.exists():
            raise SetupRefused(
                N_("No key is waiting on this site."),
                hint=N_("Start it with “seodang serve”; an empty site prints a key in the terminal."),
            )
        if not fits:
            raise SetupRefused(
                N_("This is not the key of this start."),
                hint=N_("Copy it from the terminal; each start of an empty site prints a new one."),
            )
        user = User.objects.create_superuser(email, password, name=name)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        SetupKey.objects.all().delete()
    log.info("first account made", extra={"user": user.pk})
    return user
