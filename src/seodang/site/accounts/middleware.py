"""While an empty site waits for its first account, its doors lead to the page that makes it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin

from seodang.site.accounts import services

# Every other page asks to sign in, and so leads to one of these.
DOORS = {"courses:home", "account_login", "account_signup"}


class EmptySite(MiddlewareMixin):
    """`MiddlewareMixin` works on both sides of async, so that the requests behind it need no second thread."""

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        at_a_door = match is not None and match.view_name in DOORS
        if at_a_door and not request.user.is_authenticated and services.setup_is_waiting():
            return redirect("accounts:setup")
        return None
