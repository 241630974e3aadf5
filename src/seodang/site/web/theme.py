"""Light or dark, kept in a cookie and rendered by the server, so that no page flashes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

COOKIE = "theme"
THEMES = ("light", "dark")
_ONE_YEAR_SECONDS = 365 * 24 * 60 * 60


def theme_of(request: HttpRequest) -> str:
    """The theme that was chosen; "" leaves it to the visitor's system."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in THEMES else ""


def keep_theme(response: HttpResponse, theme: str, *, secure: bool) -> None:
    if theme in THEMES:
        response.set_cookie(COOKIE, theme, max_age=_ONE_YEAR_SECONDS, samesite="Lax", secure=secure)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
