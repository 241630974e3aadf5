"""Pictures of a notebook as data addresses, after a look at what they are.

PNG and JPEG are told by their bytes and measured by their headers, so that neither a huge file nor a small one that
unfolds to gigabytes reaches a browser. SVG is shown as a picture only (`<img>`), where it runs no script and asks
for nothing.
"""

from __future__ import annotations

import binascii
import re
import struct
from base64 import b64decode, b64encode

MOST_BYTES = 3_000_000
MOST_PIXELS = 40_000_000
_DATA = re.compile(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=\s]*)\Z")


def data_address(mime: str, content: str) -> str | None:
    """`data:` address of a picture; None where it is none, or too large.

    Args:
        mime: image/png, image/jpeg or image/svg+xml.
        content: base64 of the first two, the text of the third.
    """
    if len(content) > MOST_BYTES * 4 // 3 + 4:
        return None
    if mime == "image/svg+xml":
        return (
            f"data:{mime};base64,{b64encode(content.encode('utf-8', 'replace')).decode()}"
            if "<svg" in content
            else None
        )
    try:
        raw = b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    size = {"image/png": _png_size, "image/jpeg": _jpeg_size}.get(mime, lambda _raw: None)(raw)
    if size is None or not 0 < size[0] * size[1] <= MOST_PIXELS:
        return None
    return f"data:{mime};base64,{b64encode(raw).decode()}"


def checked(address: str) -> str | None:
    """The same for an address that somebody wrote: only PNG and JPEG data pass."""
    found = _DATA.match(address)
    return data_address(found[1], found[2]) if found else None


def _png_size(raw: bytes) -> tuple[int, int] | None:
    if raw[:8] != b"\x89PNG\r\n\x1a\n" or raw[12:16] != b"IHDR" or len(raw) < 24:
        return None
    width, height = struct.unpack(">II", raw[16:24])
    return width, height


def _jpeg_size(raw: bytes) -> tuple[int, int] | None:
    """From the frame header, found by walking the segments (ITU-T T.81, annex B)."""
    if raw[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 <= len(raw):
        if raw[at] != 0xFF:
            return None
        marker = raw[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", raw[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
    return None
