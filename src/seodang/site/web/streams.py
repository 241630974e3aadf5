"""Downloads that are never whole in memory, whichever server asks.

Under ASGI Django would read a plain iterator to its end before sending; under WSGI (and its test client) it would
do so with an asynchronous one. So each gets the kind it streams.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import IO
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

PIECE_BYTES = 1 << 18


def attachment(
    request: HttpRequest, file: IO[bytes], name: str, content_type: str = "application/octet-stream"
) -> StreamingHttpResponse:
    """A stored file as a download; it is closed when sent."""
    return streamed(request, pieces(file), name, content_type=content_type)


def streamed(
    request: HttpRequest, content: Iterator[bytes], name: str, *, content_type: str
) -> StreamingHttpResponse:
    """Pieces as a download of that name."""
    is_async = isinstance(request, ASGIRequest)
    response = StreamingHttpResponse(in_threads(content) if is_async else content, content_type=content_type)
    response["Content-Disposition"] = disposition(name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache"
    return response


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece


async def in_threads(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, each fetched in a thread, so that the event loop stays free."""
    try:
        while (piece := await sync_to_async(next)(content, None)) is not None:
            yield piece
    finally:
        close = getattr(content, "close", None)
        if close:
            await sync_to_async(close)()


def disposition(name: str) -> str:
    """RFC 6266, with RFC 5987 for names that are not ASCII."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name).strip() or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
