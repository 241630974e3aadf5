"""What every page beneath a course begins with."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from seodang.site.courses import access as courses_access

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
