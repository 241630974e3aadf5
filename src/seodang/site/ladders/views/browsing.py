"""Pages to read: the ladders of a course, one ladder with what can be done to it, its report and files."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from seodang.errors import SeodangError
from seodang.site.courses.access import Access
from seodang.site.jobs import live as jobs_live
from seodang.site.ladders import metrics, services
from seodang.site.ladders.files_offered import file_of
from seodang.site.ladders.forms import PredictForm
from seodang.site.ladders.models import Ladder, LadderState
from seodang.site.ladders.rows import rows_of, seconds_left, seconds_taken
from seodang.site.ladders.services._common import course_topic
from seodang.site.ladders.views._common import (
    address,
    course_page,
    is_part,
    ladder_page,
    show,
    tell,
    with_frame,
)
from seodang.site.web.errors import problem_text
from seodang.site.web.streams import attachment, pieces

PER_PAGE = 30
REPORT_POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


@require_safe
@course_page
def ladders(request: HttpRequest, access: Access) -> HttpResponse:
    found = Ladder.objects.visible_to(access).select_related("owner")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    for each in page.object_list:
        each.course = access.course
        metric = metrics.find(each.metric_used)
        each.metric_title = metrics.title(metric) if metric else ""
    template = "ladders/_list.html" if is_part(request) else "ladders/list.html"
    return render(request, template, {"access": access, "course": access.course, "page": page})


@require_safe
@course_page
def list_live(request: HttpRequest, access: Access) -> HttpResponse:
    return jobs_live.event_stream(request, course_topic(access.course))


# --- one ladder -----------------------------------------------------------------------------------------------


@with_frame
@require_http_methods(["GET", "HEAD", "POST"])
@ladder_page
def ladder(request: HttpRequest, access: Access, ladder: Ladder) -> HttpResponse:
    form = PredictForm()
    if request.method == "POST":
        form = PredictForm(request.POST, request.FILES) if request.POST.get("action") == "predict" else form
        answer = act(request, access, ladder, form)
        if answer is not None:
            return answer
        ladder.refresh_from_db()
        ladder.course = access.course
    if ladder.state == LadderState.DRAFT and ladder.owner_id == access.user.pk and request.method != "POST":
        return redirect(address("choose", ladder))
    if is_part(request) and request.GET.get("seen", ladder.state) != ladder.state and not ladder.is_under_way:
        return HttpResponse(headers={"HX-Refresh": "true"})  # what stands beside the ladder changes with it
    problem, hint = problem_text(ladder.problem)
    predict_problem, predict_hint = problem_text(ladder.predict_problem)
    return show(
        request,
        "_ladder" if is_part(request) else "ladder",
        access,
        ladder,
        status=422 if request.method == "POST" else 200,
        rows=rows_of(ladder),
        task_title=metrics.TASKS.get((ladder.result or {}).get("task") or ladder.task, ""),
        seconds_left=seconds_left(ladder),
        seconds_taken=seconds_taken(ladder),
        place=services.place_in_line(ladder),
        waits_for=services.waits_for_own(ladder),
        problem=problem,
        problem_hint=hint,
        predict_problem=predict_problem,
        predict_hint=predict_hint,
        predict_form=form,
        may_have_files=services.may_have_files(access, ladder),
        may_stop=services.may_stop(access, ladder),
        may_delete=services.may_delete(access, ladder),
        may_choose=services.may_choose(ladder) and ladder.owner_id == access.user.pk,
    )


def act(request: HttpRequest, access: Access, ladder: Ladder, form: PredictForm) -> HttpResponse | None:
    """Do what the posted `action` asks; None where the page has to be shown again."""
    actions: dict[str, Callable[..., HttpResponse | None]] = {
        "stop": stop,
        "share": share,
        "again": again,
        "rename": rename,
        "delete": delete,
        "predict": predict,
    }
    action = actions.get(request.POST.get("action", ""))
    if action is None:
        return redirect(address("ladder", ladder))
    try:
        return action(request, access, ladder, form)
    except SeodangError as error:
        messages.error(request, tell(error))
        return redirect(address("ladder", ladder))


def stop(request: HttpRequest, access: Access, ladder: Ladder, form: PredictForm) -> HttpResponse:
    services.stop(ladder=ladder, by=request.user)
    return redirect(address("ladder", ladder))


def share(request: HttpRequest, access: Access, ladder: Ladder, form: PredictForm) -> HttpResponse:
    shared = request.POST.get("shared") == "1"
    services.share(ladder=ladder, by=request.user, shared=shared)
    messages.success(
        request, _("The class sees this ladder now.") if shared else _("The class no longer sees this ladder.")
    )
    return redirect(address("ladder", ladder))


def again(request: HttpRequest, access: Access, ladder: Ladder, form: PredictForm) -> HttpResponse:
    made = services.climb_again(ladder=ladder, by=request.user)
    return redirect(address("choose", made))


def rename(request: HttpRequest, access: Access, ladder: Ladder, form: PredictForm) -> HttpResponse:
    services.rename(ladder=ladder, by=request.user, title=request.POST.get("title", ""))
    return redirect(address("ladder", ladder))


def delete(request: HttpRequest, access: Access, ladder: Ladder, form: PredictForm) -> HttpResponse:
    services.delete_ladder(ladder=ladder, by=request.user)
    messages.success(request, _("“%(title)s” is gone with all its files.") % {"title": ladder.title})
    return redirect(reverse("ladders:list", args=[access.course.slug]))


def predict(request: HttpRequest, access: Access, ladder: Ladder, form: PredictForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    file = form.cleaned_data["table"]
    try:
        services.predict_table(ladder=ladder, by=request.user, stream=file, filename=file.name)
    except SeodangError as error:
        form.add_error("table", tell(error))
        return None
    return redirect(address("ladder", ladder))


@require_safe
@ladder_page
def live(request: HttpRequest, access: Access, ladder: Ladder) -> HttpResponse:
    """Server-sent events: “look again”, with nothing in them."""
    return jobs_live.event_stream(request, ladder.topic)


# --- what it made ---------------------------------------------------------------------------------------------


@require_safe
@ladder_page
@xframe_options_sameorigin
def report(request: HttpRequest, access: Access, ladder: Ladder) -> HttpResponse:
    """The report as a document of its own, in a frame or alone: no script, nothing from anywhere."""
    if not ladder.report:
        raise Http404
    with ladder.report.open("rb") as file:
        response = HttpResponse(b"".join(pieces(file)), content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = REPORT_POLICY
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
@ladder_page
def download(request: HttpRequest, access: Access, ladder: Ladder, name: str) -> HttpResponseBase:
    found = file_of(access, ladder, name)
    if found is None:
        raise Http404
    file, shown = found
    return attachment(request, file.open("rb"), shown)
