"""What every page of a ladder needs: who asks, about what, and the frame in which its report opens."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from seodang.site.courses.access import Access
from seodang.site.courses.pages import View, course_page
from seodang.site.ladders.models import Ladder
from seodang.site.web.asking import tell

__all__ = ["address", "course_page", "is_part", "ladder_page", "show", "tell", "with_frame"]


def ladder_page(view: View) -> View:
    """Give the view `access` and the ladder; one that the person may not see answers 404."""

    @course_page
    @wraps(view)
    def page(request: HttpRequest, access: Access, ladder: int, **rest: object) -> HttpResponse:
        found = Ladder.objects.visible_to(access).filter(number=ladder).select_related("owner").first()
        if found is None:
            raise Http404
        found.course = access.course
        return view(request, access, found, **rest)

    return page


def show(
    request: HttpRequest, template: str, access: Access, ladder: Ladder, *, status: int = 200, **context: object
) -> HttpResponse:
    """Render a page of one ladder with what its head needs."""
    return render(
        request,
        f"ladders/{template}.html",
        {
            "access": access,
            "course": access.course,
            "ladder": ladder,
            "is_own": ladder.owner_id == access.user.pk,
            **context,
        },
        status=status,
    )


def is_part(request: HttpRequest) -> bool:
    """Whether only the changing part of the page is asked for, by htmx."""
    return bool(request.htmx) and not request.htmx.boosted and request.method in {"GET", "HEAD"}


def address(name: str, ladder: Ladder, *rest: object) -> str:
    return reverse(f"ladders:{name}", args=[ladder.course.slug, ladder.number, *rest])


# A page that shows a report in a frame of the same site.
with_frame: Callable[[View], View] = csp_update({"frame-src": [SELF]})
