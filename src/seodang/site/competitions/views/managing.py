"""What staff do with a competition: settings, publishing, corrections, baselines, exports, the end."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seodang.errors import SeodangError
from seodang.site.competitions import metrics, services
from seodang.site.competitions.errors import SettingRefused
from seodang.site.competitions.export import WHAT, export_csv
from seodang.site.competitions.forms import DeleteForm, ReviseForm, SettingsForm
from seodang.site.competitions.models import Competition, CompetitionState
from seodang.site.competitions.views._common import address, competition_page, show, tell
from seodang.site.courses.access import Access, require
from seodang.site.web.streams import attachment, streamed

SPOOL_BYTES = 4 * 1024 * 1024


@require_http_methods(["GET", "HEAD", "POST"])
@competition_page
def manage(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    """Assistants read and export; instructors change."""
    require(access.may_assist)
    forms = blank_forms(competition)
    status = 200
    if request.method == "POST":
        require(access.may_manage)
        answer = act(request, access, competition, forms)
        if answer is not None:
            return answer
        status = 422
        competition.refresh_from_db()
        competition.course = access.course
    return show(
        request,
        "manage",
        access,
        competition,
        tab="manage",
        status=status,
        settings_form=forms["settings"],
        revise_form=forms["revise"],
        delete_form=forms["delete"],
        revisions=competition.revisions.select_related("made_by"),
        baselines=competition.teams.filter(is_baseline=True).order_by("name"),
        withdrawn=competition.entries.filter(withdrawn_at__isnull=False).select_related("team"),
        may_prepare=services.may_prepare(competition),
        n_entries=competition.entries.count(),
        n_students_entered=competition.entries.filter(team__is_baseline=False).count(),
        n_teams=competition.teams.filter(is_baseline=False).count(),
        metric=metrics.find(competition.metric, competition.labels),
        exports=export_links(competition),
    )


def blank_forms(competition: Competition) -> dict[str, Any]:
    return {
        "settings": SettingsForm(instance=competition, prefix="settings"),
        "revise": ReviseForm(metrics=metric_choices(competition), prefix="revise"),
        "delete": DeleteForm(title=competition.title, prefix="delete"),
    }


def metric_choices(competition: Competition) -> list[tuple[str, Any]]:
    """Only metrics that the entries already made can be scored by: those that need the same."""
    now = metrics.find(competition.metric, competition.labels)
    n_classes = len(competition.labels)
    same = [
        told
        for told in metrics.all_told()
        if now and told.metric.needs_for(n_classes) == now.metric.needs_for(n_classes)
    ]
    return [("", _("Keep the present one")), *((told.name, f"{told.title} ({told.direction})") for told in same)]


def act(
    request: HttpRequest, access: Access, competition: Competition, forms: dict[str, Any]
) -> HttpResponse | None:
    """Do what the posted `action` asks; None where a form has to be shown again."""
    actions: dict[str, Callable[..., HttpResponse | None]] = {
        "settings": change_settings,
        "publish": publish,
        "unpublish": unpublish,
        "revise": revise,
        "delete": delete,
    }
    action = actions.get(request.POST.get("action", ""))
    if action is None:
        return redirect(address("manage", competition))
    try:
        return action(request, access, competition, forms)
    except SettingRefused as error:
        form = forms["settings"]
        field = error.field if form.is_bound and error.field in form.fields else None
        if form.is_bound:
            form.add_error(field, tell(error))
        else:
            messages.error(request, tell(error))
    except SeodangError as error:
        messages.error(request, tell(error))
    return None


def change_settings(
    request: HttpRequest, access: Access, competition: Competition, forms: dict[str, Any]
) -> HttpResponse | None:
    # A second object takes the form's values, so that a refused one leaves the page's head as it stands.
    form = forms["settings"] = SettingsForm(
        request.POST, instance=Competition.objects.get(pk=competition.pk), prefix="settings"
    )
    if not form.is_valid():
        return None
    services.update_settings(competition=competition, by=request.user, **form.cleaned_data)
    messages.success(request, _("The settings are saved."))
    return redirect(address("manage", competition))


def publish(request: HttpRequest, access: Access, competition: Competition, forms: dict[str, Any]) -> HttpResponse:
    services.publish(competition=competition, by=request.user)
    messages.success(request, _("“%(title)s” is published. Students see it now.") % {"title": competition.title})
    return redirect(address("overview", competition))


def unpublish(
    request: HttpRequest, access: Access, competition: Competition, forms: dict[str, Any]
) -> HttpResponse:
    services.unpublish(competition=competition, by=request.user)
    messages.success(request, _("“%(title)s” is seen by staff only now.") % {"title": competition.title})
    return redirect(address("manage", competition))


def revise(
    request: HttpRequest, access: Access, competition: Competition, forms: dict[str, Any]
) -> HttpResponse | None:
    form = forms["revise"] = ReviseForm(
        request.POST, request.FILES, metrics=metric_choices(competition), prefix="revise"
    )
    if not form.is_valid():
        return None
    truth = form.cleaned_data["truth"]
    try:
        services.revise(
            competition=competition,
            by=request.user,
            reason=form.cleaned_data["reason"],
            truth_stream=truth or None,
            truth_name=truth.name if truth else "",
            metric=form.cleaned_data["metric"] or None,
        )
    except SeodangError as error:
        form.add_error(None, tell(error))
        return None
    messages.success(request, _("The correction is kept. Every entry is being scored again."))
    return redirect(address("leaderboard", competition))


def delete(
    request: HttpRequest, access: Access, competition: Competition, forms: dict[str, Any]
) -> HttpResponse | None:
    form = forms["delete"] = DeleteForm(request.POST, title=competition.title, prefix="delete")
    if not form.is_valid():
        return None
    services.delete_competition(competition=competition, by=request.user)
    messages.success(request, _("“%(title)s” is deleted.") % {"title": competition.title})
    return redirect(reverse("competitions:list", args=[access.course.slug]))


# --- exports ------------------------------------------------------------------------------------------------


def export_links(competition: Competition) -> list[tuple[str, str]]:
    if competition.state not in {CompetitionState.READY, CompetitionState.PUBLISHED}:
        return []
    names = {
        "entries": _("All entries with their scores (CSV)"),
        "public": _("The public leaderboard (CSV)"),
        "private": _("The private leaderboard (CSV)"),
        "teams": _("Teams and their members (CSV)"),
        "zip": _("All four in one zip file"),
    }
    where = address("export", competition)
    return [(title, f"{where}?what={what}") for what, title in names.items()]


@require_safe
@competition_page
def export(request: HttpRequest, access: Access, competition: Competition) -> HttpResponseBase:
    """A table for a spreadsheet; the service guards cells that a spreadsheet would take for formulas."""
    require(access.may_assist)
    what = request.GET.get("what", "entries")
    if what == "zip":
        return as_zip(request, competition)
    if what not in WHAT:
        raise Http404
    pieces = export_csv(competition, what)
    return streamed(request, pieces, f"{competition.slug}-{what}.csv", content_type="text/csv; charset=utf-8")


def as_zip(request: HttpRequest, competition: Competition) -> StreamingHttpResponse:
    spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - closed when sent
    with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED) as archive:
        for what in WHAT:
            with archive.open(f"{competition.slug}-{what}.csv", "w") as member:
                for piece in export_csv(competition, what):
                    member.write(piece)
    spool.seek(0)
    return attachment(request, spool, f"{competition.slug}.zip", "application/zip")
