"""What a course shows of its labs: a tab, a card on the front page, and what is due."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seodang.site.courses.access import Access
from seodang.site.courses.sections import Due, Section, register
from seodang.site.labs.models import Lab, LabExtension, LabState, Submission
from seodang.site.labs.services.late import Deadline
from seodang.site.labs.services.points import deadline_for


def summary(access: Access) -> dict[str, Any] | None:
    """What can be handed in, what comes, what staff have not published; None for a course without labs."""
    found = _labs(access)
    if not found and not access.may_manage:
        return None
    now = timezone.now()
    published = [lab for lab, _deadline in found if lab.state == LabState.PUBLISHED]
    closed = {lab.pk for lab, deadline in found if now > deadline.closes_at}
    return {
        "open": [lab for lab in published if lab.opens_at <= now and lab.pk not in closed],
        "upcoming": [lab for lab in published if lab.opens_at > now],
        "closed": [lab for lab in published if lab.pk in closed and lab.opens_at <= now],
        "unpublished": [lab for lab, _deadline in found if lab.state != LabState.PUBLISHED],
        "n_found": len(found),
    }


def due(access: Access) -> Iterator[Due]:
    """Labs that are open to this student and not handed in, until they are due; late ones while they are taken."""
    if not access.may_take_part:
        return
    now = timezone.now()
    handed_in = set(
        Submission.objects.filter(lab__course=access.course, user=access.user)
        .costing()
        .values_list("lab_id", flat=True)
    )
    for lab, deadline in _labs(access):
        if lab.pk in handed_in or not lab.opens_at <= now <= deadline.closes_at:
            continue
        yield Due(
            title=lab.title,
            url=reverse("labs:overview", args=[access.course.slug, lab.slug]),
            at=deadline.extended_due_at,
            note=_note(deadline),
        )


def _note(deadline: Deadline) -> str:
    if timezone.now() > deadline.grace_until:
        return _("late, but still taken")
    if deadline.extension_days:
        days = deadline.extension_days
        return ngettext("%(n)s day longer for you", "%(n)s days longer for you", days) % {"n": days}
    return ""


def _labs(access: Access) -> list[tuple[Lab, Deadline]]:
    """The labs that this person sees, each with their own deadline; two queries."""
    days = dict(
        LabExtension.objects.filter(lab__course=access.course, user=access.user).values_list("lab_id", "days")
        if access.may_take_part
        else ()
    )
    found = []
    for lab in Lab.objects.visible_to(access):
        lab.course = access.course
        deadline = deadline_for(lab, days.get(lab.pk, 0))
        lab.own_due_at = deadline.extended_due_at
        found.append((lab, deadline))
    return found


def register_sections() -> None:
    register(
        Section(
            key="labs",
            title=gettext_lazy("Labs"),
            url_name="labs:list",
            order=10,
            summary=summary,
            template="labs/_section.html",
            due=due,
        )
    )
