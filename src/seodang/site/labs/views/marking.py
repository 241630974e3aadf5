"""The queue of answers that people mark, one answer with its rubric, and the rubric by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from seodang.errors import SeodangError
from seodang.site.courses.access import Access, require
from seodang.site.courses.models import Enrollment, Role
from seodang.site.labs import answers, services
from seodang.site.labs.errors import MarkedMeanwhile
from seodang.site.labs.forms_staff import ItemForm, MarkForm
from seodang.site.labs.models import Lab, Mark, RubricItem, Submission
from seodang.site.labs.services.arithmetic import rubric_base
from seodang.site.labs.services.hand import QueuePlace, QueueQuestion
from seodang.site.labs.templatetags.points import points as in_words
from seodang.site.labs.views._common import address, is_part, lab_page, show, tell, whole

# --- the queue ------------------------------------------------------------------------------------------------


@require_safe
@lab_page
def marking(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    """How far each question is; of the chosen one every answer."""
    require(access.may_assist)
    queue = services.queue(lab=lab)
    chosen = queue.question(request.GET.get("question", ""))
    turn = turn_of(access)
    rows = []
    for one in queue.questions:
        first = start(one, turn)
        rows.append(
            {
                "id": one.id,
                "title": one.title,
                "points": in_words(one.max_points),
                "done": one.done,
                "total": one.total,
                "next_url": address("mark", lab, one.id, first.submission.pk) if first else "",
            }
        )
    return show(
        request,
        "_marking" if is_part(request) else "marking",
        access,
        lab,
        tab="marking",
        questions=rows,
        queue=queue,
        chosen=chosen,
        answers=answer_rows(lab, chosen) if chosen else [],
    )


def answer_rows(lab: Lab, chosen: QueueQuestion) -> list[dict[str, Any]]:
    ids = [place.submission.pk for place in chosen.places]
    marks = {
        mark.submission_id: mark
        for mark in Mark.objects.filter(question=chosen.id, submission__in=ids)
        .select_related("marked_by")
        .prefetch_related("items")
    }
    rows = []
    for place in chosen.places:
        mark = marks.get(place.submission.pk)
        remarks = [item.text for item in mark.items.all()] + [mark.comment] if mark else []
        rows.append(
            {
                "who": place.name,
                "url": address("mark", lab, chosen.id, place.submission.pk),
                "points": None if place.points is None else in_words(place.points),
                "remarks": "; ".join(text for text in remarks if text),
                "by": str(mark.marked_by or "") if mark else "",
                "at": mark.marked_at if mark else None,
            }
        )
    return rows


@dataclass(frozen=True)
class Turn:
    """Which of the people who mark somebody is: the `index`th of `count`, so that each begins elsewhere."""

    index: int
    count: int


def turn_of(access: Access) -> Turn:
    roles = [Role.INSTRUCTOR, Role.ASSISTANT]
    staff = list(
        Enrollment.objects.filter(course=access.course, role__in=roles)
        .order_by("pk")
        .values_list("user_id", flat=True)
    )
    index = staff.index(access.user.pk) if access.user.pk in staff else 0
    return Turn(index, max(1, len(staff)))


def start(question: QueueQuestion, turn: Turn) -> QueuePlace | None:
    """Where somebody begins: the first unmarked answer of their own part of the queue, then anywhere."""
    offset = len(question.places) * turn.index // turn.count
    return next((place for place in rotated(question.places, offset) if not place.done), None)


def rotated(places: Sequence[QueuePlace], offset: int) -> Sequence[QueuePlace]:
    return [*places[offset:], *places[:offset]]


@dataclass(frozen=True)
class Around:
    """One answer's neighbours in the queue."""

    place: QueuePlace | None
    previous: QueuePlace | None
    following: QueuePlace | None  # the next that waits for a mark
    done: int
    total: int


def around(question: QueueQuestion, submission: Submission) -> Around:
    places = question.places
    here = next((n for n, place in enumerate(places) if place.submission.pk == submission.pk), None)
    if here is None:
        waiting = next((place for place in places if not place.done), None)
        return Around(None, None, waiting, question.done, question.total)
    others = rotated(places, here + 1)[:-1]
    return Around(
        places[here],
        places[here - 1] if len(places) > 1 else None,
        next((place for place in others if not place.done), None),
        question.done,
        question.total,
    )


# --- one answer -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@lab_page
def mark(request: HttpRequest, access: Access, lab: Lab, question: str, submission: int) -> HttpResponse:
    """Read an answer and mark it; saving goes on to the next one that waits."""
    require(access.may_assist)
    asked = question_or_404(lab, question)
    found = submission_or_404(lab, submission)
    if request.method != "POST":
        return show_answer(request, access, lab, asked, found)
    if request.POST.get("action") == "remove":
        return remove(request, access, lab, asked, found)
    form = mark_form(lab, asked.id, asked.max_points, request.POST)
    if not form.is_valid():
        return show_answer(request, access, lab, asked, found, form=form, status=422)
    try:
        services.give_mark(
            submission=found,
            question=asked.id,
            by=request.user,
            points=form.cleaned_data["points"],
            items=form.cleaned_data["items"],
            comment=form.cleaned_data["comment"],
            seen=form.cleaned_data["seen"],
        )
    except MarkedMeanwhile as error:
        return show_answer(request, access, lab, asked, found, form=form, meanwhile=error, status=422)
    except SeodangError as error:
        form.add_error(None, tell(error))
        return show_answer(request, access, lab, asked, found, form=form, status=422)
    return go_on(request, access, lab, asked, found)


def question_or_404(lab: Lab, id: str) -> QueueQuestion:
    found = services.queue(lab=lab, question=id).question(id)
    if found is None:
        raise Http404
    return found


def submission_or_404(lab: Lab, pk: int) -> Submission:
    found = lab.submissions.filter(pk=pk).select_related("user", "grading__revision").first()
    if found is None or found.grading is None:
        raise Http404
    found.lab = lab
    return found


def mark_form(lab: Lab, question: str, max_points: Decimal, data: Any = None, **options: Any) -> MarkForm:
    items = RubricItem.objects.filter(lab=lab, question=question)
    values = [item.points for item in items]
    return MarkForm(
        data,
        items=items,
        has_rubric=bool(values),
        begins_full=rubric_base(values, max_points) > 0,
        **options,
    )


def go_on(request: HttpRequest, access: Access, lab: Lab, asked: QueueQuestion, done: Submission) -> HttpResponse:
    """After a mark: the next answer, or the queue when none waits."""
    asked = question_or_404(lab, asked.id)
    here = around(asked, done)
    said = _("%(who)s is marked.") % {"who": here.place.name if here.place else _("It")}
    if here.following is None:
        messages.success(request, _("“%(title)s” is marked for everybody.") % {"title": asked.title})
        where = f"{address('marking', lab)}"
        if not request.htmx:
            return redirect(where)
        response = HttpResponse(status=204)
        response["HX-Redirect"] = where
        return response
    where = address("mark", lab, asked.id, here.following.submission.pk)
    if not request.htmx:
        messages.success(request, said)
        return redirect(where)
    following = submission_or_404(lab, here.following.submission.pk)
    response = show_answer(request, access, lab, asked, following, saved=said, part=True)
    response["HX-Push-Url"] = where
    return response


def remove(request: HttpRequest, access: Access, lab: Lab, asked: QueueQuestion, found: Submission) -> HttpResponse:
    services.remove_mark(submission=found, question=asked.id, by=request.user)
    if request.htmx:
        return show_answer(
            request,
            access,
            lab,
            question_or_404(lab, asked.id),
            found,
            saved=_("The mark is taken away."),
            part=True,
        )
    messages.success(request, _("The mark is taken away."))
    return redirect(address("mark", lab, asked.id, found.pk))


def show_answer(
    request: HttpRequest,
    access: Access,
    lab: Lab,
    asked: QueueQuestion,
    found: Submission,
    *,
    form: MarkForm | None = None,
    meanwhile: MarkedMeanwhile | None = None,
    saved: str = "",
    status: int = 200,
    part: bool = False,
) -> HttpResponse:
    here = around(asked, found)
    points = services.points_of(found).question(asked.id)
    standing = points.mark if points else None
    if form is None:
        form = mark_form(lab, asked.id, asked.max_points, initial=initial(standing))
    rubric = rubric_rows(lab, asked.id, checked=ticked(form, standing))
    base = rubric_base([row["item"].points for row in rubric], asked.max_points)
    teacher = answers.material(found.grading.revision if found.grading else lab.current, asked.id)
    return show(
        request,
        "_mark" if part or is_part(request) or (request.htmx and request.method == "POST") else "mark",
        access,
        lab,
        tab="marking",
        status=status,
        question=asked,
        max_points=in_words(asked.max_points),
        submission=found,
        who=here.place.name if here.place else services.shown_names(lab).get(found.user_id, ""),
        anonymous=lab.anonymous_marking,
        answer=answers.answer_to(found, asked.id),
        unchanged=points is not None and points.auto_status == "unchanged",
        material=teacher,
        model_lines=answers.numbered(teacher.model) if teacher.model_is_code else (),
        form=form,
        items=rubric,
        base=plain(base),
        max_plain=plain(asked.max_points),
        mark=standing,
        shown_points="–" if points is None or points.points is None else in_words(points.points),
        seen=services.stamp_of(standing),
        meanwhile=meanwhile,
        conflict_points=in_words(points.points) if points else "",
        saved=saved,
        progress={"done": here.done, "total": here.total},
        is_last=here.following is None,
        previous_url=address("mark", lab, asked.id, here.previous.submission.pk) if here.previous else "",
        skip_url=address("mark", lab, asked.id, here.following.submission.pk) if here.following else "",
        mark_url=address("mark", lab, asked.id, found.pk),
        rubric_url=address("rubric", lab, asked.id),
        back=found.pk,
    )


def initial(standing: Mark | None) -> dict[str, Any]:
    if standing is None:
        return {}
    return {"points": plain(standing.points), "comment": standing.comment}


def plain(value: Decimal | None) -> str:
    """Points as a form field holds them."""
    return "" if value is None else f"{value.normalize():f}" if value else "0"


def ticked(form: MarkForm, standing: Mark | None) -> set[int]:
    if form.is_bound:
        return {whole(value) for value in form.data.getlist("items")}
    return {item.pk for item in standing.items.all()} if standing else set()


def rubric_rows(lab: Lab, question: str, *, checked: set[int]) -> list[dict[str, Any]]:
    items = RubricItem.objects.filter(lab=lab, question=question).annotate(n_marks=Count("marks"))
    return [
        {
            "item": item,
            "checked": item.pk in checked,
            "points": ("+" if item.points > 0 else "") + in_words(item.points),
            "number": plain(item.points),
            "n_marks": item.n_marks,
        }
        for item in items.order_by("position", "pk")
    ]


# --- the rubric -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@lab_page
def rubric(request: HttpRequest, access: Access, lab: Lab, question: str) -> HttpResponse:
    """Items of one question: on a page of their own, and inside the page on which one marks."""
    require(access.may_assist)
    asked = question_or_404(lab, question)
    back = whole(request.POST.get("back", ""))
    told, refused, unsaved = "", "", {}
    if request.method == "POST":
        told, refused, unsaved = change(request, lab, asked.id)
        if not request.htmx and not refused:
            messages.success(request, told)
            return redirect(address("mark", lab, asked.id, back) if back > 0 else address("rubric", lab, asked.id))
    # Boxes that are ticked but not saved yet come with the request, and stay ticked.
    boxes = {whole(value) for value in request.POST.getlist("items")}
    items = rubric_rows(lab, asked.id, checked=boxes)
    context = {
        "question": asked,
        "items": items,
        "rubric_told": told,
        "rubric_error": refused,
        "rubric_url": address("rubric", lab, asked.id),
        "base": plain(rubric_base([row["item"].points for row in items], asked.max_points)),
        "max_points": in_words(asked.max_points),
        "base_is_full": rubric_base([row["item"].points for row in items], asked.max_points) > 0,
        "back": back if back > 0 else "",
        **unsaved,
    }
    status = 422 if refused else 200
    if request.htmx and request.method == "POST":
        return render(request, "labs/_rubric_swap.html", context, status=status)
    return show(request, "rubric", access, lab, tab="marking", status=status, **context)


def change(request: HttpRequest, lab: Lab, question: str) -> tuple[str, str, dict[str, str]]:
    """(what was done, what was refused, what was typed and is not kept)."""
    action = request.POST.get("action", "")
    item = RubricItem.objects.filter(lab=lab, question=question, pk=whole(request.POST.get("item", ""))).first()
    if action not in {"add", "change", "remove"} or (action != "add" and item is None):
        return "", _("This item is gone: somebody removed it meanwhile."), {}
    try:
        if action == "remove":
            n_marks = item.marks.count()
            services.remove_item(item=item, by=request.user)
            return changed_words(_("The item is removed."), n_marks), "", {}
        form = ItemForm(request.POST)
        typed = {"new_text": request.POST.get("text", ""), "new_points": request.POST.get("points", "")}
        if not form.is_valid():
            problems = "; ".join(str(error) for errors in form.errors.values() for error in errors)
            return "", problems, typed if action == "add" else {}
        if action == "add":
            services.add_item(lab=lab, question=question, by=request.user, **form.cleaned_data)
            return _("The item is added."), "", {}
        n_marks = item.marks.count()
        services.change_item(item=item, by=request.user, **form.cleaned_data)
        return changed_words(_("The item is changed."), n_marks), "", {}
    except SeodangError as error:
        return "", tell(error), {}


def changed_words(done: str, n_marks: int) -> str:
    if not n_marks:
        return done
    more = ngettext("%(n)s mark changed with it.", "%(n)s marks changed with it.", n_marks)
    return f"{done} {more % {'n': n_marks}}"
