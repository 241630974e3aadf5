"""What a course says of itself, and its join code."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seodang.site.courses import services
from seodang.site.courses.access import Access, course_or_404, require
from seodang.site.courses.errors import SettingRefused
from seodang.site.courses.forms import CourseForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    access = course_or_404(request.user, slug)
    require(access.may_manage)
    course = access.course
    action = request.POST.get("action", "")
    if action in {"open", "close", "rotate"}:
        _change_code(request, access, action)
        return redirect("courses:settings", slug)
    initial = {name: getattr(course, name) for name in CourseForm.base_fields}
    form = CourseForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_course(access=access, **form.cleaned_data)
        except SettingRefused as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("courses:settings", slug)
    context = {"access": access, "course": course, "form": form, "join_url": _join_url(request, access)}
    return render(request, "courses/settings.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def join_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The join code in large letters with a QR code: for the projector and the printer."""
    access = course_or_404(request.user, slug)
    require(access.may_assist)
    context = {"access": access, "course": access.course, "join_url": _join_url(request, access)}
    return render(request, "courses/join_page.html", context)


def _join_url(request: HttpRequest, access: Access) -> str:
    return request.build_absolute_uri(reverse("courses:join_code", args=[access.course.join_code]))


def _change_code(request: HttpRequest, access: Access, action: str) -> None:
    if action == "rotate":
        services.rotate_join_code(access=access)
        messages.success(request, _("There is a new join code; the old one opens nothing."))
        return
    services.update_course(access=access, joining_open=action == "open")
    messages.success(
        request,
        _("Students can join with the code.") if action == "open" else _("Nobody can join with the code now."),
    )
