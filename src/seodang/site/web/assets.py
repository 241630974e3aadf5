"""Addresses of static files carry their content's hash, so a browser may keep them long and never shows an old one.

`{% static %}` everywhere (Django's admin and htmx too) goes through this storage; no build step, no manifest.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


@cache
def _digest_once(name: str) -> str:
    found = finders.find(name)
    return digest_of(Path(found)) if isinstance(found, str) else ""


class HashedAddresses(StaticFilesStorage):
    """`/static/web/seodang.css?v=3f9ac01b2d`."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        if not name or urlsplit(address).query:
            return address
        if settings.DEBUG:
            _digest_once.cache_clear()
        digest = _digest_once(name)
        return f"{address}?v={digest}" if digest else address
