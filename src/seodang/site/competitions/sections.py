"""What a course shows of its competitions: a tab, a card on the front page, and what is due."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seodang.site.competitions import services
from seodang.site.competitions.models import Competition
from seodang.site.courses.access import Access
from seodang.site.courses.sections import Due, Section, register


def summary(access: Access) -> dict[str, Any] | None:
    """What is open, what comes, what staff have not published; None for a course without competitions."""
    found = list(Competition.objects.visible_to(access))
    if not found and not access.may_manage:
        return None
    now = timezone.now()
    return {
        "open": [each for each in found if each.is_open(now)],
        "upcoming": [each for each in found if each.state == "published" and each.opens_at > now],
        "closed": [each for each in found if each.state == "published" and each.is_closed(now)],
        "unpublished": [each for each in found if each.state != "published"],
        "n_found": len(found),
    }


def due(access: Access) -> Iterator[Due]:
    """Open competitions, until they close, with the entries left today."""
    if not access.may_take_part:
        return
    for competition in Competition.objects.visible_to(access).select_related("course"):
        if not competition.is_open():
            continue
        left = services.quota(competition=competition, user=access.user).left_today
        yield Due(
            title=competition.title,
            url=reverse("competitions:overview", args=[access.course.slug, competition.slug]),
            at=competition.closes_at,
            note=_("Entries left today: %(left)s") % {"left": left},
        )


def register_sections() -> None:
    register(
        Section(
            key="competitions",
            title=gettext_lazy("Competitions"),
            url_name="competitions:list",
            order=20,
            summary=summary,
            template="competitions/_section.html",
            due=due,
        )
    )
