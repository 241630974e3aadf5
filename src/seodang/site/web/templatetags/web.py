"""The components that every template may use without loading anything (a template builtin).

What each looks like and when to use it stands in docs/reference/components.md.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.http import HttpRequest
from django.template.loader import get_template
from django.utils import formats, timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from seodang.site.web import charts, icons
from seodang.site.web import markdown as markdown_module

register = template.Library()
NOTHING = "–"


# --- charts --------------------------------------------------------------------------------------------------


@register.simple_tag
def sparkline(points: Any, greater_is_better: bool | None = None, decimals: int = 4) -> SafeString:
    return mark_safe(charts.sparkline(points, greater_is_better=greater_is_better, decimals=decimals))  # noqa: S308


@register.simple_tag
def whisker(
    low: Any, score: Any, high: Any, domain_low: Any, domain_high: Any, decimals: int = 4, width: int = 120
) -> SafeString:
    drawn = charts.whisker(low, score, high, domain_low, domain_high, decimals=decimals, width=width)
    return mark_safe(drawn)  # noqa: S308


@register.simple_tag
def histogram(bins: Any) -> SafeString:
    return mark_safe(charts.histogram(bins))  # noqa: S308


@register.inclusion_tag("web/parts/bars.html")
def bars(items: Any, total: Any = None) -> dict[str, Any]:
    return {"bars": charts.bars(items, total)}


@register.simple_tag
def line_chart(
    series: Any,
    greater_is_better: bool | None = None,
    decimals: int = 4,
    tz: Any = None,
    title: str = "",
) -> SafeString:
    drawn = charts.line_chart(
        series, greater_is_better=greater_is_better, decimals=decimals, tz=zone_of(tz), title=title
    )
    return mark_safe(drawn)  # noqa: S308


# --- words and numbers ---------------------------------------------------------------------------------------


@register.simple_tag
def markdown(text: str | None) -> SafeString:
    return mark_safe(f'<div class="prose">{markdown_module.render(text or "")}</div>')  # noqa: S308


@register.simple_tag
def score(value: Any, decimals: int = 4) -> str:
    """A score at the metric's precision; a dash where there is none."""
    found = charts.as_float(value)
    return NOTHING if found is None else charts.number(found, decimals)


@register.simple_tag
def filesize(size_bytes: Any) -> str:
    """Bytes in decimal units, as disks and browsers count: 1.4 MB."""
    size = charts.as_float(size_bytes)
    if size is None:
        return NOTHING
    if size < 1000:
        return ngettext("%(count)d byte", "%(count)d bytes", int(size)) % {"count": int(size)}
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1000
        if size < 999.5 or unit == "TB":
            shown = f"{size:.0f}" if size >= 99.5 else f"{size:.1f}"
            return f"{shown}\N{NO-BREAK SPACE}{unit}"
    return NOTHING


@register.simple_tag
def ordinal(number: int) -> str:
    """1st, 2nd, 3rd; 1위 in Korean: a place on a board."""
    if (get_language() or "en").startswith("ko"):
        return f"{number}위"
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


# --- time ----------------------------------------------------------------------------------------------------


def zone_of(tz: Any) -> tzinfo:
    if isinstance(tz, str) and tz:
        return zoneinfo.ZoneInfo(tz)
    return tz if isinstance(tz, tzinfo) else timezone.get_current_timezone()


def relative_words(moment: datetime, now: datetime) -> str:
    """“3 hours ago”, “in 2 days”; the script refreshes it with the same rounding."""
    seconds = (moment - now).total_seconds()
    size = abs(seconds)
    if size < 45:
        return _("just now") if seconds <= 0 else _("in a moment")
    if size < 45 * 60:
        count = max(1, round(size / 60))
        past, future = (
            ngettext("%(count)d minute ago", "%(count)d minutes ago", count),
            ngettext("in %(count)d minute", "in %(count)d minutes", count),
        )
    elif size < 22 * 3600:
        count = max(1, round(size / 3600))
        past, future = (
            ngettext("%(count)d hour ago", "%(count)d hours ago", count),
            ngettext("in %(count)d hour", "in %(count)d hours", count),
        )
    else:
        count = max(1, round(size / 86400))
        past, future = (
            ngettext("%(count)d day ago", "%(count)d days ago", count),
            ngettext("in %(count)d day", "in %(count)d days", count),
        )
    return (future if seconds > 0 else past) % {"count": count}


def absolute_words(moment: datetime, now: datetime) -> str:
    """“Sun 22 Nov, 17:03” or “11월 22일 (일) 17:03”; the year only where it is another."""
    # Translators: a date in the present year, in Django's date format letters
    shape = _("D j M, H:i") if moment.year == now.astimezone(moment.tzinfo).year else _("D j M Y, H:i")
    # Django's short Korean weekday is the long one; on paper it is (금), not (금요일).
    return formats.date_format(moment, shape).replace("요일)", ")")


@register.simple_tag
def when(moment: datetime | None, tz: Any = None, style: str = "relative") -> SafeString | str:
    """A moment as <time>. Styles: "relative" (absolute on hover), "absolute", "full" (both), "date"."""
    if moment is None:
        return NOTHING
    local = moment.astimezone(zone_of(tz))
    now = datetime.now(UTC)
    machine = local.isoformat(timespec="seconds")
    absolute = absolute_words(local, now)
    zoned = f"{absolute} {local.tzname()}"
    if style == "date":
        # Translators: a day with its year, in Django's date format letters
        shown = formats.date_format(local, _("j M Y"))
        return format_html('<time class="when" datetime="{}" title="{}">{}</time>', machine, zoned, shown)
    if style == "absolute":
        return format_html('<time class="when" datetime="{}" title="{}">{}</time>', machine, zoned, absolute)
    relative = relative_words(local, now)
    if style == "full":
        return format_html(
            '<time class="when" datetime="{}" title="{}">{}</time> <time class="when quiet" datetime="{}" '
            "data-relative>{}</time>",
            machine, zoned, absolute, machine, relative,
        )  # fmt: skip
    return format_html(
        '<time class="when" datetime="{}" title="{}" data-relative>{}</time>', machine, zoned, relative
    )


# --- parts of a page -----------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str) -> SafeString:
    return mark_safe(icons.svg(name))  # noqa: S308


@register.simple_tag
def badge(text: Any, kind: str = "") -> SafeString:
    """A word that marks a row. Kinds: "" (quiet), "accent", "danger"."""
    return format_html('<span class="badge{}">{}</span>', f" badge-{kind}" if kind else "", text)


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """Label, help, control and errors of one form field."""
    return bound.as_field_group()


@register.inclusion_tag("web/parts/empty.html")
def empty_state(title: str, text: str = "", url: str = "", action: str = "") -> dict[str, str]:
    """What stands where a list would be, with the one thing to do about it."""
    return {"title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("web/parts/tabs.html", takes_context=True)
def tabs(context: dict[str, Any], items: Iterable[Any], label: str = "") -> dict[str, Any]:
    """Links between sibling pages: items are (title, url) or (title, url, is_current)."""
    request: HttpRequest | None = context.get("request")
    here = request.path if request else ""
    shown = []
    for item in items:
        title, url, *rest = item
        shown.append({"title": title, "url": url, "current": bool(rest[0]) if rest else url == here})
    return {"items": shown, "label": label}


@register.inclusion_tag("web/parts/pager.html", takes_context=True)
def pager(context: dict[str, Any], page: Page) -> dict[str, Any]:
    """Previous, next and page numbers; other parameters of the address are kept."""
    request: HttpRequest | None = context.get("request")
    kept = request.GET.copy() if request else None
    if kept is not None:
        kept.pop("page", None)
    query = kept.urlencode() if kept else ""
    numbers = list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))
    return {"page": page, "numbers": numbers, "query": f"&{query}" if query else "", "ellipsis": "…"}


@register.simple_tag(takes_context=True)
def include_if_there(context: template.RequestContext, name: str) -> SafeString | str:
    """A template of an app that may not be installed; nothing where it is not."""
    try:
        found = get_template(name)
    except template.TemplateDoesNotExist:
        return ""
    return found.render(context.flatten(), context.get("request"))


@register.filter
def share(value: Any, digits: int = 0) -> str:
    """0.25 → “25 %”, set with a narrow space."""
    found = charts.as_float(value)
    return NOTHING if found is None else f"{charts.number(100 * found, digits)}\N{NARROW NO-BREAK SPACE}%"


@register.filter
def escaped_or_dash(value: Any) -> str:
    return conditional_escape(value) if value not in (None, "") else NOTHING
