"""What every page of a competition needs: who asks, about what, in which time zone, and the tabs above it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from seodang.errors import SeodangError
from seodang.site.competitions import services
from seodang.site.competitions.models import Competition, CompetitionState, Revision, Team
from seodang.site.courses import access as courses_access
from seodang.site.courses.access import Access

View = Callable[..., HttpResponse]


def course_page(view: View) -> View:
    """Give the view `access` of the course; read and show dates in the course's time zone."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, course: str, **rest: object) -> HttpResponse:
        access = courses_access.course_or_404(request.user, course)
        with timezone.override(access.course.tz):
            return view(request, access, **rest)

    return page


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


def tell(error: SeodangError) -> str:
    """What to show of a refusal: what is wrong, then what to do."""
    return f"{error.message} {error.hint}".strip()


def own_team(access: Access, competition: Competition) -> Team | None:
    return services.team_of(competition=competition, user=access.user)


def latest_revisions(competition: Competition) -> list[Revision]:
    """What the host corrected last; most competitions need no question to know that it is nothing."""
    return list(competition.revisions.all()[:3]) if competition.truth_version > 1 else []


def address(name: str, competition: Competition, *rest: object) -> str:
    return reverse(f"competitions:{name}", args=[competition.course.slug, competition.slug, *rest])


def number(request: HttpRequest, name: str) -> int:
    """A row's number from a hidden field; what is none finds no row."""
    return whole(request.POST.get(name, ""))


def whole(value: str) -> int:
    """A row's number as it came; -1, which no row has, for what is none (“²” is a digit, too) or too large."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else -1
