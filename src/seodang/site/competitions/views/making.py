"""Making a competition: upload a table, decide, look at what came of it, publish."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from seodang.errors import SeodangError
from seodang.site.competitions import metrics, services
from seodang.site.competitions.forms import FolderForm, SplitFilesForm, TableForm
from seodang.site.competitions.models import Competition, CompetitionState
from seodang.site.competitions.prepare_form import KINDS, PrepareForm
from seodang.site.competitions.views._common import address, competition_page, course_page, show, tell
from seodang.site.competitions.views._files import first_rows, part_sizes, sample_of
from seodang.site.courses.access import Access, require
from seodang.site.jobs.models import Job, JobState
from seodang.site.web.errors import problem_text

WAYS: dict[str, type[Form]] = {"table": TableForm, "split": SplitFilesForm, "folder": FolderForm}
PROFILED_SECONDS = 24 * 60 * 60


@require_http_methods(["GET", "HEAD", "POST"])
@course_page
def create(request: HttpRequest, access: Access) -> HttpResponse:
    require(access.may_manage)
    way = request.GET.get("way", "table")
    way = way if way in WAYS else "table"
    form = WAYS[way](request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = make(access, way, form)
        if made is not None:
            return redirect(address("prepare", made))
    titles = {
        "table": _("One table"),
        "split": _("Files that are split already"),
        "folder": _("A folder with competition.yaml"),
    }
    here = reverse("competitions:create", args=[access.course.slug])
    return render(
        request,
        "competitions/create.html",
        {
            "access": access,
            "course": access.course,
            "form": form,
            "way": way,
            "ways": [(title, f"{here}?way={name}", name == way) for name, title in titles.items()],
        },
        status=422 if request.method == "POST" else 200,
    )


def make(access: Access, way: str, form: Form) -> Competition | None:
    """The draft with its files; None, with the form's errors told, where a file cannot be used."""
    if way == "folder":
        return from_folder(access, form)
    files = {name: form.cleaned_data.get(name) for name in ("table", "train", "test", "truth")}
    named = {role: (file, stored_name(role, file)) for role, file in files.items() if file}
    spec = {"data": {role: name for role, (_file, name) in named.items()}} if way == "split" else None
    made = None
    at = "title"
    try:
        made = services.create_competition(access=access, title=form.cleaned_data["title"], spec=spec)
        for role, (file, name) in named.items():
            at = role
            services.store_source(competition=made, by=access.user, name=name, stream=file, keep_others=True)
    except SeodangError as error:
        if made is not None:
            services.delete_competition(competition=made, by=access.user)
        form.add_error(at, tell(error))
        return None
    return made


def stored_name(role: str, file: UploadedFile) -> str:
    """The host's own name for one table; of several files each has its role's, so that no two are the same."""
    name = re.sub(r'[:*?"<>|]', "_", PurePosixPath(str(file.name).replace("\\", "/")).name).lstrip(".~-").strip()
    name = name[-100:].strip() or "table.csv"
    return name if role == "table" else f"{role}{PurePosixPath(name).suffix.lower() or '.csv'}"


def from_folder(access: Access, form: Form) -> Competition | None:
    files = form.cleaned_data["files"]
    try:
        if len(files) == 1 and zipfile.is_zipfile(files[0]):
            files[0].seek(0)
            return services.create_from_folder(access=access, archive_or_files=files[0])
        return services.create_from_folder(access=access, archive_or_files={str(file.name): file for file in files})
    except SeodangError as error:
        form.add_error("files", str(error))
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@competition_page
def prepare(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    """By state: decide (draft), wait (preparing), look and publish (ready)."""
    require(access.may_manage)
    if competition.state == CompetitionState.PREPARING:
        return waiting(request, access, competition)
    again = "again" in request.GET and services.may_prepare(competition)
    if competition.state == CompetitionState.DRAFT or again:
        return decide(request, access, competition)
    if competition.state == CompetitionState.PUBLISHED:
        return redirect(address("overview", competition))
    return preview(request, access, competition)


def decide(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    roles = dict((competition.spec or {}).get("data") or {})
    if "truth" not in roles:
        roles = {}
    try:
        info = services.inspect_source(competition, roles.get("truth", ""))
    except SeodangError as error:
        messages.error(request, tell(error))
        return redirect(address("manage", competition))
    if request.htmx and request.method == "GET" and request.GET.get("target"):
        form = PrepareForm(competition=competition, info=info, initial={"target": request.GET["target"]})
        return render(request, "competitions/_metric_field.html", {"form": form})
    form = PrepareForm(request.POST or None, competition=competition, info=info)
    if request.method == "POST" and form.is_valid():
        try:
            services.start_preparing(competition=competition, by=request.user, spec=form.spec)
        except SeodangError as error:
            form.add_error(None, tell(error))
        else:
            return redirect(address("prepare", competition))
    problem, hint = problem_text(competition.problem)
    return show(
        request,
        "prepare",
        access,
        competition,
        tab="prepare",
        status=422 if request.method == "POST" else 200,
        form=form,
        info=info,
        columns=[
            {**column, "kind_told": KINDS.get(column["kind"], column["kind"])}
            for column in source_profile(competition, roles)["columns"]
        ],
        sources=services.sources(competition),
        problem=problem,
        problem_hint=hint,
    )


def source_profile(competition: Competition, roles: dict[str, str]) -> dict[str, Any]:
    """Small charts of the host's own table, drawn up once for each content."""
    from seodang.score.profile import profile_table

    found = services.sources(competition)
    source = next((file for file in found if file.name == roles.get("truth")), found[0])
    key = f"profile:{source.sha256}"
    profile = cache.get(key)
    if profile is None:
        profile = profile_table(Path(source.file.path))
        cache.set(key, profile, PROFILED_SECONDS)
    return profile


def waiting(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    job = (
        Job.objects.filter(task="competitions.prepare", arguments__competition_id=competition.pk)
        .exclude(state=JobState.DONE)
        .order_by("-pk")
        .first()
    )
    return show(request, "preparing", access, competition, tab="prepare", job=job)


def preview(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    """What students will get, before they do."""
    if request.method == "POST":
        try:
            services.publish(competition=competition, by=request.user)
        except SeodangError as error:
            messages.error(request, tell(error))
            return redirect(address("prepare", competition))
        messages.success(
            request, _("“%(title)s” is published. Students see it now.") % {"title": competition.title}
        )
        return redirect(address("overview", competition))
    files = competition.files_for(access)
    n_public, n_private = part_sizes(competition)
    return show(
        request,
        "preview",
        access,
        competition,
        tab="prepare",
        files=files,
        n_train=sum(file.n_rows or 0 for file in files if file.role == "train"),
        n_public=n_public,
        n_private=n_private,
        sample_rows=first_rows(sample_of(competition)),
        metric=metrics.find(competition.metric, competition.labels),
        may_prepare=services.may_prepare(competition),
    )
