"""What every page of a lab needs: who asks, about what, the tabs above it, and the frame for executed notebooks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from seodang.site.courses.access import Access
from seodang.site.courses.pages import View, course_page
from seodang.site.labs.models import Lab
from seodang.site.web.asking import number, tell, whole

__all__ = [
    "FLAG_ORDER",
    "address",
    "course_page",
    "is_part",
    "lab_page",
    "notebook_document",
    "number",
    "pages",
    "show",
    "tell",
    "whole",
    "with_frame",
]


# A flag's severity → how grave it is.
FLAG_ORDER = {"tampering": 3, "look": 2, "info": 1, "": 0}


def lab_page(view: View) -> View:
    """Give the view `access` and the lab; one that the person may not see answers 404."""

    @course_page
    @wraps(view)
    def page(request: HttpRequest, access: Access, slug: str, **rest: object) -> HttpResponse:
        lab = Lab.objects.visible_to(access).filter(slug=slug).select_related("current").first()
        if lab is None:
            raise Http404
        lab.course = access.course
        if lab.current is not None:
            lab.current.lab = lab
        return view(request, access, lab, **rest)

    return page


def pages(access: Access, lab: Lab, current: str) -> list[tuple[str, str, bool]]:
    """The tabs of one lab that this person has, in reading order: (title, address, is it this one)."""
    names = [("overview", _("Lab"))]
    if access.may_take_part:
        names += [("submissions", _("My submissions"))]
    if access.may_assist and lab.current_id:
        names += [
            ("progress", _("Class")),
            ("marking", _("Marking")),
            ("questions", _("Questions")),
            ("similarity", _("Similarity")),
        ]
    if access.may_assist:
        names += [("manage", _("Settings"))]
    where = [access.course.slug, lab.slug]
    return [(title, reverse(f"labs:{name}", args=where), name == current) for name, title in names]


def show(
    request: HttpRequest,
    template: str,
    access: Access,
    lab: Lab,
    *,
    tab: str,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    """Render a page of one lab with what its head and tabs need."""
    return render(
        request,
        f"labs/{template}.html",
        {
            "access": access,
            "course": access.course,
            "lab": lab,
            "pages": pages(access, lab, tab),
            "now": timezone.now(),
            "due_at": lab.due_at,  # a student's own date where the page gives it
            **context,
        },
        status=status,
    )


def is_part(request: HttpRequest) -> bool:
    """Whether only the changing part of the page is asked for, by htmx."""
    return bool(request.htmx) and not request.htmx.boosted and request.method in {"GET", "HEAD"}


def address(name: str, lab: Lab, *rest: object) -> str:
    return reverse(f"labs:{name}", args=[lab.course.slug, lab.slug, *rest])


# A page that shows a notebook in a frame of the same site.
with_frame: Callable[[View], View] = csp_update({"frame-src": [SELF]})


def notebook_document(view: Callable[..., str]) -> View:
    """Serve the HTML that the view returns as the document of such a frame, under a policy of its own."""

    @xframe_options_sameorigin
    @wraps(view)
    def document(*args: object, **rest: object) -> HttpResponse:
        from seodang.grade.feedback import POLICY

        response = HttpResponse(view(*args, **rest))
        # No script, nothing from anywhere, an origin of its own, whatever a notebook manages to put in.
        response["Content-Security-Policy"] = f"sandbox; {POLICY}; frame-ancestors 'self'"
        response["Cache-Control"] = "private, no-cache"
        return response

    return document
