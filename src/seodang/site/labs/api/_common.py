"""Finding what a request names, and putting it into words for a program."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone

from seodang.site.courses import access as courses_access
from seodang.site.courses.access import Access
from seodang.site.labs import services
from seodang.site.labs.models import Grading, Lab, LabRevision, Submission
from seodang.site.labs.services import SubmissionPoints
from seodang.site.labs.services.points import deadline_for
from seodang.site.web.errors import problem_text

ONE = "/labs/{slug:course}/{slug:slug}"


def find(request: HttpRequest, course: str, slug: str) -> tuple[Access, Lab]:
    """The lab of that address.

    Raises:
        Http404: there is none, or it is not this person's to see.
    """
    access = courses_access.course_or_404(request.user, course)
    lab = Lab.objects.visible_to(access).filter(slug=slug).select_related("current").first()
    if lab is None:
        raise Http404
    lab.course = access.course
    return access, lab


def own_or_staffs(access: Access, lab: Lab, attempt: int, user_id: int | None) -> Submission:
    """A submission of one's own, or, for staff, of anybody.

    Raises:
        Http404: none of theirs.
    """
    wanted = access.user.pk if user_id is None else user_id
    if wanted != access.user.pk and not access.may_assist:
        raise Http404
    rows = Submission.objects.filter(lab=lab, user_id=wanted, attempt=attempt)
    found = rows.select_related("user", "grading__revision").first()
    if found is None:
        raise Http404
    found.lab = lab
    return found


def number(points: Decimal | None) -> float | None:
    return None if points is None else float(points)


def trouble(problem: dict[str, Any] | None) -> dict[str, str] | None:
    message, hint = problem_text(problem)
    return {"code": (problem or {}).get("code", ""), "message": message, "hint": hint} if message else None


def lab_json(request: HttpRequest, lab: Lab, extension_days: int) -> dict[str, Any]:
    """A lab for one reader, with their own dates."""
    now, deadline = timezone.now(), deadline_for(lab, extension_days)
    is_closed = lab.is_open(now) and now > deadline.closes_at
    return {
        "course": lab.course.slug,
        "slug": lab.slug,
        "title": lab.title,
        "summary": lab.summary,
        "state": lab.state,
        "opens_at": lab.opens_at,
        "due_at": lab.due_at,
        "deadline": deadline,
        "is_open": lab.is_open(now) and not is_closed,
        "is_closed": is_closed,
        "max_points": number(lab.current.max_points) if lab.current else 0,
        "url": request.build_absolute_uri(lab.get_absolute_url()),
    }


def lab_detail_json(request: HttpRequest, access: Access, lab: Lab) -> dict[str, Any]:
    takes_part = access.may_take_part
    newest = lab.revisions.first() if access.may_assist else None
    return {
        **lab_json(request, lab, services.deadline(lab=lab, user=access.user).extension_days),
        "description": lab.description,
        "time_zone": lab.course.time_zone,
        **{name: getattr(lab, name) for name in ("grace_minutes", "late_days", "late_percent", "counting")},
        "attempts_limit": lab.attempts_limit,
        "attempts_left": services.attempts_left(lab=lab, user=access.user) if takes_part else None,
        "may_hand_in": takes_part,
        "may_assist": access.may_assist,
        "may_manage": access.may_manage,
        "points_released": lab.released_at is not None,
        "questions": _questions(lab, access),
        "revision": revision_json(lab, newest) if newest else None,
    }


def _questions(lab: Lab, access: Access) -> list[dict[str, Any]]:
    """Before the opening students learn no more than how many points there are."""
    if lab.current is None or not (access.may_assist or lab.is_open()):
        return []
    return [{**one, "max_points": float(one["max_points"])} for one in lab.current.questions]


def revision_json(lab: Lab, revision: LabRevision) -> dict[str, Any]:
    from seodang.errors import fill

    findings = [fill(one["template"], one["params"]) for one in (revision.report or {}).get("findings", ())]
    return {
        "number": revision.number,
        "state": revision.state,
        "note": revision.note,
        "created_at": revision.created_at,
        "is_current": lab.current_id == revision.pk,
        "findings": findings,
        "problem": trouble(revision.problem),
    }


def submission_json(
    request: HttpRequest, access: Access, points: SubmissionPoints, counts: Submission | None
) -> dict[str, Any]:
    """One submission for one reader; `points` are already what that reader may see."""
    one = points.submission
    shown = points.marked and not points.hidden
    name, where = "labs:submission", [access.course.slug, one.lab.slug, one.attempt]
    if access.may_assist:
        name, where = "labs:staff_submission", [access.course.slug, one.lab.slug, one.user_id, one.attempt]
    return {
        **{field: getattr(one, field) for field in ("attempt", "user_id", "state", "submitted_at", "filename")},
        "size_bytes": one.size_bytes,
        "sha256": one.sha256,
        "user": str(one.user),
        "counts": counts is not None and counts.pk == one.pk,
        "hidden": points.hidden,
        "complete": points.complete,
        "late_days": points.late_days,
        "earned": number(points.raw) if shown else None,
        "penalty": number(points.penalty) if shown else None,
        "points": number(points.total) if shown else None,
        "max_points": number(points.max_points),
        "url": request.build_absolute_uri(reverse(name, args=where)),
    }


def submission_detail_json(request: HttpRequest, access: Access, submission: Submission) -> dict[str, Any]:
    """With its questions, as this reader may see them."""
    points = seen(access, services.points_of(submission))
    attempts = services.attempts_of(lab=submission.lab, user=submission.user)
    counting = services.counting_of([seen(access, one) for one in attempts], submission.lab)
    # While it waits, what keeps the site from marking is for staff; why it was refused is for both.
    staff, refused = access.may_assist, submission.state == "refused"
    comments = submission.comments.all() if staff else services.comments_for_student(submission)
    return {
        **submission_json(request, access, points, counting),
        "questions": [_score(question) for question in points.questions],
        "flags": _flags(submission.grading, staff),
        "comments": [comment.text for comment in comments],
        "progress": services.progress_of(submission),
        "problem": trouble(submission.grading.problem) if submission.grading and (staff or refused) else None,
    }


def seen(access: Access, points: SubmissionPoints) -> SubmissionPoints:
    return points if access.may_assist else services.seen_by_student(points, points.submission.lab)


def _score(question: services.QuestionPoints) -> dict[str, Any]:
    return {
        "id": question.id,
        "title": question.title,
        "kind": question.kind,
        "max_points": number(question.max_points),
        "points": number(question.points),
        "status": question.status,
        "comment": question.comment,
        "checks": [
            {
                "title": check.title,
                "visible": check.visible,
                "passed": check.passed,
                "message": check.message or check.staff_message,
            }
            for check in question.checks
        ],
    }


def _flags(grading: Grading | None, staff: bool) -> list[dict[str, Any]]:
    graded = services.graded_of(grading)
    if graded is None:
        return []
    flags = graded.flags if staff else services.flags_for_student(graded.flags)
    return [
        {
            "code": flag.code,
            "severity": str(flag.severity),
            "message": flag.message,
            "cell": flag.cell,
            "line": flag.line,
        }
        for flag in flags
    ]
