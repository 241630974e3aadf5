"""From a competition to a ladder on its training data, and from a ladder back to marked baselines."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from seodang.errors import SeodangError
from seodang.site.competitions import services
from seodang.site.competitions.models import Competition
from seodang.site.competitions.views._common import address, competition_page, show, tell, whole
from seodang.site.courses.access import Access, require


@require_POST
@competition_page
def climb(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    """Make the ladder; its own page asks for the rest."""
    try:
        made = services.climb_training_data(competition=competition, by=request.user)
    except SeodangError as error:
        messages.error(request, tell(error))
        return redirect(address("data", competition))
    return redirect(made.get_absolute_url())


@require_http_methods(["GET", "HEAD", "POST"])
@competition_page
def baselines(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    """Choose a ladder of this competition's data, tick rungs, post them."""
    require(access.may_assist)
    ladders = services.ladders_of(competition, access)
    wanted = whole((request.POST if request.method == "POST" else request.GET).get("ladder", ""))
    chosen = next((ladder for ladder in ladders if ladder.number == wanted), ladders[0] if ladders else None)
    if request.method == "POST":
        if chosen is not None and chosen.number == wanted:
            post(request, competition, chosen)
        return redirect(f"{address('baselines', competition)}?ladder={chosen.number if chosen else ''}")
    for ladder in ladders:
        ladder.course = access.course
    return show(
        request,
        "baselines",
        access,
        competition,
        tab="manage",
        ladders=ladders,
        chosen=chosen,
        rungs=[(rung, services.baseline_name(competition, rung)) for rung in chosen.rungs.all()] if chosen else [],
        standing=set(
            competition.teams.filter(is_baseline=True, entries__withdrawn_at=None).values_list("name", flat=True)
        ),
        metric_decimals=services.decimals_of(competition),
    )


def post(request: HttpRequest, competition: Competition, chosen) -> None:
    try:
        found = services.post_baselines(
            competition=competition, by=request.user, ladder=chosen, rungs=request.POST.getlist("rung")
        )
    except SeodangError as error:
        messages.error(request, tell(error))
        return
    n_entered = sum(one.state == "entered" for one in found)
    n_unchanged = sum(one.state == "unchanged" for one in found)
    if n_entered:
        messages.success(
            request,
            ngettext("%(n)s baseline is posted.", "%(n)s baselines are posted.", n_entered) % {"n": n_entered},
        )
    if n_unchanged:
        text = ngettext("%(n)s stands as it was.", "%(n)s stand as they were.", n_unchanged)
        messages.info(request, text % {"n": n_unchanged})
    for one in found:
        if one.state == "unusable":
            messages.warning(request, f"{one.title}: {one.reason}")
    if not found:
        messages.info(request, _("No rung was ticked."))
