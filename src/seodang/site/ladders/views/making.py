"""Making a ladder: upload a table, choose, climb."""

from __future__ import annotations

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from seodang.errors import SeodangError
from seodang.site.courses.access import Access, require
from seodang.site.ladders import services
from seodang.site.ladders.forms import KINDS, ChooseForm, TableForm
from seodang.site.ladders.models import Ladder
from seodang.site.ladders.views._common import address, course_page, is_part, ladder_page, show, tell
from seodang.site.web.errors import problem_text


@require_http_methods(["GET", "HEAD", "POST"])
@course_page
def create(request: HttpRequest, access: Access) -> HttpResponse:
    form = TableForm(request.POST, request.FILES) if request.method == "POST" else TableForm()
    if request.method == "POST" and form.is_valid():
        made = make(access, form)
        if made is not None:
            return redirect(address("choose", made))
    return render(
        request,
        "ladders/create.html",
        {"access": access, "course": access.course, "form": form, "most_seconds": services.most_seconds()},
        status=422 if request.method == "POST" else 200,
    )


def make(access: Access, form: Form) -> Ladder | None:
    """The draft; None, with the form's errors told, where a table cannot be read."""
    table, to_predict = form.cleaned_data["table"], form.cleaned_data.get("predict") or None
    try:
        return services.create_ladder(
            access=access,
            stream=table,
            filename=table.name,
            title=form.cleaned_data["title"],
            predict_stream=to_predict,
            predict_filename=to_predict.name if to_predict else "",
        )
    except SeodangError as error:
        form.add_error("table", tell(error))
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@ladder_page
def choose(request: HttpRequest, access: Access, ladder: Ladder) -> HttpResponse:
    """Which column, how long, by which metric; then it takes its place in the line."""
    require(ladder.owner_id == access.user.pk)
    if not services.may_choose(ladder):
        return redirect(address("ladder", ladder))
    info = services.inspect(ladder)
    if is_part(request) and request.GET.get("target"):
        form = ChooseForm(ladder=ladder, info=info, initial={"target": request.GET["target"], "metric": ""})
        return render(request, "ladders/_metric_field.html", {"form": form})
    form = ChooseForm(request.POST or None, ladder=ladder, info=info)
    if request.method == "POST" and form.is_valid():
        try:
            services.choose(ladder=ladder, by=request.user, info=info, **form.cleaned_data)
            services.start(ladder=ladder, by=request.user)
        except SeodangError as error:
            field = getattr(error, "field", None)
            form.add_error(field if field in form.fields else None, tell(error))
        else:
            return redirect(address("ladder", ladder))
    problem, hint = problem_text(ladder.problem)
    return show(
        request,
        "choose",
        access,
        ladder,
        status=422 if request.method == "POST" else 200,
        form=form,
        info=info,
        columns=[(column, KINDS.get(column.kind, column.kind)) for column in info.columns],
        problem=problem,
        problem_hint=hint,
        most_seconds=services.most_seconds(),
    )
