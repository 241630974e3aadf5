"""Marking again after a test was mended: choose what, look at whose points change, let them count or not."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from seodang.errors import SeodangError
from seodang.site.courses.access import Access, require
from seodang.site.labs.forms_staff import RegradeForm
from seodang.site.labs.models import Lab, PointsShown, RegradeState, Submission
from seodang.site.labs.services import regrading
from seodang.site.labs.services.points import class_standings
from seodang.site.labs.services.regrading import Preview, PreviewRow, QuestionChange
from seodang.site.labs.templatetags.points import points as in_words
from seodang.site.labs.views._common import address, is_part, lab_page, show, tell, whole


@require_http_methods(["GET", "HEAD", "POST"])
@lab_page
def regrade(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    """Choose the revision and whose work; the runs of before stand below."""
    require(access.may_assist)
    standings = [row for row in class_standings(lab) if row.submission and row.points and row.points.marked]
    ids = [row.submission.pk for row in standings if row.submission]
    form = RegradeForm(request.POST or None, lab=lab, submissions=ids, initial={"revision": lab.current_id})
    if request.method == "POST" and form.is_valid():
        try:
            made = regrading.start_regrade(
                lab=lab, by=request.user, revision=form.cleaned_data["revision"], submissions=chosen(lab, form)
            )
        except SeodangError as error:
            form.add_error(None, tell(error))
        else:
            return redirect(address("regrade_preview", lab, made.pk))
    ticked = {whole(value) for value in request.POST.getlist("submissions")}
    if request.method == "GET":  # a student's page may name whose work
        ticked = {whole(value) for value in request.GET.getlist("submission")}
        if ticked & set(ids):
            form.initial["which"] = "some"
    return show(
        request,
        "regrade",
        access,
        lab,
        tab="progress",
        status=422 if request.method == "POST" else 200,
        form=form,
        under_way=regrading.under_way(lab),
        chosen=bool(ticked),
        rows=[
            {
                "pk": row.submission.pk,
                "name": str(row.user),
                "attempt": row.submission.attempt,
                "points": in_words(row.points.total),
                "revision": row.submission.grading.revision.number if row.submission.grading else None,
                "checked": row.submission.pk in ticked,
            }
            for row in standings
            if row.submission and row.points
        ],
        earlier=lab.regrades.select_related("revision", "made_by").annotate(n_gradings=Count("gradings"))[:20],
    )


def chosen(lab: Lab, form: RegradeForm) -> Sequence[Submission] | None:
    """None for everybody."""
    if form.cleaned_data["which"] == "all":
        return None
    return list(lab.submissions.filter(pk__in=form.cleaned_data["submissions"]))


@require_http_methods(["GET", "HEAD", "POST"])
@lab_page
def regrade_preview(request: HttpRequest, access: Access, lab: Lab, pk: int) -> HttpResponse:
    """Before and after; nothing counts before it is applied."""
    require(access.may_assist)
    found = lab.regrades.filter(pk=pk).select_related("revision", "made_by").first()
    if found is None:
        raise Http404
    found.lab = lab
    if request.method == "POST":
        decide(request, found)
        return redirect(address("regrade_preview", lab, pk))
    preview = regrading.preview(found)
    moved = sorted((row for row in preview.rows if row.moves), key=lambda row: -abs(row.difference))
    reasons = list(dict.fromkeys(row.problem for row in preview.rows if row.problem))
    return show(
        request,
        "_regrade_preview" if is_part(request) else "regrade_preview",
        access,
        lab,
        tab="progress",
        regrade=found,
        preview=preview,
        reasons=reasons[:5],
        mean_change=signed(mean_change(preview)),
        per_question=by_question(preview),
        changed=[changed_row(lab, row) for row in moved],
        same=[
            {"name": str(row.submission.user), "url": page_of(lab, row), "after": in_words(row.after)}
            for row in preview.rows
            if row.after is not None and not row.moves
        ],
        n_skipped=sum(row.skipped for row in preview.rows) if found.state == RegradeState.READY else 0,
        students_see=lab.released_at is not None or lab.points_shown == PointsShown.AT_ONCE,
    )


def decide(request: HttpRequest, found: Any) -> None:
    try:
        if request.POST.get("action") == "apply":
            count = regrading.apply(regrade=found, by=request.user)
            text = ngettext(
                "Applied: the points of %(n)s submission changed.",
                "Applied: the points of %(n)s submissions changed.",
                count,
            )
            unchanged = _("Applied: nobody's points changed.")
            messages.success(request, text % {"n": count} if count else unchanged)
        elif request.POST.get("action") == "cancel":
            regrading.cancel(regrade=found, by=request.user)
            messages.success(request, _("Cancelled: nobody's points changed."))
    except SeodangError as error:
        messages.error(request, tell(error))


def page_of(lab: Lab, row: PreviewRow) -> str:
    return address("staff_submission", lab, row.submission.user_id, row.submission.attempt)


def changed_row(lab: Lab, row: PreviewRow) -> dict[str, Any]:
    return {
        "name": str(row.submission.user),
        "url": page_of(lab, row),
        "before": in_words(row.before),
        "after": in_words(row.after),
        "change": signed(row.difference),
        "is_up": row.difference > 0,
        "is_down": row.difference < 0,
        "skipped": row.skipped,
        "parts": [
            {"title": each.title, "before": or_waits(each.before), "after": or_waits(each.after)}
            for each in row.questions
            if each.before != each.after
        ],
    }


def or_waits(value: Decimal | None) -> str:
    return _("waits") if value is None else in_words(value)


def signed(value: Decimal | None) -> str:
    if value is None:
        return "–"
    return f"+{in_words(value)}" if value > 0 else in_words(value)


def mean_change(preview: Preview) -> Decimal | None:
    changes = [row.difference for row in preview.rows if row.after is not None]
    return round(sum(changes, Decimal(0)) / len(changes), 2) if changes else None


def mean_words(values: list[Decimal]) -> str:
    return in_words(round(sum(values, Decimal(0)) / len(values), 2))


def by_question(preview: Preview) -> list[dict[str, Any]]:
    """Of each question: how many go up and down, and the means; those that stay the same for all are left out."""
    found: dict[str, list[QuestionChange]] = {}
    for row in preview.rows:
        for each in row.questions:
            found.setdefault(each.id, []).append(each)
    rows = []
    for changes in found.values():
        both = [(one.before, one.after) for one in changes if one.before is not None and one.after is not None]
        up = sum(after > before for before, after in both)
        down = sum(after < before for before, after in both)
        if up or down:
            rows.append(
                {
                    "title": changes[0].title,
                    "up": up,
                    "down": down,
                    "same": len(changes) - up - down,
                    "before": mean_words([before for before, _after in both]),
                    "after": mean_words([after for _before, after in both]),
                }
            )
    return rows
