"""The words of the toolkits and the shell, in the reader's language.

Owns: finding the reader's language and the catalogues of the packages outside the site
(`score/locale/ko/LC_MESSAGES/messages.po` and its like). The site's apps use Django's own gettext; at start the
site lends this module its language (`set_language_source`), so that a toolkit's error reads in the visitor's.
"""

from __future__ import annotations

import gettext as stdlib_gettext
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "ko")
_PACKAGES_WITH_WORDS = ("score", "run", "grade", "learn", "client", "cli")


def language_of_environment() -> str:
    """`SEODANG_LANG`, else the locale variables in POSIX's order: "ko" or "en"."""
    for name in ("SEODANG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "ko" if value.lower().startswith("ko") else "en"
    return "en"


_language_source: Callable[[], str | None] = language_of_environment


def set_language_source(source: Callable[[], str | None]) -> None:
    """Ask `source` for the reader's language from now on (the site passes Django's `get_language`)."""
    global _language_source
    _language_source = source


_speaking: ContextVar[str | None] = ContextVar("seodang_speaking", default=None)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within it, words are in that language, whoever asks: a page written for somebody else to read."""
    before = _speaking.set(language)
    try:
        yield
    finally:
        _speaking.reset(before)


def current_language() -> str:
    language = _speaking.get() or _language_source() or "en"
    return "ko" if language.startswith("ko") else "en"


@cache
def _translations(language: str) -> stdlib_gettext.NullTranslations:
    found = stdlib_gettext.NullTranslations()
    for package in _PACKAGES_WITH_WORDS:
        folder = Path(__file__).parent / package / "locale"
        catalogue = stdlib_gettext.translation("messages", folder, languages=[language], fallback=True)
        catalogue.add_fallback(found)
        found = catalogue
    return found


def gettext(message: str) -> str:
    """The message in the reader's language; the English itself where there is no translation."""
    if not message or current_language() == "en":
        return message
    return _translations(current_language()).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    if current_language() == "en":
        return singular if n == 1 else plural
    return _translations(current_language()).ngettext(singular, plural, n)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, do not translate yet"
    """Mark a message for translation where it is written; whoever shows it calls `gettext`."""
    return message
