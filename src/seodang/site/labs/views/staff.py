"""What staff see of a class: who has handed in, what students see of the points, and the points as a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from seodang.errors import SeodangError
from seodang.site.courses.access import Access, require
from seodang.site.jobs import live as jobs_live
from seodang.site.labs import charts, services
from seodang.site.labs.models import Lab, PointsShown, SubmissionState
from seodang.site.labs.services.points import ClassCounts, Standing, StandingState
from seodang.site.labs.troubles import troubles
from seodang.site.labs.views._common import (
    FLAG_ORDER,
    address,
    is_part,
    lab_page,
    show,
    tell,
)
from seodang.site.web.streams import streamed

STATES = {
    StandingState.NOTHING: gettext_lazy("not handed in"),
    StandingState.MISSING: gettext_lazy("missing"),
    StandingState.WAITING: gettext_lazy("with the tests"),
    StandingState.BY_HAND: gettext_lazy("waits for a person"),
    StandingState.MARKED: gettext_lazy("marked"),
}


# --- the class ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One student in the table of the class."""

    standing: Standing
    state: str
    words: str
    refused: bool  # the latest submission could not be marked
    must_look: bool
    url: str
    submission_url: str

    @classmethod
    def of(cls, standing: Standing, lab: Lab) -> Row:
        counts, latest, user = standing.submission, standing.latest, standing.user.pk
        return cls(
            standing,
            str(standing.state),
            str(STATES[standing.state]),
            latest is not None and latest.state == SubmissionState.REFUSED,
            must_look(standing),
            address("student", lab, user),
            address("staff_submission", lab, user, counts.attempt) if counts else "",
        )


def must_look(standing: Standing) -> bool:
    counts = standing.submission
    return standing.flag_level in {"look", "tampering"} and counts is not None and counts.flags_seen_at is None


SORTS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: str(row.standing.user).casefold(),
    "state": lambda row: list(STATES).index(row.standing.state),
    "points": lambda row: row.standing.points.total if row.standing.points else -1,
    "late": lambda row: row.standing.late_days,
    "attempts": lambda row: row.standing.n_attempts,
    "flags": lambda row: (row.must_look, FLAG_ORDER.get(row.standing.flag_level, 0)),
    "at": lambda row: row.standing.submission.submitted_at.timestamp() if row.standing.submission else 0,
}
FILTERS: dict[str, Callable[[Row], bool]] = {
    "marked": lambda row: row.state == "marked",
    "by_hand": lambda row: row.state == "by_hand",
    "waiting": lambda row: row.state == "waiting",
    "missing": lambda row: row.state in {"missing", "nothing"},
    "late": lambda row: row.standing.late_days > 0,
    "look": lambda row: row.must_look,
    "refused": lambda row: row.refused,
}


@require_safe
@lab_page
def progress(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    require(access.may_assist)
    found = services.class_progress(lab)
    every = [Row.of(standing, lab) for standing in found.rows]
    search, only, sort = (request.GET.get(name, "").strip()[:60] for name in ("q", "only", "sort"))
    return show(
        request,
        "_progress" if is_part(request) else "progress",
        access,
        lab,
        tab="progress",
        rows=arranged(every, search=search, only=only, sort=sort or "name"),
        n_all=len(every),
        counts=found.counts,
        n_refused=sum(row.refused for row in every),
        max_points=found.max_points,
        legend=legend(found.counts),
        bar=charts.class_bar([(key, str(label), count) for key, label, count in legend(found.counts)]),
        troubles=troubles(lab, n_waiting=found.counts.waiting),
        search=search,
        only=only,
        sort=sort or "name",
        filters=filter_choices(),
        heads=heads(request, sort or "name"),
        sees=what_students_see(lab),
    )


def arranged(rows: list[Row], *, search: str, only: str, sort: str) -> list[Row]:
    """Those asked for, in the order asked for; who is equal there stands by name."""
    wanted = search.casefold()
    chosen = [row for row in rows if wanted in f"{row.standing.user} {row.standing.student_number}".casefold()]
    if only in FILTERS:
        chosen = [row for row in chosen if FILTERS[only](row)]
    key = SORTS.get(sort.lstrip("-"), SORTS["name"])
    return sorted(sorted(chosen, key=SORTS["name"]), key=key, reverse=sort.startswith("-"))


def legend(counts: ClassCounts) -> list[tuple[str, str, int]]:
    """What the bar shows, in its order."""
    return [
        ("marked", _("marked"), counts.marked),
        ("for_person", _("waiting for a person"), counts.by_hand),
        ("running", _("with the tests"), counts.waiting),
        ("missing", _("not handed in"), counts.missing),
    ]


def filter_choices() -> list[tuple[str, str]]:
    return [
        ("", _("Everybody")),
        ("marked", _("Marked")),
        ("by_hand", _("Waiting for a person")),
        ("waiting", _("With the tests")),
        ("missing", _("Not handed in")),
        ("late", _("Late")),
        ("look", _("To be looked at")),
        ("refused", _("Could not be marked")),
    ]


@dataclass(frozen=True)
class Head:
    """The head of a column that sorts: pressing it again turns the order round."""

    key: str
    title: str
    query: str
    aria: str  # "", "ascending", "descending"
    number: bool


def heads(request: HttpRequest, sort: str) -> list[Head]:
    columns = [
        ("name", _("Student"), False),
        ("state", _("State"), False),
        ("points", _("Points"), True),
        ("late", _("Late days"), True),
        ("attempts", _("Attempts"), True),
        ("flags", _("To look at"), False),
        ("at", _("Handed in"), False),
    ]
    found = []
    for key, title, number in columns:
        query = request.GET.copy()
        now = sort.lstrip("-") == key
        down = sort.startswith("-") if now else key in {"name", "state"}
        query["sort"] = key if down else f"-{key}"
        aria = ("descending" if sort.startswith("-") else "ascending") if now else ""
        found.append(Head(key, title, query.urlencode(), aria, number))
    return found


# --- releasing ------------------------------------------------------------------------------------------------


def what_students_see(lab: Lab) -> str:
    """What a student finds on their submission's page now."""
    if lab.released_at is not None:
        return _("Students see all points, marks by people and comments.")
    if lab.points_shown == PointsShown.RELEASED:
        return _("Students see no points yet: neither those of the tests nor those of people.")
    return _("Students see the points of the tests. Marks by people and comments stay with staff until released.")


@require_POST
@lab_page
def release(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    require(access.may_manage)
    take_back = request.POST.get("action") == "take_back"
    try:
        if take_back:
            services.take_back(lab=lab, by=request.user)
        else:
            services.release_points(lab=lab, by=request.user)
    except SeodangError as error:
        messages.error(request, tell(error))
    else:
        lab.refresh_from_db(fields=["released_at", "points_shown"])
        done = _("The points are taken back.") if take_back else _("The points are released.")
        messages.success(request, f"{done} {what_students_see(lab)}")
    return redirect(address("progress", lab))


@require_safe
@lab_page
def export(request: HttpRequest, access: Access, lab: Lab) -> HttpResponseBase:
    """Points of the class for a spreadsheet; cells that it would take for formulas are guarded."""
    require(access.may_assist)
    pieces = services.export_csv(lab)
    return streamed(request, pieces, f"{lab.slug}-points.csv", content_type="text/csv; charset=utf-8")


@require_safe
@lab_page
def staff_live(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    """Server-sent events of everything that changes in this lab."""
    require(access.may_assist)
    return jobs_live.event_stream(request, lab.topic)
