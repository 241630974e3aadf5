"""What a course shows of its ladders: a tab, and a card with the newest ones on the front page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from seodang.site.courses.access import Access
from seodang.site.courses.sections import Section, register
from seodang.site.ladders.models import Ladder

NEWEST = 4


def summary(access: Access) -> dict[str, Any] | None:
    """The newest that this person may see; None where there is none yet, so that the tab says enough."""
    found = list(Ladder.objects.visible_to(access).select_related("owner")[:NEWEST])
    return {"ladders": found} if found else None


def register_sections() -> None:
    register(
        Section(
            key="ladders",
            title=gettext_lazy("Ladders"),
            url_name="ladders:list",
            order=30,
            summary=summary,
            template="ladders/_section.html",
        )
    )
