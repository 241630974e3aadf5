"""What every page may ask about the site itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from seodang import __version__
from seodang.site.web.theme import theme_of


def site(request: HttpRequest) -> dict[str, Any]:
    """`theme` ("light", "dark", "" for the system's), `version`, `demo`, `signup_open`, `sso_name` ("": none)."""
    return {
        "theme": theme_of(request),
        "version": __version__,
        "demo": settings.ENV.demo,
        "signup_open": settings.ENV.open_signup,
        "sso_name": settings.ENV.oidc_name if settings.ENV.oidc_issuer else "",
    }
