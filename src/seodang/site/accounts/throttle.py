"""Counting attempts, so that codes cannot be guessed by trying.

Counts live in the cache: one process, or all of them where the cache is shared. What it does not cover: logins,
sign-ups and resets, which allauth throttles by `ACCOUNT_RATE_LIMITS`.
"""

from __future__ import annotations

import hashlib
import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest


def whose(request: HttpRequest) -> str:
    """The person, or for a visitor the address they come from, which uvicorn takes from proxies it trusts."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"user:{user.pk}"
    return f"ip:{get_adapter().get_client_ip(request)}"


def _key(action: str, who: str, seconds: int) -> str:
    window = int(time.time() // seconds)
    digest = hashlib.sha256(f"{who}:{window}".encode()).hexdigest()[:32]
    return f"throttle:{action}:{digest}"


def is_spent(action: str, who: str, *, limit: int, seconds: int) -> bool:
    """Whether `limit` attempts were counted in this window; counts nothing."""
    return cache.get(_key(action, who, seconds), 0) >= limit


def spend(action: str, who: str, *, limit: int, seconds: int) -> bool:
    """Count one attempt in a window of `seconds`; False when that is one too many."""
    key = _key(action, who, seconds)
    cache.add(key, 0, timeout=seconds + 1)
    try:
        return cache.incr(key) <= limit
    except ValueError:  # the window ended between the two calls
        return True
