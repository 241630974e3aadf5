"""Hand in a notebook, follow what becomes of it, read one's points and the notebook as it ran."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seodang.errors import SeodangError
from seodang.site.courses.access import Access, require
from seodang.site.labs import services
from seodang.site.labs.forms import SubmitForm
from seodang.site.labs.models import Grading, Lab, Submission
from seodang.site.labs.services.points import Ledger
from seodang.site.labs.views import _notebook
from seodang.site.labs.views._common import address, is_part, lab_page, notebook_document, show, with_frame
from seodang.site.labs.views._mine import (
    WAITING,
    dates,
    fingerprint,
    mine,
    same_as_shown,
    submit_command,
)
from seodang.site.web.errors import problem_text
from seodang.site.web.streams import attachment
from seodang.site.web.theme import theme_of


@require_http_methods(["GET", "HEAD", "POST"])
@lab_page
def submit(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    require(access.may_take_part)
    form = SubmitForm(request.POST, request.FILES) if request.method == "POST" else SubmitForm()
    refusal: SeodangError | None = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = services.submit(lab=lab, user=request.user, stream=file, filename=file.name)
        except SeodangError as error:
            refusal = error
        else:
            messages.success(request, _("Submission %(number)s is taken.") % {"number": made.attempt})
            return redirect(address("submission", lab, made.attempt))
    return show(
        request,
        "submit",
        access,
        lab,
        tab="overview",
        status=422 if request.method == "POST" else 200,
        form=form,
        refusal=refusal,
        refused_name=form.cleaned_data["file"].name if refusal else "",
        submit_command=submit_command(request, lab),
        **dates(access, lab),
        **mine(access, lab),
    )


@require_safe
@lab_page
def submissions(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    require(access.may_take_part)
    own = mine(access, lab)
    if is_part(request) and same_as_shown(request, own["seen"]):
        return HttpResponse(status=204)
    return show(
        request,
        "_attempts" if is_part(request) else "submissions",
        access,
        lab,
        tab="submissions",
        **dates(access, lab),
        **own,
    )


def own_or_404(access: Access, lab: Lab, attempt: int) -> Submission:
    """One of the reader's own submissions; staff read those of students on pages of their own."""
    gradings = Grading.objects.select_related("revision")
    found = lab.submissions.filter(user=access.user, attempt=attempt).prefetch_related(
        Prefetch("grading", queryset=gradings)
    )
    submission = found.first()
    if submission is None:
        raise Http404
    submission.lab = lab
    return submission


@with_frame
@require_safe
@lab_page
def submission(request: HttpRequest, access: Access, lab: Lab, attempt: int) -> HttpResponse:
    found = own_or_404(access, lab, attempt)
    own = mine(access, lab)
    line = next((line for line in own.get("attempts", ()) if line.submission.pk == found.pk), None)
    progress = services.progress_of(found)
    one = services.seen_by_student(Ledger(lab, users=[access.user.pk], whole=True).points(found), lab)
    words = told(lab, found)
    seen = fingerprint(found.state, line, progress, one, words)
    if is_part(request) and same_as_shown(request, seen):
        return HttpResponse(status=204)
    return show(
        request,
        "_submission" if is_part(request) else "submission",
        access,
        lab,
        tab="submissions",
        submission=found,
        one=one,
        progress=progress,
        before=line.before if line else None,
        seen=seen,
        counts=bool(line and line.counts),
        is_waiting=found.state in WAITING,
        **words,
        **dates(access, lab),
        **{name: value for name, value in own.items() if name not in {"is_waiting", "seen"}},
    )


def told(lab: Lab, found: Submission) -> dict[str, Any]:
    """What is said of the whole submission: why it could not be marked, what was mended, what staff wrote."""
    problem, hint = problem_text(found.grading.problem if found.grading else None)
    return {
        "problem": problem,
        "problem_hint": hint,
        "flags": _notebook.flags_of(found.grading),
        "comments": services.comments_for_student(found),
        "has_notebook": _notebook.is_shown(lab, found.grading),
    }


@require_safe
@lab_page
def submission_file(request: HttpRequest, access: Access, lab: Lab, attempt: int) -> HttpResponseBase:
    """What was handed in, as it was handed in."""
    found = own_or_404(access, lab, attempt)
    return attachment(request, found.file.open("rb"), found.filename)


@require_safe
@lab_page
@notebook_document
def feedback(request: HttpRequest, access: Access, lab: Lab, attempt: int) -> str:
    """The notebook as it ran, with what its student may see of the points."""
    found = own_or_404(access, lab, attempt)
    if not _notebook.is_shown(lab, found.grading):
        raise Http404
    ledger = Ledger(lab, users=[access.user.pk], whole=True)
    seen = services.seen_by_student(ledger.points(found), lab)
    return _notebook.document(lab, found.grading, seen, language=get_language() or "en", theme=theme_of(request))
