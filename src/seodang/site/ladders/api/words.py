"""Finding what a request names, and putting it into words for a program."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest

from seodang.site.courses import access as courses_access
from seodang.site.courses.access import Access
from seodang.site.ladders import services
from seodang.site.ladders.models import Ladder
from seodang.site.ladders.rows import Row, rows_of, seconds_left
from seodang.site.web.errors import problem_text

ONE = "/ladders/{slug:course}/{int:ladder}"


def find(request: HttpRequest, course: str, number: int) -> tuple[Access, Ladder]:
    """The ladder of that number.

    Raises:
        Http404: there is none, or it is not this person's to see.
    """
    access = courses_access.course_or_404(request.user, course)
    rows = Ladder.objects.visible_to(access).select_related("owner")
    found = rows.filter(number=number).first() if number < 2**31 else None
    if found is None:
        raise Http404
    found.course = access.course
    return access, found


def trouble(problem: dict[str, Any] | None) -> dict[str, str] | None:
    message, hint = problem_text(problem)
    return {"code": (problem or {}).get("code", ""), "message": message, "hint": hint} if message else None


def ladder_json(request: HttpRequest, ladder: Ladder) -> dict[str, Any]:
    plain = (
        "number",
        "title",
        "state",
        "table_name",
        "target",
        "budget_seconds",
        "seed",
        "best",
        "shared",
        "origin",
        "created_at",
        "started_at",
        "finished_at",
    )
    return {
        **{name: getattr(ladder, name) for name in plain},
        "course": ladder.course.slug,
        "owner": str(ladder.owner),
        "task": (ladder.result or {}).get("task") or ladder.task,
        "metric": ladder.metric_used,
        "place": services.place_in_line(ladder),
        "seconds_left": seconds_left(ladder),
        "url": request.build_absolute_uri(ladder.get_absolute_url()),
    }


def ladder_detail_json(request: HttpRequest, access: Access, ladder: Ladder) -> dict[str, Any]:
    theirs = services.may_have_files(access, ladder)
    return {
        **ladder_json(request, ladder),
        "group_column": ladder.group_column,
        "time_column": ladder.time_column,
        "leave_out": ladder.leave_out,
        "rungs": [_rung(row) for row in rows_of(ladder).rows],
        "warnings": ladder.warning_texts,
        "notes": ladder.note_texts,
        "problem": trouble(ladder.problem),
        "has_report": bool(ladder.report),
        "has_model": theirs and bool(ladder.model),
        "has_predictions": theirs and bool(ladder.prediction),
        "predict_state": ladder.predict_state,
        "predict_problem": trouble(ladder.predict_problem) if theirs else None,
    }


def _rung(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "title": row.title,
        "score": row.score,
        "ci_low": row.low,
        "ci_high": row.high,
        "seconds": row.seconds,
        "tied_with_best": row.is_tied,
        "skipped": row.skipped or None,
        "settings": row.settings,
        "n_candidates": row.n_candidates,
    }
