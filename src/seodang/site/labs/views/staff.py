"""What staff see of a class: who has handed in, how each question went, one student's attempts, one submission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seodang.errors import SeodangError
from seodang.site.accounts.models import User
from seodang.site.courses.access import Access, require
from seodang.site.jobs import live as jobs_live
from seodang.site.labs import charts, services
from seodang.site.labs.forms_staff import CommentForm, OverrideForm
from seodang.site.labs.models import Lab, PointsShown, Submission, SubmissionState
from seodang.site.labs.services.points import ClassCounts, Standing, StandingState
from seodang.site.labs.troubles import failing_checks, troubles
from seodang.site.labs.views import _notebook
from seodang.site.labs.views._common import (
    address,
    is_part,
    lab_page,
    notebook_document,
    show,
    tell,
    with_frame,
)
from seodang.site.web.streams import attachment, streamed
from seodang.site.web.theme import theme_of

FLAG_ORDER = {"tampering": 3, "look": 2, "info": 1, "": 0}
STATES = {
    StandingState.NOTHING: gettext_lazy("not handed in"),
    StandingState.MISSING: gettext_lazy("missing"),
    StandingState.WAITING: gettext_lazy("with the tests"),
    StandingState.BY_HAND: gettext_lazy("waits for a person"),
    StandingState.MARKED: gettext_lazy("marked"),
}


# --- the class ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One student in the table of the class."""

    standing: Standing
    state: str
    words: str
    refused: bool  # the latest submission could not be marked
    must_look: bool
    url: str
    submission_url: str

    @classmethod
    def of(cls, standing: Standing, lab: Lab) -> Row:
        counts, latest, user = standing.submission, standing.latest, standing.user.pk
        return cls(
            standing,
            str(standing.state),
            str(STATES[standing.state]),
            latest is not None and latest.state == SubmissionState.REFUSED,
            must_look(standing),
            address("student", lab, user),
            address("staff_submission", lab, user, counts.attempt) if counts else "",
        )


def must_look(standing: Standing) -> bool:
    counts = standing.submission
    return standing.flag_level in {"look", "tampering"} and counts is not None and counts.flags_seen_at is None


SORTS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: str(row.standing.user).casefold(),
    "state": lambda row: list(STATES).index(row.standing.state),
    "points": lambda row: row.standing.points.total if row.standing.points else -1,
    "late": lambda row: row.standing.late_days,
    "attempts": lambda row: row.standing.n_attempts,
    "flags": lambda row: (row.must_look, FLAG_ORDER.get(row.standing.flag_level, 0)),
    "at": lambda row: row.standing.submission.submitted_at.timestamp() if row.standing.submission else 0,
}
FILTERS: dict[str, Callable[[Row], bool]] = {
    "marked": lambda row: row.state == "marked",
    "by_hand": lambda row: row.state == "by_hand",
    "waiting": lambda row: row.state == "waiting",
    "missing": lambda row: row.state in {"missing", "nothing"},
    "late": lambda row: row.standing.late_days > 0,
    "look": lambda row: row.must_look,
    "refused": lambda row: row.refused,
}


@require_safe
@lab_page
def progress(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    require(access.may_assist)
    found = services.class_progress(lab)
    every = [Row.of(standing, lab) for standing in found.rows]
    search, only, sort = (request.GET.get(name, "").strip()[:60] for name in ("q", "only", "sort"))
    return show(
        request,
        "_progress" if is_part(request) else "progress",
        access,
        lab,
        tab="progress",
        rows=arranged(every, search=search, only=only, sort=sort or "name"),
        n_all=len(every),
        counts=found.counts,
        n_refused=sum(row.refused for row in every),
        max_points=found.max_points,
        legend=legend(found.counts),
        bar=charts.class_bar([(key, str(label), count) for key, label, count in legend(found.counts)]),
        troubles=troubles(lab, n_waiting=found.counts.waiting),
        search=search,
        only=only,
        sort=sort or "name",
        filters=filter_choices(),
        heads=heads(request, sort or "name"),
        sees=what_students_see(lab),
    )


def arranged(rows: list[Row], *, search: str, only: str, sort: str) -> list[Row]:
    """Those asked for, in the order asked for; who is equal there stands by name."""
    wanted = search.casefold()
    chosen = [row for row in rows if wanted in f"{row.standing.user} {row.standing.student_number}".casefold()]
    if only in FILTERS:
        chosen = [row for row in chosen if FILTERS[only](row)]
    key = SORTS.get(sort.lstrip("-"), SORTS["name"])
    return sorted(sorted(chosen, key=SORTS["name"]), key=key, reverse=sort.startswith("-"))


def legend(counts: ClassCounts) -> list[tuple[str, str, int]]:
    """What the bar shows, in its order."""
    return [
        ("marked", _("marked"), counts.marked),
        ("for_person", _("waiting for a person"), counts.by_hand),
        ("running", _("with the tests"), counts.waiting),
        ("missing", _("not handed in"), counts.missing),
    ]


def filter_choices() -> list[tuple[str, str]]:
    return [
        ("", _("Everybody")),
        ("marked", _("Marked")),
        ("by_hand", _("Waiting for a person")),
        ("waiting", _("With the tests")),
        ("missing", _("Not handed in")),
        ("late", _("Late")),
        ("look", _("To be looked at")),
        ("refused", _("Could not be marked")),
    ]


@dataclass(frozen=True)
class Head:
    """The head of a column that sorts: pressing it again turns the order round."""

    key: str
    title: str
    query: str
    aria: str  # "", "ascending", "descending"
    number: bool


def heads(request: HttpRequest, sort: str) -> list[Head]:
    columns = [
        ("name", _("Student"), False),
        ("state", _("State"), False),
        ("points", _("Points"), True),
        ("late", _("Late days"), True),
        ("attempts", _("Attempts"), True),
        ("flags", _("To look at"), False),
        ("at", _("Handed in"), False),
    ]
    found = []
    for key, title, number in columns:
        query = request.GET.copy()
        now = sort.lstrip("-") == key
        down = sort.startswith("-") if now else key in {"name", "state"}
        query["sort"] = key if down else f"-{key}"
        aria = ("descending" if sort.startswith("-") else "ascending") if now else ""
        found.append(Head(key, title, query.urlencode(), aria, number))
    return found


# --- releasing ------------------------------------------------------------------------------------------------


def what_students_see(lab: Lab) -> str:
    """What a student finds on their submission's page now."""
    if lab.released_at is not None:
        return _("Students see all points, marks by people and comments.")
    if lab.points_shown == PointsShown.RELEASED:
        return _("Students see no points yet: neither those of the tests nor those of people.")
    return _("Students see the points of the tests. Marks by people and comments stay with staff until released.")


@require_POST
@lab_page
def release(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    require(access.may_manage)
    take_back = request.POST.get("action") == "take_back"
    try:
        if take_back:
            services.take_back(lab=lab, by=request.user)
        else:
            services.release_points(lab=lab, by=request.user)
    except SeodangError as error:
        messages.error(request, tell(error))
    else:
        lab.refresh_from_db(fields=["released_at", "points_shown"])
        done = _("The points are taken back.") if take_back else _("The points are released.")
        messages.success(request, f"{done} {what_students_see(lab)}")
    return redirect(address("progress", lab))


@require_safe
@lab_page
def export(request: HttpRequest, access: Access, lab: Lab) -> HttpResponseBase:
    """Points of the class for a spreadsheet; cells that it would take for formulas are guarded."""
    require(access.may_assist)
    pieces = services.export_csv(lab)
    return streamed(request, pieces, f"{lab.slug}-points.csv", content_type="text/csv; charset=utf-8")


@require_safe
@lab_page
def staff_live(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    """Server-sent events of everything that changes in this lab."""
    require(access.may_assist)
    return jobs_live.event_stream(request, lab.topic)


# --- questions ------------------------------------------------------------------------------------------------


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


# --- one student ----------------------------------------------------------------------------------------------


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
