"""Enter a prediction, follow what becomes of it, pick what counts at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from seodang.errors import SeodangError
from seodang.score.errors import Problem
from seodang.site.competitions import metrics, services, standings
from seodang.site.competitions.errors import CompetitionError
from seodang.site.competitions.forms import BaselineForm, EnterForm, WithdrawForm
from seodang.site.competitions.models import Competition, Entry, Scoring
from seodang.site.competitions.views._common import (
    address,
    competition_page,
    own_team,
    show,
    tell,
    whole,
)
from seodang.site.competitions.views._files import sample_of
from seodang.site.courses.access import Access, require
from seodang.site.web.streams import attachment

ENTRIES_PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@competition_page
def enter(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    """A student enters for their team; staff enter a marked baseline."""
    form_class = EnterForm if access.may_take_part else BaselineForm
    form = form_class(request.POST or None, request.FILES or None)
    refusal: SeodangError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = take(competition, request, form)
        except SeodangError as error:
            refusal = error
        else:
            messages.success(request, _("Entry %(number)s is taken.") % {"number": made.ordinal})
            return redirect(address("entry", competition, made.ordinal))
    team = own_team(access, competition)
    quota = None
    if access.may_take_part:
        quota = services.quota(competition=competition, team=team, user=request.user)
    return show(
        request,
        "enter",
        access,
        competition,
        tab="enter",
        status=422 if request.method == "POST" else 200,
        form=form,
        refusal=refusal,
        problems=[told(problem) for problem in getattr(refusal, "problems", ())],
        refused_name=form.cleaned_data["file"].name if refusal else "",
        quota=quota,
        team=team,
        sample=sample_of(competition),
        metric=metrics.find(competition.metric, competition.labels),
    )


def told(problem: Problem) -> dict[str, Any]:
    """A problem as the page shows it: columns without anything in them are left out."""
    return {
        "message": problem.message,
        "hint": problem.hint,
        "rows": problem.rows,
        "more": problem.count - len(problem.rows),
        "has_lines": any(row.line is not None for row in problem.rows),
        "has_received": any(row.received for row in problem.rows),
    }


def take(competition: Competition, request: HttpRequest, form: EnterForm) -> Entry:
    return services.enter(
        competition=competition,
        user=request.user,
        stream=form.cleaned_data["file"],
        filename=form.cleaned_data["file"].name,
        message=form.cleaned_data["message"],
        baseline_name=form.cleaned_data.get("baseline_name"),
    )


@dataclass(frozen=True)
class Line:
    """An entry as a table row shows it: under the present truth, and under earlier ones."""

    entry: Entry
    scoring: Scoring | None
    earlier: tuple[Scoring, ...]

    @classmethod
    def of(cls, entry: Entry, competition: Competition) -> Line:
        scorings = sorted(entry.scorings.all(), key=lambda scoring: -scoring.truth_version)
        now = next((each for each in scorings if each.truth_version == competition.shown_version), None)
        return cls(entry, now, tuple(each for each in scorings if each.truth_version < competition.shown_version))


def visible_entries(access: Access, competition: Competition) -> QuerySet[Entry]:
    """Staff see everybody's entries, a student those of their team."""
    found = competition.entries.select_related("team", "user").prefetch_related(
        Prefetch("scorings", Scoring.objects.defer("public_replicates", "private_replicates"))
    )
    if access.may_assist:
        return found
    return found.filter(team=own_team(access, competition)) if access.may_take_part else found.none()


@require_http_methods(["GET", "HEAD", "POST"])
@competition_page
def entries(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    team = own_team(access, competition)
    if request.method == "POST":
        require(team is not None)
        pick(request, access, competition)
        return redirect(address("entries", competition))
    found = visible_entries(access, competition)
    teams = competition.teams.order_by("name") if access.may_assist else ()
    chosen = request.GET.get("team", "")
    if access.may_assist and chosen:
        found = found.filter(team_id=whole(chosen))
    page = Paginator(found, ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    return show(
        request,
        "_entries" if request.htmx and not request.htmx.boosted else "entries",
        access,
        competition,
        tab="entries",
        lines=[Line.of(entry, competition) for entry in page],
        page=page,
        team=team,
        teams=teams,
        chosen=chosen,
        may_pick=team is not None and competition.is_open() and competition.final_picks > 0,
        see_private=standings.may_see_private(competition, access),
        counting=counting(competition),
        metric=metrics.find(competition.metric, competition.labels),
        quota=services.quota(competition=competition, team=team, user=request.user) if team else None,
    )


def counting(competition: Competition) -> set[int]:
    """The entries that stand on the private board, one of each team; none before it opens."""
    if competition.private_opened_at is None:
        return set()
    return {row.entry_ordinal for row in standings.board(competition, part="private").rows}


def pick(request: HttpRequest, access: Access, competition: Competition) -> None:
    """All picks at once; boxes on other pages of the list keep what they had."""
    team = own_team(access, competition)
    mine = competition.entries.filter(team=team)
    listed = {whole(value) for value in request.POST.getlist("listed")}
    ticked = {whole(value) for value in request.POST.getlist("pick")}
    kept = [each for each in mine if each.ordinal in ticked or (each.is_final_pick and each.ordinal not in listed)]
    try:
        services.pick_finals(team=team, by=request.user, entries=kept)
    except CompetitionError as error:
        messages.error(request, tell(error))
        return
    if kept:
        text = ngettext("%(count)s entry is picked.", "%(count)s entries are picked.", len(kept))
        messages.success(request, text % {"count": len(kept)})
    else:
        messages.success(request, _("No entry is picked; your best public ones will count."))


@require_http_methods(["GET", "HEAD", "POST"])
@competition_page
def entry(request: HttpRequest, access: Access, competition: Competition, ordinal: int) -> HttpResponse:
    found = visible_entries(access, competition).filter(ordinal=ordinal).first()
    if found is None:
        raise Http404
    form = WithdrawForm(request.POST or None, needs_reason=access.may_assist)
    if request.method == "POST":
        if request.POST.get("action") == "score_again":
            return act(request, found, lambda: services.score_again(entry=found, by=request.user))
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            return act(request, found, lambda: services.withdraw(entry=found, by=request.user, reason=reason))
    return show(
        request,
        "_entry" if request.htmx and not request.htmx.boosted else "entry",
        access,
        competition,
        tab="entries",
        status=422 if request.method == "POST" else 200,
        line=Line.of(found, competition),
        entry=found,
        form=form,
        may_withdraw=found.withdrawn_at is None and (access.may_assist or not competition.is_closed()),
        see_private=standings.may_see_private(competition, access),
        standing=standings.board(competition).standing_of(found.team_id),
        metric=metrics.find(competition.metric, competition.labels),
        quota=services.quota(competition=competition, team=found.team) if access.may_take_part else None,
    )


def act(request: HttpRequest, found: Entry, do: Callable[[], None]) -> HttpResponse:
    try:
        do()
    except CompetitionError as error:
        messages.error(request, tell(error))
    else:
        messages.success(request, _("Done."))
    return redirect(address("entry", found.competition, found.ordinal))


@require_safe
@competition_page
def entry_file(request: HttpRequest, access: Access, competition: Competition, ordinal: int) -> HttpResponse:
    """What was sent, as it was sent: to its team and to staff."""
    found = visible_entries(access, competition).filter(ordinal=ordinal).first()
    if found is None:
        raise Http404
    return attachment(request, found.file.open("rb"), found.filename)
