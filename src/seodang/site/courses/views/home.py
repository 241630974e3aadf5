"""The ways to a course: the first page, making one, joining one, and a course's own first page."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seodang.site.accounts import throttle
from seodang.site.accounts.secrets import typed_code
from seodang.site.courses import sections, services
from seodang.site.courses.access import course_or_404
from seodang.site.courses.errors import InvitationRefused, JoinRefused, SettingRefused
from seodang.site.courses.forms import JoinForm, NewCourseForm
from seodang.site.courses.models import Course, Enrollment, Role

# Only wrong codes count: a whole class joins from one room in one minute.
WRONG_CODES = {"limit": 20, "seconds": 600}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """A visitor sees what this is; a person sees their courses."""
    if not request.user.is_authenticated:
        return render(request, "courses/landing.html", {"join_form": JoinForm()})
    enrollments = request.user.enrollments.select_related("course").order_by("-course__created_at")
    mine = list(enrollments)
    others = []
    if request.user.is_superuser:
        others = Course.objects.exclude(pk__in=[enrollment.course_id for enrollment in mine])
    context = {"enrollments": mine, "others": others, "join_form": JoinForm(), "may_create": _may_create(request)}
    return render(request, "courses/home.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    if not _may_create(request):
        raise PermissionDenied(_("Whoever runs the site decides who may open courses."))
    initial = {"language": (get_language() or "en")[:2], "time_zone": settings.TIME_ZONE}
    form = NewCourseForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            course = services.create_course(by=request.user, **form.cleaned_data)
        except SettingRefused as error:
            form.refuse(error)
        else:
            messages.success(request, _("The course is open. Give its join code to your class."))
            return redirect("courses:settings", course.slug)
    return render(request, "courses/create.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """A code to type. A visitor who typed one on the first page (`?code=`) comes back to it after signing in."""
    code = typed_code(request.GET.get("code", ""))[:40]
    if request.method != "POST" and code:
        return redirect("courses:join_code", code)
    if not request.user.is_authenticated:
        return redirect_to_door(request)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _join(request, form)
    return render(request, "courses/join.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def join_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the printed address and QR code open: sign in or up, then confirm."""
    if not request.user.is_authenticated:
        return redirect_to_door(request)
    form = JoinForm({"code": code})
    if not form.is_valid():
        return render(request, "courses/join.html", {"form": form}, status=404)
    if request.method == "POST":
        return _join(request, form)
    if _may_not_guess(request):
        return render(request, "429.html", status=429)
    course = services.course_of_code(form.cleaned_data["code"])
    if course is None:
        return _wrong_code(request, form, _("No course can be joined with this code."))
    if Enrollment.objects.filter(course=course, user=request.user).exists():
        return redirect("courses:front", course.slug)
    return render(request, "courses/join_confirm.html", {"joining": course, "code": code})


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link of an invitation: sign in or up, then accept."""
    if not request.user.is_authenticated:
        return redirect_to_door(request)
    found = services.invitation_of_token(token)
    if request.method == "POST" and found is not None:
        try:
            enrollment = services.accept_invitation(user=request.user, token=token)
        except InvitationRefused as error:
            return render(request, "courses/invitation.html", {"invitation": found, "error": error}, status=403)
        messages.success(request, _("Welcome to “%(course)s”.") % {"course": enrollment.course.title})
        return redirect("courses:front", enrollment.course.slug)
    status = 200 if found else 404
    return render(request, "courses/invitation.html", {"invitation": found}, status=status)


@login_required
@require_safe
def front(request: HttpRequest, slug: str) -> HttpResponse:
    access = course_or_404(request.user, slug)
    people = Enrollment.objects.filter(course=access.course)
    staff = people.exclude(role=Role.STUDENT).select_related("user")
    cards = [(section, section.url(access), section.card(access, request)) for section in sections.all_sections()]
    context = {
        "access": access,
        "course": access.course,
        "staff": sorted(staff, key=lambda one: (one.role != Role.INSTRUCTOR, one.user.name)),
        "cards": [card for card in cards if card[2]],
        "due": sections.due(access) if access.is_student else [],
        "n_students": people.filter(role=Role.STUDENT).count() if access.may_assist else None,
    }
    return render(request, "courses/front.html", context)


def redirect_to_door(request: HttpRequest) -> HttpResponse:
    """Sign in first, and come back here; a person without an account finds sign-up there, which comes back too."""
    return redirect_to_login(request.get_full_path())


def _may_create(request: HttpRequest) -> bool:
    return request.user.may_teach or request.user.is_superuser


def _may_not_guess(request: HttpRequest) -> bool:
    return throttle.is_spent("join", throttle.whose(request), **WRONG_CODES)


def _join(request: HttpRequest, form: JoinForm) -> HttpResponse:
    if _may_not_guess(request):
        return render(request, "429.html", status=429)
    try:
        enrollment = services.join(user=request.user, code=form.cleaned_data["code"])
    except JoinRefused as error:
        return _wrong_code(request, form, str(error))
    messages.success(request, _("Welcome to “%(course)s”.") % {"course": enrollment.course.title})
    return redirect("courses:front", enrollment.course.slug)


def _wrong_code(request: HttpRequest, form: JoinForm, words: str) -> HttpResponse:
    throttle.spend("join", throttle.whose(request), **WRONG_CODES)
    form.add_error("code", words)
    return render(request, "courses/join.html", {"form": form}, status=422 if request.method == "POST" else 404)
