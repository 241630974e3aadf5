"""The driver's side of `wire`: writes frames, and reads them trusting nothing."""

from __future__ import annotations

import json
from typing import Any

from seodang.grade.errors import GradeError
from seodang.grade.execute.wire import HEAD_BYTES, KEY_BYTES
from seodang.i18n import N_

MAX_FRAME_BYTES = 48 * 1024 * 1024
NO_JSON = N_("The submission’s process answered with something that is no JSON.")


class ForgedFrame(GradeError):
    """What came over the channel is no answer of the harness."""

    code = "forged_frame"


def frame(key: bytes, value: Any) -> bytes:
    body = json.dumps(value, separators=(",", ":")).encode()
    return (len(body) + KEY_BYTES).to_bytes(HEAD_BYTES, "big") + key + body


class FrameReader:
    """Collects bytes of one channel and gives whole frames; raises `ForgedFrame` for anything else."""

    def __init__(self, key: bytes, max_bytes: int = MAX_FRAME_BYTES) -> None:
        self.key = key
        self.max_bytes = max_bytes
        self._held = bytearray()
        self._forged: ForgedFrame | None = None

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The whole frames so far. What stands before a forged one is given first: it tells who forged."""
        if self._forged is not None:
            raise self._forged
        self._held += data
        found: list[dict[str, Any]] = []
        try:
            while (value := self._next()) is not None:
                found.append(value)
        except ForgedFrame as error:
            if not found:
                raise
            self._forged = error
        return found

    @property
    def is_empty(self) -> bool:
        return not self._held and self._forged is None

    def _next(self) -> dict[str, Any] | None:
        if len(self._held) < HEAD_BYTES:
            return None
        size = int.from_bytes(self._held[:HEAD_BYTES], "big")
        if not KEY_BYTES <= size <= self.max_bytes:
            raise ForgedFrame(N_("The submission’s process answered with a frame of %(size)s bytes."), size=size)
        if len(self._held) < HEAD_BYTES + size:
            return None
        whole = bytes(self._held[HEAD_BYTES : HEAD_BYTES + size])
        del self._held[: HEAD_BYTES + size]
        if whole[:KEY_BYTES] != self.key:
            raise ForgedFrame(N_("Something that is not the harness wrote to the channel of results."))
        body = whole[KEY_BYTES:]
        try:
            value = json.loads(body)
            if b"\\ud" in body or b"\\uD" in body:
                value = _without_surrogates(value)
        except (ValueError, RecursionError) as error:
            raise ForgedFrame(NO_JSON) from error
        if not isinstance(value, dict):
            raise ForgedFrame(NO_JSON)
        return value


def _without_surrogates(value: Any) -> Any:
    """Halves of a character, which no file in UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_without_surrogates(entry) for entry in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(entry) for key, entry in value.items()}
    return value
