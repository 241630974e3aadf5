"""While an empty site waits for its first account, its doors lead to the page that makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from seodang.site.accounts import services

# Every other page asks to sign in, and so leads to one of these.
DOORS = {"courses:home", "account_login", "account_signup"}


class EmptySite:
    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        at_a_door = match is not None and match.view_name in DOORS
        if at_a_door and not request.user.is_authenticated and services.setup_is_waiting():
            return redirect("accounts:setup")
        return None
