"""What a course shows: each app registers its section here (from `AppConfig.ready`), and `courses` imports none.

A section is a tab of the course, a card on its front page, and what it knows to be due for a student.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from seodang.site.courses.access import Access


@dataclass(frozen=True)
class Due:
    """One thing that awaits this person: what, where, and until when."""

    title: str
    url: str
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A part of every course.

    key: stable name; pages of the section set `{% block tab %}` or `active_tab` to it.
    title: lazy translated text.
    url_name: named address that takes the course's slug as its only argument.
    summary: given the access, the context of `template` for the card on the front page; None shows no card.
    template: drawn with `summary`'s context, plus `section`, `access` and `course`. The default shows `text` and
        `lines` (each with title, url, at, note: `Due` fits).
    due: given the access, what awaits this person.
    """

    key: str
    title: Any
    url_name: str
    order: int = 100
    summary: Callable[[Access], Mapping[str, Any] | None] | None = None
    template: str = "courses/_section.html"
    due: Callable[[Access], Iterable[Due]] | None = None

    def url(self, access: Access) -> str:
        return reverse(self.url_name, args=[access.course.slug])

    def card(self, access: Access, request: Any = None) -> str:
        """The card's inner HTML; empty when the section has nothing to say to this person."""
        context = self.summary(access) if self.summary else None
        if context is None:
            return ""
        whole = {**context, "section": self, "access": access, "course": access.course}
        return render_to_string(self.template, whole, request=request)


_sections: dict[str, Section] = {}


def register(section: Section) -> Section:
    """Add a section; registering the same key again replaces it."""
    _sections[section.key] = section
    return section


def all_sections() -> list[Section]:
    return sorted(_sections.values(), key=lambda section: (section.order, section.key))


def due(access: Access) -> list[Due]:
    """What awaits this person in all sections: soonest first, the undated last."""
    found = [item for section in all_sections() if section.due for item in section.due(access)]
    return sorted(found, key=lambda item: (item.at is None, item.at and item.at.timestamp(), item.title))
