"""Making a lab: upload the notebook, look at what the check found, publish; settings, revisions, extensions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seodang.errors import SeodangError, fill
from seodang.site.accounts.models import User
from seodang.site.courses.access import Access, require
from seodang.site.courses.models import Role
from seodang.site.jobs.models import Job, JobState
from seodang.site.labs import services
from seodang.site.labs.forms import CreateForm, DeleteForm, ExtensionForm, ReviseForm, SettingsForm
from seodang.site.labs.models import Lab, LabRevision, RevisionState
from seodang.site.labs.services.late import moved
from seodang.site.labs.views._common import address, course_page, is_part, lab_page, number, show, tell
from seodang.site.web.errors import problem_text
from seodang.site.web.streams import attachment

DUE_AFTER_DAYS = 7


# --- a new lab ----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@course_page
def create(request: HttpRequest, access: Access) -> HttpResponse:
    require(access.may_manage)
    form = CreateForm(initial={"due_at": usual_due()})
    if request.method == "POST":
        form = CreateForm(request.POST, request.FILES)
    if request.method == "POST" and form.is_valid():
        made = make(access, form)
        if made is not None:
            return redirect(address("revision", made, 1))
    return render(
        request,
        "labs/create.html",
        {"access": access, "course": access.course, "form": form},
        status=422 if request.method == "POST" else 200,
    )


def usual_due() -> datetime:
    """A week from now, at the end of the day."""
    day = timezone.localtime() + timedelta(days=DUE_AFTER_DAYS)
    return day.replace(hour=23, minute=59, second=0, microsecond=0)


def make(access: Access, form: CreateForm) -> Lab | None:
    """The draft; None, with the form's errors told, where the notebook is no lab."""
    given = form.cleaned_data
    try:
        return services.create_lab(
            access=access,
            title=given["title"],
            due_at=given["due_at"],
            opens_at=given["opens_at"],
            stream=given["notebook"],
            filename=given["notebook"].name,
            data=by_name(given["data"]),
        )
    except SeodangError as error:
        refuse(form, error, "notebook")
        return None


def by_name(files: list[UploadedFile]) -> dict[str, UploadedFile]:
    return {str(file.name): file for file in files}


def refuse(form: BaseForm, error: SeodangError, usual: str) -> None:
    """Show a refusal at the field it speaks of; each wrong cell of a notebook is a line of its own."""
    field = getattr(error, "field", usual)
    field = field if field in form.fields else usual
    problems = getattr(error, "problems", ())
    if not problems:
        form.add_error(field, tell(error))
        return
    first = error.message.splitlines()[0]
    form.add_error(field, [first, *(problem.message for problem in problems), *filter(None, [error.hint])])


# --- revisions ----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@lab_page
def revise(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    require(access.may_manage)
    form = ReviseForm(request.POST, request.FILES) if request.method == "POST" else ReviseForm()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = services.revise(
                lab=lab,
                by=request.user,
                stream=given["notebook"],
                filename=given["notebook"].name,
                data=by_name(given["data"]) or None,
                note=given["note"],
            )
        except SeodangError as error:
            refuse(form, error, "notebook")
        else:
            return redirect(address("revision", lab, made.number))
    return show(
        request,
        "revise",
        access,
        lab,
        tab="manage",
        status=422 if request.method == "POST" else 200,
        form=form,
        files=list(lab.current.files.all()) if lab.current else [],
        n_submissions=lab.submissions.count(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@lab_page
def revision(request: HttpRequest, access: Access, lab: Lab, number: int) -> HttpResponse:
    """What the check found: does the solution earn everything, and the released notebook nothing?"""
    require(access.may_assist)
    found = get_object_or_404(lab.revisions.select_related("created_by"), number=number)
    found.lab = lab
    if request.method == "POST":
        require(access.may_manage)
        return accept(request, lab, found)
    problem, hint = problem_text(found.problem)
    return show(
        request,
        "_revision" if is_part(request) else "revision",
        access,
        lab,
        tab="manage",
        revision=found,
        is_current=lab.current_id == found.pk,
        job=checking_job(found) if found.state == RevisionState.CHECKING else None,
        **report_of(found),
        problem=problem,
        problem_hint=hint,
        files=list(found.files.all()),
        **what_publishing_does(lab),
    )


def accept(request: HttpRequest, lab: Lab, found: LabRevision) -> HttpResponse:
    try:
        services.accept_doubtful(revision=found, by=request.user)
    except SeodangError as error:
        messages.error(request, tell(error))
    else:
        messages.success(request, _("Revision %(number)s is taken as it is.") % {"number": found.number})
    return redirect(address("revision", lab, found.number))


def checking_job(found: LabRevision) -> Job | None:
    jobs = Job.objects.filter(task="labs.check_revision", arguments__revision_id=found.pk)
    return jobs.exclude(state=JobState.DONE).order_by("-pk").first()


def report_of(found: LabRevision) -> dict[str, Any]:
    """Each question with what the check says of it, and what it says of the whole, in the reader's language."""
    from seodang.grade.errors import LabProblem

    report = found.report or {}
    said = {line["id"]: line for line in report.get("questions", ())}
    whys: dict[str, list[str]] = defaultdict(list)
    for finding in report.get("findings", ()):
        whys[finding["question"]].append(fill(finding["template"], finding["params"]))
    lines = [
        {
            **question,
            "hidden_titles": hidden_titles(question),
            "solution": said.get(question["id"], {}).get("solution_points"),
            "released": said.get(question["id"], {}).get("released_points"),
            "whys": whys.get(question["id"], ()),
        }
        for question in found.questions
    ]
    return {
        "lines": lines,
        "has_report": bool(said),
        "findings": whys.get("", ()),
        "warnings": [LabProblem.from_kept(kept).message for kept in report.get("warnings", ())],
    }


def hidden_titles(question: dict[str, Any]) -> list[str]:
    return [check["title"] for check in question["checks"] if check["title"] and not check["visible"]]


@require_safe
@lab_page
def revision_file(request: HttpRequest, access: Access, lab: Lab, number: int) -> HttpResponse:
    """The notebook with its solutions, or as students get it (`?what=released`)."""
    require(access.may_assist)
    found = get_object_or_404(lab.revisions, number=number)
    released = request.GET.get("what") == "released"
    file = found.released if released else found.source
    if not file:
        raise Http404
    name = found.name if released else file.name.rsplit("/", 1)[-1]
    return attachment(request, file.open("rb"), name)


# --- settings -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@lab_page
def manage(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    """Assistants read; instructors change."""
    require(access.may_assist)
    forms: dict[str, Any] = {
        "settings": SettingsForm(instance=lab, prefix="settings"),
        "delete": DeleteForm(title=lab.title, prefix="delete"),
    }
    status = 200
    if request.method == "POST":
        require(access.may_manage)
        answer = act(request, access, lab, forms)
        if answer is not None:
            return answer
        status = 422
    n_submissions = lab.submissions.count()
    return show(
        request,
        "manage",
        access,
        lab,
        tab="manage",
        status=status,
        settings_form=forms["settings"],
        delete_form=forms["delete"],
        revisions=list(lab.revisions.select_related("created_by").annotate(n_files=Count("files"))),
        n_submissions=n_submissions,
        n_extensions=lab.extensions.count(),
        **what_publishing_does(lab),
    )


def what_publishing_does(lab: Lab) -> dict[str, Any]:
    return {
        "n_students": lab.course.enrollments.filter(role=Role.STUDENT).count(),
        "is_open_at_once": lab.opens_at <= timezone.now(),
    }


def act(request: HttpRequest, access: Access, lab: Lab, forms: dict[str, Any]) -> HttpResponse | None:
    """Do what the posted `action` asks; None where a form has to be shown again."""
    actions: dict[str, Callable[..., HttpResponse | None]] = {
        "settings": change_settings,
        "publish": publish,
        "unpublish": unpublish,
        "delete": delete,
    }
    action = actions.get(request.POST.get("action", ""))
    if action is None:
        return redirect(address("manage", lab))
    try:
        return action(request, access, lab, forms)
    except SeodangError as error:
        form = forms["settings"]
        if form.is_bound:
            field = getattr(error, "field", None)
            form.add_error(field if field in form.fields else None, tell(error))
            return None
        messages.error(request, tell(error))
        return redirect(address("manage", lab))


def change_settings(request: HttpRequest, access: Access, lab: Lab, forms: dict[str, Any]) -> HttpResponse | None:
    # A second object takes the form's values, so that a refused one leaves the page's head as it stands.
    form = forms["settings"] = SettingsForm(
        request.POST, instance=Lab.objects.select_related("course").get(pk=lab.pk), prefix="settings"
    )
    if not form.is_valid():
        return None
    services.update_settings(lab=lab, by=request.user, **form.cleaned_data)
    messages.success(request, _("The settings are saved."))
    return redirect(address("manage", lab))


def publish(request: HttpRequest, access: Access, lab: Lab, forms: dict[str, Any]) -> HttpResponse:
    services.publish(lab=lab, by=request.user)
    messages.success(request, _("The lab “%(title)s” is published.") % {"title": lab.title})
    return redirect(address("overview", lab))


def unpublish(request: HttpRequest, access: Access, lab: Lab, forms: dict[str, Any]) -> HttpResponse:
    services.unpublish(lab=lab, by=request.user)
    messages.success(request, _("The lab “%(title)s” is seen by staff only now.") % {"title": lab.title})
    return redirect(address("manage", lab))


def delete(request: HttpRequest, access: Access, lab: Lab, forms: dict[str, Any]) -> HttpResponse | None:
    form = forms["delete"] = DeleteForm(request.POST, title=lab.title, prefix="delete")
    if not form.is_valid():
        return None
    services.delete_lab(lab=lab, by=request.user)
    messages.success(request, _("The lab “%(title)s” is deleted.") % {"title": lab.title})
    return redirect(reverse("labs:list", args=[access.course.slug]))


# --- extensions ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@lab_page
def extensions(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    require(access.may_assist)
    students = User.objects.filter(enrollments__course=access.course, enrollments__role=Role.STUDENT).order_by(
        "name", "pk"
    )
    form = ExtensionForm(students=students, initial={"user": request.GET.get("user")})
    status = 200
    if request.method == "POST":
        if request.POST.get("action") == "remove":
            return take_back(request, lab)
        form = ExtensionForm(request.POST, students=students)
        if form.is_valid() and give(request, lab, form):
            return redirect(address("extensions", lab))
        status = 422
    return show(
        request,
        "extensions",
        access,
        lab,
        tab="manage",
        status=status,
        form=form,
        given=[
            (extension, moved(lab.due_at, extension.days, access.course.tz))
            for extension in lab.extensions.select_related("user", "made_by").order_by("user__name", "pk")
        ],
    )


def give(request: HttpRequest, lab: Lab, form: ExtensionForm) -> bool:
    given = form.cleaned_data
    try:
        services.set_extension(
            lab=lab, user=given["user"], by=request.user, days=given["days"], reason=given["reason"]
        )
    except SeodangError as error:
        refuse(form, error, "days")
        return False
    due = moved(lab.due_at, given["days"], lab.course.tz).astimezone(lab.course.tz)
    messages.success(
        request,
        _("%(name)s has until %(due)s.") % {"name": given["user"], "due": due.strftime("%Y-%m-%d %H:%M")},
    )
    return True


def take_back(request: HttpRequest, lab: Lab) -> HttpResponse:
    user = get_object_or_404(User, lab_extensions__lab=lab, pk=number(request, "user"))
    try:
        services.remove_extension(lab=lab, user=user, by=request.user)
    except SeodangError as error:
        messages.error(request, tell(error))
    else:
        messages.success(request, _("The extension of %(name)s is taken back.") % {"name": user})
    return redirect(address("extensions", lab))
