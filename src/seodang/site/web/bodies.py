"""How much one request may send.

Django's ASGI handler writes a whole body to disk before any view, or the question who asks, is reached; without a
cap anybody could fill the disk. Whoever shows neither a session nor a token has nothing large to send. Does not
cover what one file may have: `settings.UPLOAD_BYTES`, which services hold.
"""

from __future__ import annotations

import io
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _

STRANGERS_BYTES = 4 * 1024 * 1024
FILES_OF_ONE_FORM = 4  # train, test, truth, sample
FORM_BYTES = 4 * 1024 * 1024


class BodyLimit:
    """An ASGI application that answers 413 instead of `inner` where a body is too large, by its word or in fact."""

    def __init__(self, inner: Any, *, upload_bytes: int) -> None:
        self.inner = inner
        self.most = FILES_OF_ONE_FORM * upload_bytes + FORM_BYTES

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        headers = dict(scope["headers"])
        known = b"authorization" in headers or b"sessionid=" in headers.get(b"cookie", b"")
        left = self.most if known else min(self.most, STRANGERS_BYTES)
        said = headers.get(b"content-length", b"")
        if said.isdigit() and (len(said) > 18 or int(said) > left):
            await refuse(scope, send)
            return
        is_too_large = False

        async def counted() -> dict[str, Any]:
            nonlocal left, is_too_large
            message: dict[str, Any] = await receive()
            if message["type"] == "http.request":
                left -= len(message.get("body", b""))
                if left < 0:
                    is_too_large = True
                    return {"type": "http.disconnect"}  # Django then drops what it has, and answers nothing
            return message

        await self.inner(scope, counted, send)
        if is_too_large:
            await refuse(scope, send)


async def refuse(scope: dict[str, Any], send: Any) -> None:
    request = ASGIRequest(scope, io.BytesIO())
    with translation.override(translation.get_language_from_request(request)):
        response = answer(request)
    response["Connection"] = "close"
    headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})


def answer(request: HttpRequest) -> HttpResponse:
    what = _("The request is larger than this site takes.")
    if request.path.startswith("/api/"):
        from seodang.site.web.api import error_body  # Ninja, only where it is needed

        return JsonResponse(error_body("too_large", what), status=413)
    return HttpResponse(f"{what}\n", status=413, content_type="text/plain; charset=utf-8")
