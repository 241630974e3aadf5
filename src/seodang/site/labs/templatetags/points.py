"""Points and what became of a question, as words with an icon: `{% load points %}`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seodang.i18n import gettext as toolkit_gettext
from seodang.site.web import icons

register = template.Library()
NOTHING = "–"
HIDDEN_TITLE = "Hidden tests"  # grade.points gives it to hidden tests without a title

# status → (icon, words, class of the style sheet)
STATUSES: dict[str, tuple[str, str | Promise, str]] = {
    "passed": ("check", _("full points"), "status-good"),
    "partial": ("half-moon", _("part of the points"), ""),
    "failed": ("cross", _("no points"), "status-bad"),
    "unchanged": ("minus", _("left as it was handed out"), "status-bad"),
    "missing": ("minus", _("its cell is missing"), "status-bad"),
    "waiting": ("clock", _("waits for a person"), ""),
    "timeout": ("clock", _("took too long"), "status-bad"),
    "crashed": ("alert", _("the program died"), "status-bad"),
    "tampered": ("flag", _("being looked at"), "status-bad"),
    "marked": ("pencil", _("marked by a person"), "status-good"),
    "hidden": ("lock", _("not released yet"), ""),
}


@register.filter
def points(value: Any) -> str:
    """2.000 → 2, 1.50 → 1.5; a real minus sign; a dash for nothing."""
    if value is None or value == "":
        return NOTHING
    number = Decimal(str(value)).quantize(Decimal("0.001")).normalize()
    text = f"{number:f}" if number else "0"
    return text.replace("-", "\N{MINUS SIGN}")


@register.filter
def check_title(check: Any) -> str:
    """The teacher's title of a test, marked as hidden where it is; the toolkit's own words where there is none."""
    title = toolkit_gettext(check.title) if check.title else ""
    if check.visible:
        return title or gettext("Test in the notebook")
    if check.title in {"", HIDDEN_TITLE}:
        return title or gettext("Hidden test")
    return gettext("Hidden test: %(title)s") % {"title": check.title}


@register.filter
def own_title(title: str) -> str:
    """A test's title as its teacher wrote it; where the toolkit named it, in the reader's language."""
    return toolkit_gettext(title) if title else ""


@register.simple_tag
def status(name: Any) -> SafeString:
    """An icon and words, so that the state is told without colour."""
    icon, words, kind = STATUSES.get(str(name), ("info", str(name), ""))
    drawn = mark_safe(icons.svg(icon))  # noqa: S308 - our own icons
    return format_html('<span class="status {}">{} {}</span>', kind, drawn, words)
