"""What staff see of the questions: how each went, and which the class missed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from seodang.site.courses.access import Access, require
from seodang.site.labs import charts, services
from seodang.site.labs.models import Lab
from seodang.site.labs.troubles import failing_checks
from seodang.site.labs.views._common import is_part, lab_page, show


@require_safe
@lab_page
def questions(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    """How each question went; those that the class earned least of first."""
    require(access.may_assist)
    standings = services.class_standings(lab, whole=True)
    statistics = list(services.question_statistics(lab, standings=standings))
    by_order = request.GET.get("sort") == "order"
    if not by_order:
        statistics.sort(key=lambda one: -(one.missed if one.missed is not None else -1))
    failing = failing_checks(standings)
    rows = [
        {
            "stat": one,
            "failing": failing.get(one.id, [])[:5],
            "picture": charts.points_histogram(
                bins_of(one), max_points=float(one.max_points), mean=None if one.mean is None else float(one.mean)
            ),
            "bins": [(charts.short(low), charts.short(high), count) for low, high, count in bins_of(one)],
            "mean": None if one.mean is None else charts.short(float(one.mean)),
            "median": None if one.median is None else charts.short(float(one.median)),
            "full_share": one.full / one.n if one.n else None,
            "zero_share": one.zero / one.n if one.n else None,
        }
        for one in statistics
    ]
    return show(
        request,
        "_questions" if is_part(request) else "questions",
        access,
        lab,
        tab="questions",
        rows=rows,
        by_order=by_order,
    )


def bins_of(one: Any) -> list[tuple[float, float, int]]:
    step = float(one.max_points) / (len(one.histogram) or 1)
    return [(index * step, (index + 1) * step, count) for index, count in enumerate(one.histogram)]
