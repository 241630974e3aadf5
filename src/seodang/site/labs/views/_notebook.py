"""The executed notebook as a document, with what its reader may see of points and flags and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from seodang.grade.results import Flag, Graded, Kind, QuestionGrade, Status
from seodang.i18n import gettext
from seodang.site.labs import services
from seodang.site.labs.models import Grading, GradingState, Lab, PointsShown
from seodang.site.labs.services import SubmissionPoints, flags_for_student


def is_shown(lab: Lab, grading: Grading | None) -> bool:
    """Whether its student may see it: together with the points, which stand in it."""
    if grading is None or grading.state != GradingState.DONE or not grading.notebook:
        return False
    return lab.points_shown == PointsShown.AT_ONCE or lab.released_at is not None


def flags_of(grading: Grading | None) -> list[Flag]:
    """What the student is told of their own notebook: restored, missing and doubled cells."""
    graded = services.graded_of(grading)
    return flags_for_student(graded.flags) if graded else []


def document(
    lab: Lab,
    grading: Grading,
    points: SubmissionPoints,
    *,
    language: str,
    theme: str = "",
    flags: Iterable[Flag] | None = None,
) -> str:
    """`points` are as the reader may see them; `flags` those of the student unless given."""
    from seodang.grade.feedback import render_feedback

    graded = Graded.from_json(grading.result, services.notebook_of(grading))
    flags = tuple(flags_for_student(graded.flags) if flags is None else flags)
    graded = replace(graded, questions=tuple(question(one) for one in points.questions), flags=flags)
    return render_feedback(lab, graded, language=language, theme=theme, penalty=points.penalty)


def question(points: Any) -> QuestionGrade:
    status = points.status if points.status in set(Status) else Status.WAITING
    return QuestionGrade(
        id=points.id,
        title=points.title,
        kind=Kind(points.kind),
        max_points=points.max_points,
        points=points.points,
        status=Status(status),
        # Of a hidden test whose result is not told, the page beside it gives the title.
        checks=tuple(
            replace(check, title=gettext(check.title) if check.title else "")
            for check in points.checks
            if check.visible or check.passed is not None
        ),
        answer_ids=points.answer_ids,
        seconds=points.seconds,
    )
