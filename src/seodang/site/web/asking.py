"""Small things that every app's views need when they read a request or show a refusal."""

from __future__ import annotations

from django.http import HttpRequest

from seodang.errors import SeodangError


def tell(error: SeodangError) -> str:
    """What to show of a refusal: what is wrong, then what to do."""
    return f"{error.message} {error.hint}".strip()


def number(request: HttpRequest, name: str) -> int:
    """A row's number from a hidden field; what is none finds no row."""
    return whole(request.POST.get(name, ""))


def whole(value: str) -> int:
    """A row's number as it came; -1, which no row has, for what is none (“²” is a digit, too) or too large."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else -1
