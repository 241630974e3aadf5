"""Numbers and names as a reader sees them."""

from __future__ import annotations

import math
from typing import Any

from seodang.i18n import N_, gettext

MINUS, NBSP = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"


def number(value: float | None, digits: int = 4) -> str:
    """`digits` significant ones, never in powers of ten between 0.0001 and a thousand million."""
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    if size and (size < 1e-4 or size >= 1e9):
        text = f"{value:.{max(1, digits - 2)}e}"
    else:
        before = math.floor(math.log10(size)) + 1 if size else 1
        text = f"{value:,.{max(0, digits - before)}f}"
    return text.replace("-", MINUS) if text.strip("-0.,") else text.lstrip("-")


def decimals_for(low: float, high: float) -> int:
    """So many decimals that an interval's ends differ by at least ten of the last digit."""
    width = abs(high - low)
    if not width or not math.isfinite(width):
        return 4
    return min(6, max(0, 1 - math.floor(math.log10(width))))


def fixed(value: float | None, decimals: int) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:,.{decimals}f}"
    return text.replace("-", MINUS) if text.strip("-0.,") else text.lstrip("-")


def percent(share: float, decimals: int = 0) -> str:
    tiny = 0 < share < 0.5 * 10 ** -(decimals + 2)
    text = f"<{10**-decimals:g}" if tiny else f"{100 * share:.{decimals}f}"
    # Translators: a percentage; the space before the sign does not break.
    return gettext("%(n)s\u00a0%%") % {"n": text}


def seconds(value: float) -> str:
    if value < 10:
        return gettext("%(n)s s") % {"n": f"{value:.1f}"}
    if value < 120:
        return gettext("%(n)s s") % {"n": f"{value:.0f}"}
    return gettext("%(n)s min") % {"n": f"{value / 60:.1f}"}


def plain(value: float, digits: int = 5) -> str:
    """A number as a table holds it: no zeros behind that say nothing."""
    text = number(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def between(low: str, high: str) -> str:
    """From one number to another; a dash with air, since it may stand before a minus."""
    return f"{low}{NBSP}– {high}"


def cut(text: Any, length: int = 60) -> str:
    """One line of at most so many letters."""
    line = " ".join(str(text).split())
    return line if len(line) <= length else line[: length - 1] + "…"


KINDS = {
    "number": N_("a number"),
    "boolean": N_("yes or no"),
    "category": N_("category"),
    "time": N_("date or time"),
    "text": N_("free text"),
}
TASKS = {
    "regression": N_("regression: a number is predicted"),
    "binary": N_("two classes"),
    "classes": N_("several classes"),
}
