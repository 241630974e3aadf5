"""The tabs that every page of a course bears, and roles in words."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from seodang.site.courses import access as course_access
from seodang.site.courses import sections
from seodang.site.courses.models import Role
from seodang.site.web.qr import svg

register = template.Library()


@register.inclusion_tag("courses/_tabs.html", takes_context=True)
def course_tabs(context: dict[str, Any]) -> dict[str, Any]:
    """Overview, the registered sections, and for staff people and settings; the open one by the page's address."""
    request = context.get("request")
    access = context.get("access")
    if access is None and context.get("course") is not None and request is not None:
        access = course_access.of(request.user, context["course"])
    if access is None or not access.may_see:
        return {"items": []}
    slug = access.course.slug
    front = reverse("courses:front", args=[slug])
    items = [(_("Overview"), front)]
    items += [(section.title, section.url(access)) for section in sections.all_sections()]
    if access.may_assist:
        items.append((_("People"), reverse("courses:people", args=[slug])))
    if access.may_manage:
        items.append((_("Settings"), reverse("courses:settings", args=[slug])))
    here = request.path if request else ""
    shown = [
        {"title": title, "url": url, "current": here == url if url == front else here.startswith(url)}
        for title, url in items
    ]
    return {"items": shown, "label": _("Course"), "request": request}


@register.filter
def role_name(role: str) -> str:
    """“instructor” in the reader's language."""
    return str(Role(role).label) if role in Role.values else ""


@register.simple_tag
def qr_code(text: str) -> SafeString:
    """An address as a QR code, in SVG."""
    return mark_safe(svg(text))  # noqa: S308 - made of numbers alone
