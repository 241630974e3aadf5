"""The people of a course: for its staff. Instructors change, assistants look."""

from __future__ import annotations

from itertools import chain

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seodang.site.courses import services
from seodang.site.courses.access import Access, course_or_404, require
from seodang.site.courses.errors import CourseError
from seodang.site.courses.forms import InviteForm, PersonForm
from seodang.site.courses.models import Course, Enrollment, Invitation, Role
from seodang.site.web.csvsafe import csv_lines

PAGE = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """The list with search; POST invites one address."""
    access = course_or_404(request.user, slug)
    require(access.may_assist)
    form = InviteForm(request.POST or None)
    if request.method == "POST":
        require(access.may_manage)
        if form.is_valid():
            made = services.invite(access=access, **form.cleaned_data)
            messages.success(request, _words_of_invitation(made))
            return redirect("courses:people", slug)
    # PostgreSQL takes no zero character, not even to look for.
    query, role = request.GET.get("q", "").replace("\0", "").strip(), request.GET.get("role", "")
    found = _search(access.course, query, role)
    invitations = (
        Invitation.objects.filter(course=access.course) if access.may_manage else Invitation.objects.none()
    )
    if query:
        invitations = invitations.filter(Q(email__icontains=query) | Q(name__icontains=query))
    context = {
        "access": access,
        "course": access.course,
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "query": query,
        "role": role,
        "roles": Role.choices,
        "n_people": access.course.enrollments.count(),
        "invitations": [(one, _invitation_url(request, one)) for one in invitations[: PAGE * 5]],
        "form": form,
    }
    return render(request, "courses/people.html", context)


@login_required
@require_safe
def people_export(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """All people as CSV, in the shape that the import reads, safe to open in a spreadsheet.

    For those who manage the course the invited follow, each with the link, so that a class can be mailed at once.
    """
    access = course_or_404(request.user, slug)
    require(access.may_assist)
    enrolled = (
        (
            one.user.name,
            one.user.email,
            one.student_number,
            one.role,
            timezone.localtime(one.created_at, access.course.tz).isoformat(timespec="seconds"),
            "",
        )
        for one in access.course.enrollments.select_related("user").order_by("role", "user__name").iterator()
    )
    invited = (
        (one.name, one.email, one.student_number, one.role, "", _invitation_url(request, one))
        for one in (access.course.invitations.order_by("email") if access.may_manage else ())
    )
    header = ("name", "email", "student_number", "role", "since", "invitation")
    lines = csv_lines(header, chain(enrolled, invited))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{access.course.slug}-people.csv"'
    return response


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One person: role, student number, a reset link, taking out."""
    access = course_or_404(request.user, slug)
    require(access.may_manage)
    enrollment = get_object_or_404(access.course.enrollments.select_related("user"), pk=pk)
    initial = {"role": enrollment.role, "student_number": enrollment.student_number}
    action = request.POST.get("action", "")
    form = PersonForm(request.POST if action == "save" else None, initial=initial)
    context = {"access": access, "course": access.course, "person": enrollment, "form": form}
    if request.method != "POST":
        return render(request, "courses/person.html", context)
    try:
        if action == "reset":
            path = services.reset_link(access=access, enrollment=enrollment)
            return render(
                request, "courses/person.html", {**context, "reset_url": request.build_absolute_uri(path)}
            )
        if action == "remove":
            services.remove(access=access, enrollment=enrollment)
            messages.success(request, _("%(name)s is no longer in the course.") % {"name": enrollment.user})
            return _home_of(request, access)
        if action == "save" and form.is_valid():
            services.change_person(access=access, enrollment=enrollment, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return _home_of(request, access)
    except CourseError as error:
        context["error"] = error
    return render(request, "courses/person.html", context, status=422)


@login_required
@require_POST
def withdraw_invitation(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access = course_or_404(request.user, slug)
    require(access.may_manage)
    services.withdraw_invitation(access=access, invitation=get_object_or_404(access.course.invitations, pk=pk))
    messages.success(request, _("The invitation is withdrawn; its link opens nothing."))
    return redirect("courses:people", slug)


def _home_of(request: HttpRequest, access: Access) -> HttpResponse:
    """Back to the list, or out, for who has just taken out or demoted themselves."""
    still_there = Enrollment.objects.filter(course=access.course, user=request.user).exclude(role=Role.STUDENT)
    if still_there.exists() or request.user.is_superuser:
        return redirect("courses:people", access.course.slug)
    return redirect("courses:home")


def _search(course: Course, query: str, role: str) -> QuerySet[Enrollment]:
    rank = Case(When(role=Role.INSTRUCTOR, then=0), When(role=Role.ASSISTANT, then=1), default=2)
    found = course.enrollments.select_related("user").order_by(rank, "user__name", "user__email")
    if query:
        found = found.filter(
            Q(user__name__icontains=query) | Q(user__email__icontains=query) | Q(student_number__icontains=query)
        )
    return found.filter(role=role) if role in Role.values else found


def _invitation_url(request: HttpRequest, one: Invitation) -> str:
    return request.build_absolute_uri(reverse("courses:invitation", args=[services.invitation_token(one)]))


def _words_of_invitation(made: Enrollment | Invitation) -> str:
    if isinstance(made, Enrollment):
        return _("%(name)s is in the course.") % {"name": made.user}
    return _("A seat is kept for %(email)s. Send them the link below.") % {"email": made.email}
