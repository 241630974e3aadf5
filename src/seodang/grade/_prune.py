"""Cut the outputs out of a large notebook's file before it is parsed.

Two hundred megabytes of pictures need no more memory than the file itself then. This is no validation: it walks
over strings and brackets alone, and whatever it gets wrong the JSON parser refuses afterwards.
"""

from __future__ import annotations

import re

MAX_TOKENS = 3_000_000
MAX_DEPTH = 200
# A string in one piece, or one bracket. Possessive, so that no input makes it go back.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_COLON = re.compile(rb"\s*:\s*")
_CUT_KEYS = frozenset({b'"outputs"', b'"widgets"'})


class TooManyParts(Exception):
    """More brackets and strings, or deeper ones, than any notebook needs."""


def without_outputs(data: bytes) -> bytes:
    """The same JSON with the values of every "outputs" list (and "widgets" object) emptied."""
    kept: list[bytes] = []
    start = depth = tokens = 0
    cut_depth = cut_from = -1  # the depth at which an emptied value lies, and where it began
    expects_value_of_cut_key = False
    for match in _TOKEN.finditer(data):
        tokens += 1
        if tokens > MAX_TOKENS:
            raise TooManyParts
        first = data[match.start()]
        if first == 0x22:  # a string
            if cut_depth < 0:
                expects_value_of_cut_key = match.group() in _CUT_KEYS and _value_is_container(data, match.end())
            continue
        if first in b"[{":
            if expects_value_of_cut_key:
                cut_depth, cut_from = depth, match.end()
                expects_value_of_cut_key = False
            depth += 1
            if depth > MAX_DEPTH:
                raise TooManyParts
        else:
            depth -= 1
            if depth == cut_depth:
                kept.append(data[start:cut_from])
                start, cut_depth = match.start(), -1
    kept.append(data[start:])
    return b"".join(kept)


def _value_is_container(data: bytes, position: int) -> bool:
    colon = _COLON.match(data, position)
    return colon is not None and data[colon.end() : colon.end() + 1] in (b"[", b"{")
