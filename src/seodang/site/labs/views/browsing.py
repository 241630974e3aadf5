"""Pages to read: the labs of a course, one lab, its files, and the stream that keeps a student's pages live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from seodang.site.courses.access import Access
from seodang.site.jobs import live as jobs_live
from seodang.site.labs import services
from seodang.site.labs.forms import SubmitForm
from seodang.site.labs.models import Lab, LabState, SubmissionState
from seodang.site.labs.services.points import Ledger, SubmissionPoints
from seodang.site.labs.views._common import course_page, is_part, lab_page, show
from seodang.site.labs.views._mine import dates, mine, same_as_shown, submit_command
from seodang.site.web.streams import attachment, streamed

# --- the labs of a course -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Card:
    """One line of the list: a lab and how the reader, or the class, stands in it."""

    lab: Lab
    due_at: datetime
    closes_at: datetime
    n_attempts: int
    is_waiting: bool
    n_students: int
    points: SubmissionPoints | None = None  # of the reader's submission that counts, as they may see them


@require_safe
@course_page
def labs(request: HttpRequest, access: Access) -> HttpResponse:
    now = timezone.now()
    cards = list(lines(access))
    published = [card for card in cards if card.lab.state == LabState.PUBLISHED]
    groups = [
        ("unpublished", _("Not published"), [card for card in cards if card not in published]),
        ("open", _("Open"), [c for c in published if c.lab.opens_at <= now <= c.closes_at]),
        ("upcoming", _("Upcoming"), [c for c in published if c.lab.opens_at > now]),
        ("closed", _("Closed"), [c for c in reversed(published) if c.closes_at < now]),
    ]
    return render(
        request,
        "labs/list.html",
        {
            "access": access,
            "course": access.course,
            "groups": [group for group in groups if group[2]],
            "now": now,
        },
    )


def lines(access: Access) -> Iterator[Card]:
    """Every visible lab, in a fixed number of queries."""
    costing = ~Q(submissions__state=SubmissionState.REFUSED)
    own = costing & Q(submissions__user=access.user)
    waiting = Q(submissions__state__in=[SubmissionState.WAITING, SubmissionState.MARKING])
    found = (
        Lab.objects.visible_to(access)
        .select_related("course", "current")
        .annotate(
            n_attempts=Count("submissions", filter=own),
            n_waiting=Count("submissions", filter=own & waiting),
            n_students=Count("submissions__user", filter=costing, distinct=True),
        )
    )
    ledgers = Ledger.of_labs(found, user=access.user)
    for lab in found:
        deadline = ledgers[lab.pk].deadline(access.user.pk)
        yield Card(
            lab=lab,
            due_at=deadline.extended_due_at,
            closes_at=deadline.closes_at,
            n_attempts=lab.n_attempts,
            is_waiting=lab.n_waiting > 0,
            n_students=lab.n_students,
            points=points_shown(ledgers[lab.pk], access),
        )


def points_shown(ledger: Ledger, access: Access) -> SubmissionPoints | None:
    """Of the submission that counts, as far as the reader may know which one that is."""
    own = ledger.submissions[access.user.pk]
    seen = [services.seen_by_student(ledger.points(one), ledger.lab) for one in own]
    counting = services.counting_of(seen, ledger.lab)
    return next((one for one in seen if counting is not None and one.submission.pk == counting.pk), None)


# --- one lab ------------------------------------------------------------------------------------------------


@require_safe
@lab_page
def overview(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    own = mine(access, lab)
    if is_part(request) and access.may_take_part:
        if same_as_shown(request, own["seen"]):
            return HttpResponse(status=204)
        return show(request, "_attempts", access, lab, tab="overview", **own, **dates(access, lab))
    return show(
        request,
        "overview",
        access,
        lab,
        tab="overview",
        form=SubmitForm(),
        submit_command=submit_command(request, lab),
        **dates(access, lab),
        **own,
        files=services.files_for(lab=lab, access=access),
    )


@require_safe
@lab_page
def download(request: HttpRequest, access: Access, lab: Lab, name: str) -> HttpResponseBase:
    """The notebook as students get it, one of its data files, or all of them as a zip file."""
    shown = services.files_for(lab=lab, access=access)
    file = next((file for file in shown if file.name == name), None)
    if file is not None:
        return attachment(request, file.open(), PurePosixPath(file.name).name)
    if name == services.ZIP_NAME and shown:
        pieces = services.zip_of(lab=lab, shown=shown)
        return streamed(request, pieces, f"{lab.slug}.zip", content_type="application/zip")
    raise Http404


@require_safe
@lab_page
def live(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    """Server-sent events for one's own submissions: “look again”, with nothing in them."""
    return jobs_live.event_stream(request, lab.topic_of(request.user))
