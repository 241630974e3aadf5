"""Personal keys to the API. The key is shown once; the database has its digest."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from seodang.site.accounts.models import Token, User
from seodang.site.accounts.secrets import digest

log = logging.getLogger(__name__)

PREFIX = "sd_"
USED_AT_STEP = timedelta(minutes=1)


def create_token(user: User, name: str) -> tuple[Token, str]:
    """A new key of that person: its row, and the key itself, which nobody can read again."""
    secret = PREFIX + secrets.token_urlsafe(30)  # 30 bytes are 40 letters
    token = Token.objects.create(
        user=user, name=name.strip()[:60] or "token", prefix=secret[:9], digest=digest(secret)
    )
    log.info("token made", extra={"user": user.pk, "token": token.pk})
    return token, secret


def delete_token(token: Token) -> None:
    log.info("token deleted", extra={"user": token.user_id, "token": token.pk})
    token.delete()


def authenticate_token(secret: str) -> Token | None:
    """The token (with its user) that this key opens, or None. Notes its use, at most once a minute."""
    if not secret.startswith(PREFIX):
        return None
    token = Token.objects.select_related("user").filter(digest=digest(secret), user__is_active=True).first()
    if token is None:
        return None
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= USED_AT_STEP:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USED_AT_STEP)
        Token.objects.filter(stale, pk=token.pk).update(last_used_at=now)
        token.last_used_at = now
    return token
