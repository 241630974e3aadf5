"""Terminal text as HTML: colours become spans with a class, carriage returns and backspaces do what they do.

Classes are `a1` bold, `a3` italic, `a4` underlined, `a30` … `a37` and `a90` … `a97` colours. 256 and 24-bit colours
take the nearest of the sixteen, since the page's policy allows no style attributes. Other control sequences
(cursor, title, links) are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_SEQUENCE = re.compile(r"\x1b(?:\[([0-9;:]*)([A-Za-z])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]")
_STYLES = {1: "a1", 3: "a3", 4: "a4"}
_OFF = {22: "a1", 23: "a3", 24: "a4"}
_PALETTE = (
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
)
_BRIGHT = (
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
)


def to_html(text: str) -> str:
    """Escaped text with spans, every one of them closed."""
    parts = []
    for classes, piece in _pieces(text):
        clean = escape(_CONTROL.sub("", piece), quote=False)
        parts.append(f'<span class="{" ".join(classes)}">{clean}</span>' if classes and clean else clean)
    return "".join(parts)


def overstrike(text: str) -> str:
    """What a terminal would show of lines that rewrite themselves, such as progress bars."""
    return "\n".join(_overstruck(line) if "\r" in line or "\b" in line else line for line in text.split("\n"))


def _overstruck(line: str) -> str:
    kept = line.rstrip("\r").rsplit("\r", 1)[-1]
    if "\b" not in kept:
        return kept
    left: list[str] = []
    for character in kept:
        if character != "\b":
            left.append(character)
        elif left:
            left.pop()
    return "".join(left)


def _pieces(text: str) -> Iterator[tuple[list[str], str]]:
    styles: dict[str, str] = {}
    at = 0
    for found in _SEQUENCE.finditer(text):
        if found.start() > at:
            yield list(styles.values()), text[at : found.start()]
        at = found.end()
        if found[2] == "m":
            _apply(styles, found[1] or "")
    yield list(styles.values()), text[at:].replace("\x1b", "")


def _apply(styles: dict[str, str], parameters: str) -> None:
    numbers = [int(number) if number.isdigit() else 0 for number in re.split("[;:]", parameters)[:32]]
    while numbers:
        number = numbers.pop(0)
        if number == 0:
            styles.clear()
        elif number in _STYLES:
            styles[_STYLES[number]] = _STYLES[number]
        elif number in _OFF:
            styles.pop(_OFF[number], None)
        elif 30 <= number <= 37 or 90 <= number <= 97:
            styles["colour"] = f"a{number}"
        elif number in (38, 48):
            nearest = _extended(numbers)
            if number == 38 and nearest is not None:
                styles["colour"] = f"a{nearest}"
        elif number == 39:
            styles.pop("colour", None)


def _extended(numbers: list[int]) -> int | None:
    """Take the rest of `38;5;n` or `38;2;r;g;b` off the list: the nearest of the sixteen colours."""
    kind = numbers.pop(0) if numbers else 0
    if kind == 5 and numbers:
        index = min(255, numbers.pop(0))
        if index < 16:
            return index + 30 if index < 8 else index + 82
        if index >= 232:
            return _nearest(*[8 + 10 * (index - 232)] * 3)
        levels = (0, 95, 135, 175, 215, 255)
        index -= 16
        return _nearest(levels[index // 36], levels[index // 6 % 6], levels[index % 6])
    if kind == 2 and len(numbers) >= 3:
        return _nearest(numbers.pop(0), numbers.pop(0), numbers.pop(0))
    return None


def _nearest(red: int, green: int, blue: int) -> int:
    def distance(entry: tuple[int, tuple[int, int, int]]) -> int:
        _code, (r, g, b) = entry
        return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2

    return min([*enumerate(_PALETTE, start=30), *enumerate(_BRIGHT, start=90)], key=distance)[0]
