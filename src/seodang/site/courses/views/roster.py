"""Importing a class list: choose a file, see what it would do, confirm."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seodang.site.courses import services
from seodang.site.courses.access import Access, course_or_404, require
from seodang.site.courses.errors import RosterRefused
from seodang.site.courses.forms import RosterForm
from seodang.site.courses.roster import MAX_BYTES, RosterPlan, decode, read_text
from seodang.site.web.csvsafe import BOM

SHOWN_UNCHANGED = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest, slug: str) -> HttpResponse:
    """Two steps at one address. The preview carries the file's text; confirming reads it again and compares."""
    access = course_or_404(request.user, slug)
    require(access.may_manage)
    form = RosterForm(request.POST or None, request.FILES or None)
    if request.method != "POST":
        return _page(request, access, {"form": RosterForm()})
    try:
        if "digest" in request.POST:
            return _confirm(request, access)
        if form.is_valid():
            # One byte more than allowed is enough to be refused by name.
            return _preview(request, access, decode(form.cleaned_data["file"].read(MAX_BYTES + 1)))
    except RosterRefused as error:
        return _page(request, access, {"form": RosterForm(), "error": error}, status=422)
    return _page(request, access, {"form": form}, status=422)


@login_required
@require_safe
def roster_example(request: HttpRequest, slug: str) -> HttpResponse:
    """A small file to begin from."""
    access = course_or_404(request.user, slug)
    require(access.may_manage)
    lines = ["email,name,student_number,role", "hong@example.ac.kr,홍길동,2026001,student"]
    lines += ["kim@example.ac.kr,김조교,,assistant", ""]
    response = HttpResponse(BOM + "\r\n".join(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="class-list.csv"'
    return response


def _preview(
    request: HttpRequest,
    access: Access,
    text: str,
    error: RosterRefused | None = None,
    ticked: list[str] | None = None,
) -> HttpResponse:
    plan = services.plan_roster(access=access, rows=read_text(text))
    context = {"plan": plan, "text": text, "error": error, "ticked": ticked or [], "groups": _groups(plan)}
    return _page(request, access, context, status=409 if error else 200)


def _confirm(request: HttpRequest, access: Access) -> HttpResponse:
    text, ticked = request.POST.get("text", ""), request.POST.getlist("remove")
    try:
        plan = services.apply_roster(
            access=access, rows=read_text(text), digest=request.POST["digest"], remove=ticked
        )
    except RosterRefused as error:
        if error.code != "roster_changed":
            raise
        return _preview(request, access, text, error, ticked)
    messages.success(request, _words(plan, len(ticked)))
    return redirect("courses:people", access.course.slug)


def _groups(plan: RosterPlan) -> dict[str, object]:
    unchanged = plan.of("unchanged")
    return {
        "refused": plan.of("refused"),
        "enroll": plan.of("enroll"),
        "invite": plan.of("invite"),
        "update": plan.of("update"),
        "n_unchanged": len(unchanged),
        "unchanged": unchanged[:SHOWN_UNCHANGED],
    }


def _words(plan: RosterPlan, n_removed: int) -> str:
    return _(
        "Imported: %(enrolled)d enrolled, %(invited)d invited, %(changed)d changed, %(removed)d taken out."
    ) % {
        "enrolled": len(plan.of("enroll")),
        "invited": len(plan.of("invite")),
        "changed": len(plan.of("update")),
        "removed": n_removed,
    }


def _page(request: HttpRequest, access: Access, context: dict[str, object], status: int = 200) -> HttpResponse:
    whole = {"access": access, "course": access.course, **context}
    return render(request, "courses/roster.html", whole, status=status)
