"""What staff see of one student: their attempts, and one submission with all that staff do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seodang.errors import SeodangError
from seodang.site.accounts.models import User
from seodang.site.courses.access import Access, require
from seodang.site.labs import charts, services
from seodang.site.labs.forms_staff import CommentForm, OverrideForm
from seodang.site.labs.models import Lab, Submission, SubmissionState
from seodang.site.labs.views import _notebook
from seodang.site.labs.views._common import (
    FLAG_ORDER,
    address,
    is_part,
    lab_page,
    notebook_document,
    show,
    tell,
    with_frame,
)
from seodang.site.web.streams import attachment
from seodang.site.web.theme import theme_of


def student_or_404(lab: Lab, pk: int) -> User:
    """Somebody of the course, or who has handed in here and left since."""
    from django.db.models import Q

    in_course = Q(enrollments__course_id=lab.course_id) | Q(lab_submissions__lab=lab)
    user = User.objects.filter(in_course, pk=pk).distinct().first()
    if user is None:
        raise Http404
    return user


@require_safe
@lab_page
def student(request: HttpRequest, access: Access, lab: Lab, user: int) -> HttpResponse:
    require(access.may_assist)
    person = student_or_404(lab, user)
    attempts = services.attempts_of(lab=lab, user=person)
    return show(
        request,
        "student",
        access,
        lab,
        tab="progress",
        person=person,
        standing=services.standing_of(lab=lab, user=person),
        attempts=[(one, flag_words(one.submission)) for one in attempts],
        extension=lab.extensions.filter(user=person).first(),
    )


def flag_words(submission: Submission) -> str:
    """“to be looked at”, “looked at” or nothing."""
    grading = submission.grading
    if grading is None or grading.flag_level not in {"look", "tampering"}:
        return ""
    return _("looked at") if submission.flags_seen_at else _("to be looked at")


def submission_or_404(lab: Lab, user: int, attempt: int) -> Submission:
    found = (
        lab.submissions.filter(user_id=user, attempt=attempt)
        .select_related("user", "grading__revision", "flags_seen_by")
        .first()
    )
    if found is None:
        raise Http404
    found.lab = lab
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@with_frame
@lab_page
def staff_submission(request: HttpRequest, access: Access, lab: Lab, user: int, attempt: int) -> HttpResponse:
    """Everything about one submission, and what staff do with it."""
    require(access.may_assist)
    found = submission_or_404(lab, user, attempt)
    bound: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        if act(request, found, bound):
            return redirect(address("staff_submission", lab, user, attempt))
        status = 422
    points = services.points_of(found)
    return show(
        request,
        "_staff_submission" if is_part(request) else "staff_submission",
        access,
        lab,
        tab="progress",
        status=status,
        submission=found,
        points=points,
        questions=[question_block(one, found, bound) for one in points.questions],
        flags=flags_of(found),
        gradings=found.gradings.select_related("revision", "regrade").defer("result"),
        comments=found.comments.select_related("by"),
        comment_form=bound.get("comment") or CommentForm(),
        place=services.place_in_queue(found) if found.state == SubmissionState.WAITING else None,
        counts=services.standing_of(lab=lab, user=found.user).submission == found,
        n_attempts=lab.submissions.filter(user=found.user).count(),
        live_here=found.state in {SubmissionState.WAITING, SubmissionState.MARKING},
    )


def question_block(one: Any, submission: Submission, bound: dict[str, Any]) -> dict[str, Any]:
    """A question with its checks; its form to set points by hand, filled where a person has."""
    mark = one.mark
    initial = {"points": charts.short(float(mark.points), 3), "comment": mark.comment} if set_by_hand(one) else {}
    form = bound.get(f"override:{one.id}") or OverrideForm(initial=initial, prefix=f"q{index_safe(one.id)}")
    return {
        "points": one,
        "form": form,
        "is_open": form.is_bound,
        "mark_url": address("mark", submission.lab, one.id, submission.pk) if one.by_hand else "",
        "set_by_hand": set_by_hand(one),
    }


def set_by_hand(one: Any) -> bool:
    return one.mark is not None and one.mark.points is not None and not one.by_hand


def index_safe(question: str) -> str:
    """A question's id as part of an HTML id."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in question)


def flags_of(submission: Submission) -> list[Any]:
    """What the marking noticed, the gravest first."""
    graded = services.graded_of(submission.grading)
    return sorted(graded.flags if graded else (), key=lambda flag: -FLAG_ORDER.get(str(flag.severity), 0))


# --- what staff do with it ------------------------------------------------------------------------------------


def act(request: HttpRequest, submission: Submission, bound: dict[str, Any]) -> bool:
    """Do what was posted; False where a form has to be shown again."""
    actions: dict[str, Callable[[HttpRequest, Submission, dict[str, Any]], bool]] = {
        "flags_seen": flags_seen,
        "again": again,
        "comment": comment,
        "override": override,
        "remove_override": remove_override,
    }
    action = actions.get(request.POST.get("action", ""))
    if action is None:
        raise Http404
    try:
        return action(request, submission, bound)
    except SeodangError as error:
        messages.error(request, tell(error))
        return True


def flags_seen(request: HttpRequest, submission: Submission, bound: dict[str, Any]) -> bool:
    services.flags_seen(submission=submission, by=request.user)
    messages.success(request, _("Noted that you looked at it."))
    return True


def again(request: HttpRequest, submission: Submission, bound: dict[str, Any]) -> bool:
    services.regrade_now(submission=submission, by=request.user)
    messages.success(request, _("The tests run again; the points follow."))
    return True


def comment(request: HttpRequest, submission: Submission, bound: dict[str, Any]) -> bool:
    form = bound["comment"] = CommentForm(request.POST)
    if not form.is_valid():
        return False
    services.add_comment(submission=submission, by=request.user, text=form.cleaned_data["text"])
    messages.success(request, _("The comment is kept."))
    return True


def override(request: HttpRequest, submission: Submission, bound: dict[str, Any]) -> bool:
    question = question_of(submission, request.POST.get("question", ""))
    form = bound[f"override:{question}"] = OverrideForm(request.POST, prefix=f"q{index_safe(question)}")
    if not form.is_valid():
        return False
    services.give_mark(submission=submission, question=question, by=request.user, **form.cleaned_data)
    messages.success(request, _("These points stand in place of the tests'."))
    return True


def remove_override(request: HttpRequest, submission: Submission, bound: dict[str, Any]) -> bool:
    question = question_of(submission, request.POST.get("question", ""))
    services.remove_mark(submission=submission, question=question, by=request.user)
    messages.success(request, _("The points of the tests count again."))
    return True


def question_of(submission: Submission, id: str) -> str:
    if services.points_of(submission).question(id) is None:
        raise Http404
    return id


# --- files ----------------------------------------------------------------------------------------------------


@require_safe
@lab_page
def staff_file(request: HttpRequest, access: Access, lab: Lab, user: int, attempt: int) -> HttpResponse:
    """What was handed in, as it was."""
    require(access.may_assist)
    found = submission_or_404(lab, user, attempt)
    return attachment(request, found.file.open("rb"), found.filename)


@require_safe
@lab_page
@notebook_document
def staff_feedback(request: HttpRequest, access: Access, lab: Lab, user: int, attempt: int) -> str:
    """The executed notebook, for a frame that may run nothing."""
    require(access.may_assist)
    found = submission_or_404(lab, user, attempt)
    grading = found.grading
    if grading is None or not grading.result or not grading.notebook:
        raise Http404
    points = services.points_of(found)
    flags = flags_of(found)
    language = get_language() or "en"
    return _notebook.document(lab, grading, points, language=language, theme=theme_of(request), flags=flags)
