"""Around every request: its id, its lane, and its line in the log."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from seodang.site.config import lanes

log = logging.getLogger("seodang.access")
request_id: ContextVar[str] = ContextVar("request_id", default="")
_ID_FROM_OUTSIDE = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Named parts of addresses that open a door; they stand in no log.
_SECRET_PARTS = {"token", "key", "code", "uidb36", "user_code"}
_QUIET = ("/static/", "/health/")


class RequestMiddleware:
    """The outermost middleware.

    The id comes from a proxy's X-Request-ID where there is one, stands on every log line of the request, and goes
    back with the answer, so that a person can quote it.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest):
        if self.is_async:
            return self._answer(request)
        number, begun = begin(request), time.monotonic()
        try:
            return end(request, self.get_response(request), number, begun)
        finally:
            request_id.set("")

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        number, begun = begin(request), time.monotonic()
        try:
            return end(request, await self._in_lane(request), number, begun)
        except asyncio.CancelledError:
            log.info("%s %s gone after %d ms", request.method, shown_path(request), milliseconds(begun))
            raise
        finally:
            request_id.set("")  # a test's client has one context for all its requests

    async def _in_lane(self, request: HttpRequest) -> HttpResponseBase:
        if lanes.lanes is None or request.path.startswith("/static/"):
            return await self.get_response(request)
        async with lanes.lanes.one():
            return await self.get_response(request)


def begin(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    number = given if _ID_FROM_OUTSIDE.fullmatch(given) else secrets.token_hex(4)
    request_id.set(number)
    return number


def end(request: HttpRequest, response: HttpResponseBase, number: str, begun: float) -> HttpResponseBase:
    response["X-Request-ID"] = number
    level = logging.DEBUG if request.path.startswith(_QUIET) and response.status_code < 400 else logging.INFO
    log.log(level, "%s %s %d %d ms", request.method, shown_path(request), response.status_code, milliseconds(begun))
    return response


def milliseconds(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def shown_path(request: HttpRequest) -> str:
    """The path without its query, and without the parts that open a door (invitations, password resets)."""
    path = request.path
    match = request.resolver_match
    for name, value in (match.kwargs if match else {}).items():
        if name in _SECRET_PARTS and value:
            path = path.replace(str(value), "…")
    return path.replace("\n", "").replace("\r", "")
