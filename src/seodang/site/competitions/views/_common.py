"""What every page of a competition needs: who asks, about what, in which time zone, and the tabs above it."""

from __future__ import annotations

from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from seodang.site.competitions import services
from seodang.site.competitions.models import Competition, CompetitionState, Revision, Team
from seodang.site.courses.access import Access
from seodang.site.courses.pages import View, course_page
from seodang.site.web.asking import number, tell, whole

__all__ = [
    "address",
    "competition_page",
    "course_page",
    "latest_revisions",
    "number",
    "own_team",
    "pages",
    "show",
    "tell",
    "whole",
]


def competition_page(view: View) -> View:
    """Give the view `access` and the competition; one that the person may not see answers 404."""

    @course_page
    @wraps(view)
    def page(request: HttpRequest, access: Access, slug: str, **rest: object) -> HttpResponse:
        competition = Competition.objects.visible_to(access).filter(slug=slug).first()
        if competition is None:
            raise Http404
        competition.course = access.course
        return view(request, access, competition, **rest)

    return page


def pages(access: Access, competition: Competition, current: str) -> list[tuple[str, str, bool]]:
    """The tabs of one competition that this person has, in reading order: (title, address, is it this one)."""
    prepared = competition.state in {CompetitionState.READY, CompetitionState.PUBLISHED}
    names = [("overview", _("Overview"))]
    if prepared:
        names += [("data", _("Data")), ("enter", _("Enter"))]
        names += [("entries", _("All entries") if access.may_assist else _("My entries"))]
        names += [("leaderboard", _("Leaderboard"))]
        if access.may_take_part:
            names += [("team", _("Team"))]
    if access.may_manage and competition.state != CompetitionState.PUBLISHED:
        names += [("prepare", _("Prepare"))]
    if access.may_assist:
        names += [("manage", _("Manage"))]
    where = [access.course.slug, competition.slug]
    return [(title, reverse(f"competitions:{name}", args=where), name == current) for name, title in names]


def show(
    request: HttpRequest,
    template: str,
    access: Access,
    competition: Competition,
    *,
    tab: str,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    """Render a page of one competition with what its head and tabs need."""
    return render(
        request,
        f"competitions/{template}.html",
        {
            "access": access,
            "course": access.course,
            "competition": competition,
            "pages": pages(access, competition, tab),
            "now": timezone.now(),
            **context,
        },
        status=status,
    )


def own_team(access: Access, competition: Competition) -> Team | None:
    return services.team_of(competition=competition, user=access.user)


def latest_revisions(competition: Competition) -> list[Revision]:
    """What the host corrected last; most competitions need no question to know that it is nothing."""
    return list(competition.revisions.all()[:3]) if competition.truth_version > 1 else []


def address(name: str, competition: Competition, *rest: object) -> str:
    return reverse(f"competitions:{name}", args=[competition.course.slug, competition.slug, *rest])
