"""One's team: make it, name it, ask people in, answer offers, join with another, leave, hand over."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from seodang.site.accounts.models import User
from seodang.site.competitions import services
from seodang.site.competitions.errors import CompetitionError
from seodang.site.competitions.forms import InviteForm, MergeForm, TeamNameForm
from seodang.site.competitions.models import Competition, Team, TeamOffer
from seodang.site.competitions.views._common import address, competition_page, number, own_team, show, tell
from seodang.site.courses.access import Access, require


@require_http_methods(["GET", "HEAD", "POST"])
@competition_page
def team(request: HttpRequest, access: Access, competition: Competition) -> HttpResponse:
    require(access.may_take_part)
    mine = own_team(access, competition)
    forms: dict[str, Form] = {
        "name": TeamNameForm(initial={"name": mine.name if mine else ""}),
        "invite": InviteForm(),
        "merge": MergeForm(teams=others(competition, mine)),
    }
    status = 200
    if request.method == "POST":
        try:
            if act(request, access, competition, mine, forms):
                return redirect(address("team", competition))
        except CompetitionError as error:
            messages.error(request, tell(error))
        status = 422
    return show(
        request,
        "team",
        access,
        competition,
        tab="team",
        status=status,
        team=mine,
        members=list(mine.memberships.select_related("user").order_by("-is_captain", "joined_at")) if mine else [],
        is_captain=bool(mine) and services.captain_of(mine) == access.user,
        offers_made=list(mine.offers_made.select_related("to_user")) if mine else [],
        offers=TeamOffer.objects.filter(to_user=access.user, team__competition=competition)
        .exclude(team=mine)
        .select_related("team", "made_by"),
        has_entries=bool(mine) and mine.entries.exists(),
        may_change=services.teams_change_until(competition),
        **{f"{name}_form": form for name, form in forms.items()},
    )


def others(competition: Competition, mine: Team | None):
    found = competition.teams.filter(is_baseline=False).order_by("name")
    return found.exclude(pk=mine.pk) if mine else found


def act(
    request: HttpRequest, access: Access, competition: Competition, mine: Team | None, forms: dict[str, Form]
) -> bool:
    """Do what the posted `action` asks; False where a form has to be shown again."""
    user = access.user
    action = request.POST.get("action", "")
    if action in {"create", "rename"}:
        form = forms["name"] = TeamNameForm(request.POST)
        return form.is_valid() and name_team(request, competition, mine, user, form.cleaned_data["name"])
    if action in {"accept", "decline"}:
        return answer(request, competition, user, accept=action == "accept")
    if mine is None:
        return True  # left in another tab; the page says how things stand
    if action == "invite":
        form = forms["invite"] = InviteForm(request.POST)
        return form.is_valid() and invite(request, mine, user, form.cleaned_data["email"])
    if action == "merge":
        form = forms["merge"] = MergeForm(request.POST, teams=others(competition, mine))
        return form.is_valid() and propose(request, mine, user, form.cleaned_data["other"])
    return on_team(request, mine, user, action)


def on_team(request: HttpRequest, mine: Team, user: User, action: str) -> bool:
    def take_back() -> str:
        services.withdraw_offer(offer=get_object_or_404(mine.offers_made, pk=number(request, "offer")), by=user)
        return _("The invitation is taken back.")

    def hand_over() -> str:
        to = get_object_or_404(User, memberships__team=mine, pk=number(request, "user"))
        services.hand_over_captaincy(team=mine, by=user, to=to)
        return _("%(name)s is captain now.") % {"name": to}

    def leave() -> str:
        services.leave_team(team=mine, by=user)
        return _("You left “%(team)s”.") % {"team": mine.name}

    actions: dict[str, Callable[[], str]] = {"take_back": take_back, "captain": hand_over, "leave": leave}
    if action in actions:
        messages.success(request, actions[action]())
    return True


def name_team(request: HttpRequest, competition: Competition, mine: Team | None, user: User, name: str) -> bool:
    if mine is None:
        services.create_team(competition=competition, by=user, name=name)
        messages.success(request, _("Your team is “%(team)s”.") % {"team": name})
    else:
        services.rename_team(team=mine, by=user, name=name)
        messages.success(request, _("Your team is now called “%(team)s”.") % {"team": name})
    return True


def invite(request: HttpRequest, mine: Team, user: User, email: str) -> bool:
    offer = services.invite_to_team(team=mine, by=user, who=email)
    messages.success(request, _("%(name)s is invited and sees it on this page.") % {"name": offer.to_user})
    return True


def propose(request: HttpRequest, mine: Team, user: User, other: Team) -> bool:
    services.propose_merge(team=mine, by=user, other=other)
    messages.success(request, _("The captain of “%(team)s” is asked to join with you.") % {"team": other.name})
    return True


def answer(request: HttpRequest, competition: Competition, user: User, *, accept: bool) -> bool:
    offer = get_object_or_404(TeamOffer, pk=number(request, "offer"), to_user=user, team__competition=competition)
    if accept:
        joined = services.accept_offer(offer=offer, by=user)
        messages.success(request, _("You are in “%(team)s” now.") % {"team": joined.name})
    else:
        services.decline_offer(offer=offer, by=user)
        messages.success(request, _("The offer of “%(team)s” is declined.") % {"team": offer.team.name})
    return True
