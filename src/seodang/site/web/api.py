"""What every part of the API shares: one shape for errors, one for pages of a list, one way to name a status.

Every error is `{"error": {"code", "message", "hint", "problems", …}}`, in the caller's language.
`code` is stable and meant for programs; `message` and `hint` are meant for people. A refused file carries
`problems`, each with its first five offending rows.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Query, Schema
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, Throttled, ValidationError
from pydantic import Field

from seodang.errors import SeodangError
from seodang.site.web.errors import FileTooLarge, FolderRefused, StorageFailed

logger = logging.getLogger(__name__)
_CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    429: "too_many",
}
_STATUSES: dict[type[SeodangError], int] = {FileTooLarge: 413, FolderRefused: 422, StorageFailed: 503}
T = TypeVar("T")
Row = TypeVar("Row")

# Text of a request: no character that a database cannot keep.
PlainText = Annotated[str, Field(pattern=r"^[^\x00]*$")]


def answers(status: int, *kinds: type[SeodangError]) -> None:
    """Errors of these kinds answer with `status`; the nearest class counts, and 400 is for the rest."""
    _STATUSES.update(dict.fromkeys(kinds, status))


def status_of(error: SeodangError) -> int:
    return next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), 400)


# --- errors ------------------------------------------------------------------------------------------------


class OffendingRowOut(Schema):
    line: int | None = Field(None, description="Line in the file; the header is line 1.", examples=[17])
    id: str = Field("", examples=["442"])
    received: str = Field("", description="What stood there.", examples=["nan"])


class ProblemOut(Schema):
    code: str = Field("", description="Kind of problem; the same in every language.", examples=["not_finite"])
    message: str = Field(examples=["3 values of column “prediction” are not finite numbers."])
    hint: str = Field("", examples=["Replace NaN and infinite values."])
    count: int = Field(0, description="How many rows have it.", examples=[3])
    rows: list[OffendingRowOut] = Field([], description="The first five of them.")
    field: str = Field("", description="Of a competition.yaml: which field.", examples=["split.seed"])
    place: str = Field("", description="… and where it stands.", examples=["competition.yaml:7"])


class FieldOut(Schema):
    at: str = Field(description="Which part of the request.", examples=["query.limit"])
    message: str
    type: str


class ErrorBody(Schema):
    code: str = Field(description="Kind of error; the same in every language.", examples=["quota"])
    message: str = Field(description="What is wrong, in the caller’s language.")
    hint: str = Field("", description="What to do about it.")
    problems: list[ProblemOut] = Field([], description="What is wrong with a file, all of it.")
    fields: list[FieldOut] = Field([], description="What is wrong with the request’s shape.")
    field: str | None = Field(None, description="The setting that cannot be.")
    resets_at: str | None = Field(None, description="When the next entry is possible.")


class ErrorOut(Schema):
    error: ErrorBody


def errors(*statuses: int) -> dict[Any, type[ErrorOut]]:
    """For `response=`: these statuses, and those that any request can meet, have the error shape."""
    return {frozenset({400, 401, 422, *statuses}): ErrorOut}


def error_body(code: str, message: str, hint: str = "", **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "hint": hint, "problems": [], **more}}


def body_of(error: SeodangError) -> dict[str, Any]:
    """Whatever `as_json` gives, with the problems of a refused file beside it."""
    problems = [problem.as_json() for problem in getattr(error, "problems", None) or ()]
    return {"error": {"hint": "", "problems": problems, **error.as_json()}}


def retry_after(error: SeodangError) -> int | None:
    """Seconds until the same request may succeed, where the error knows."""
    from django.utils import timezone

    resets_at = getattr(error, "resets_at", None)
    return max(1, math.ceil((resets_at - timezone.now()).total_seconds())) if resets_at else None


# --- pages of a list ---------------------------------------------------------------------------------------


class Page(Schema, Generic[T]):
    items: list[T]
    count: int = Field(description="How many there are in all.", examples=[42])


class Slice(Schema):
    """Which part of a list: `?limit=50&offset=100`."""

    limit: int = Field(50, ge=1, le=200, description="How many at most.")
    offset: int = Field(0, ge=0, le=100_000_000, description="How many to leave out first.")

    def of(self, rows: QuerySet[Any] | Sequence[Row], make: Callable[[Row], Any]) -> dict[str, Any]:
        """One page: counts, then takes only what is on it."""
        count = rows.count() if isinstance(rows, QuerySet) else len(rows)
        return {"items": [make(row) for row in rows[self.offset : self.offset + self.limit]], "count": count}


SliceQuery = Annotated[Slice, Query()]


# --- handlers ----------------------------------------------------------------------------------------------


def not_found_body() -> dict[str, Any]:
    message = _("There is no such thing, or it is none of yours.")
    return error_body("not_found", message, _("Check the address and the names in it."))


def install_error_handlers(api: NinjaAPI) -> None:
    """Give `api` a handler for everything that can be raised below a view."""
    _install_ours(api)
    _install_django_s(api)
    _install_ninja_s(api)


def _install_ours(api: NinjaAPI) -> None:
    @api.exception_handler(SeodangError)
    def refused(request: HttpRequest, error: SeodangError) -> HttpResponse:
        response = api.create_response(request, body_of(error), status=status_of(error))
        seconds = retry_after(error)
        if seconds is not None:
            response["Retry-After"] = str(seconds)
        return response

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        if settings.DEBUG:
            raise error
        logger.exception("api request failed", extra={"method": request.method, "path": request.path})
        hint = _("Try again in a minute; the error has been written to the site’s log.")
        body = error_body("server_error", _("Something broke on our side."), hint)
        return api.create_response(request, body, status=500)


def _install_django_s(api: NinjaAPI) -> None:
    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
        return api.create_response(request, not_found_body(), status=404)

    @api.exception_handler(PermissionDenied)
    def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        message = str(error) or _("You may see this but not do that.")
        body = error_body("forbidden", message, _("Ask an instructor of the course."))
        return api.create_response(request, body, status=403)

    @api.exception_handler(RequestDataTooBig)
    def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        body = error_body("too_large", _("The request is larger than this site takes."))
        return api.create_response(request, body, status=413)

    def malformed(request: HttpRequest, error: Exception) -> HttpResponse:
        return api.create_response(request, error_body("bad_request", _("The request cannot be read.")), status=400)

    for kind in (BadRequest, SuspiciousOperation, MultiPartParserError):
        api.add_exception_handler(kind, malformed)


def _install_ninja_s(api: NinjaAPI) -> None:
    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = [
            {"at": ".".join(str(part) for part in found["loc"]), "message": found["msg"], "type": found["type"]}
            for found in error.errors
        ]
        message = _("The request does not have the expected shape.")
        hint = _("Compare each field named in “fields” with the API’s documentation.")
        return api.create_response(request, error_body("invalid", message, hint, fields=fields), status=422)

    @api.exception_handler(AuthenticationError)
    def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        hint = _(
            "Send “Authorization: Bearer TOKEN”. “seodang login URL” makes a token, and so does your profile page."
        )
        body = error_body("not_signed_in", _("A valid personal token is needed here."), hint)
        response = api.create_response(request, body, status=401)
        response["WWW-Authenticate"] = "Bearer"
        return response

    @api.exception_handler(AuthorizationError)
    def not_allowed(request: HttpRequest, error: AuthorizationError) -> HttpResponse:
        body = error_body("forbidden", _("This token does not allow that."))
        return api.create_response(request, body, status=403)

    @api.exception_handler(Throttled)
    def too_many(request: HttpRequest, error: Throttled) -> HttpResponse:
        body = error_body("too_many", _("Too many requests."), _("Wait a little and try again."))
        response = api.create_response(request, body, status=429)
        if error.wait:
            response["Retry-After"] = str(int(error.wait) + 1)
        return response

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        code = _CODES.get(error.status_code, "error")
        return api.create_response(request, error_body(code, str(error)), status=error.status_code)
