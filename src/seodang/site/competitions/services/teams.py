"""Teams: one for each person and competition, alone by default, together by invitation or merge, until the close.

Rules of a merge are Kaggle's: the two together have no more people than allowed, and no more entries, today and in
all, than one team could have made. The inviting team survives and keeps its name; all entries come under it.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from seodang.i18n import N_
from seodang.score.quota import quota_window
from seodang.site.competitions.errors import TeamRefused
from seodang.site.competitions.models import (
    Competition,
    CompetitionState,
    Entry,
    Membership,
    Team,
    TeamOffer,
)
from seodang.site.competitions.services._common import (
    access_of,
    announce,
    locked,
    one_line,
    require_not_closed,
    team_of,
    touch,
)
from seodang.site.competitions.services.quotas import used
from seodang.site.courses import access as courses_access
from seodang.site.courses.models import Enrollment, Role

NAME_LENGTH = 60


# --- finding ------------------------------------------------------------------------------------------------


def captain_of(team: Team):
    """The person who answers offers for a team."""
    first = team.memberships.order_by("-is_captain", "joined_at", "pk").select_related("user").first()
    return first.user if first else None


def teams_change_until(competition: Competition) -> bool:
    """Whether teams may still change now."""
    return competition.state == CompetitionState.PUBLISHED and not competition.is_closed()


# --- making and naming --------------------------------------------------------------------------------------


def solo_team(competition: Competition, user) -> Team:
    """The person's team, made now if there is none. Call it with the competition locked."""
    found = team_of(competition=competition, user=user)
    return found or _new_team(competition, user, free_name(competition, user.name))


def baseline_team(competition: Competition, name: str) -> Team:
    """The marked baseline of that name. Call it with the competition locked."""
    name = clean_name(name or _("Baseline"))
    team, made = Team.objects.get_or_create(competition=competition, name=name, defaults={"is_baseline": True})
    if not made and not team.is_baseline:
        raise TeamRefused(
            N_("A team is called “%(name)s” already."), hint=N_("Choose another name for the baseline."), name=name
        )
    return team


def create_team(*, competition: Competition, by, name: str) -> Team:
    """A team with one person in it, for others to be invited to."""
    courses_access.require(access_of(by, competition).may_take_part)
    with transaction.atomic():
        current = _locked_open(competition)
        if team_of(competition=current, user=by):
            raise TeamRefused(N_("You are in a team already."), hint=N_("Give that one another name."))
        return _new_team(current, by, _free(current, name))


def rename_team(*, team: Team, by, name: str) -> None:
    with transaction.atomic():
        competition = _locked_open(team.competition)
        _require_member(team, by)
        team.name = _free(competition, name, except_for=team)
        team.save(update_fields=["name"])
        touch(competition)


def _new_team(competition: Competition, user, name: str) -> Team:
    team = Team.objects.create(competition=competition, name=name)
    Membership.objects.create(team=team, competition=competition, user=user, is_captain=True)
    return team


def clean_name(name: str) -> str:
    name = one_line(name)
    if not name or len(name) > NAME_LENGTH:
        raise TeamRefused(
            N_("A team's name has 1 to %(most)s characters; this one has %(length)s."),
            most=NAME_LENGTH,
            length=len(name),
        )
    return name


def _free(competition: Competition, name: str, except_for: Team | None = None) -> str:
    name = clean_name(name)
    others = competition.teams.filter(name__iexact=name)
    if except_for is not None:
        others = others.exclude(pk=except_for.pk)
    if others.exists():
        raise TeamRefused(N_("A team is called “%(name)s” already."), hint=N_("Choose another name."), name=name)
    return name


def free_name(competition: Competition, name: str) -> str:
    """The person's name, or that name with the first free number. Never an address: boards are for everyone."""
    base = one_line(name)[: NAME_LENGTH - 6] or _("Team")
    taken = {
        taken.casefold()
        for taken in competition.teams.filter(name__istartswith=base).values_list("name", flat=True)
    }
    wanted, number = base, 1
    while wanted.casefold() in taken:
        number += 1
        wanted = f"{base} {number}"
    return wanted


# --- offers -------------------------------------------------------------------------------------------------


def invite_to_team(*, team: Team, by, who: str) -> TeamOffer:
    """Ask a student of the course to join; `who` is an e-mail address or a name.

    Someone who has a team already is asked to merge: the offer goes to the captain of that team.
    """
    person = _student_called(team.competition, who)
    other = team_of(competition=team.competition, user=person)
    if other is not None:
        return propose_merge(team=team, by=by, other=other)
    with transaction.atomic():
        competition = _locked_open(team.competition)
        _require_captain(team, by)
        _require_room(competition, team.memberships.count() + 1)
        return _offer(competition, team, by, person)


def propose_merge(*, team: Team, by, other: Team) -> TeamOffer:
    """Ask the captain of another team to bring it into this one."""
    with transaction.atomic():
        competition = _locked_open(team.competition)
        _require_captain(team, by)
        _require_mergeable(competition, team, other)
        return _offer(competition, team, by, captain_of(other))


def _offer(competition: Competition, team: Team, by, person) -> TeamOffer:
    offer, _made = TeamOffer.objects.get_or_create(team=team, to_user=person, defaults={"made_by": by})
    announce(competition)
    return offer


def _student_called(competition: Competition, who: str):
    who = " ".join(who.split())
    students = Enrollment.objects.filter(course=competition.course, role=Role.STUDENT).select_related("user")
    found = list(students.filter(Q(user__email__iexact=who) | Q(user__name__iexact=who))[:2]) if who else []
    if len(found) > 1:
        raise TeamRefused(
            N_("More than one student is called “%(who)s”."), hint=N_("Use the e-mail address."), who=who
        )
    if not found:
        raise TeamRefused(
            N_("No student of this course has the name or address “%(who)s”."),
            hint=N_("They must have joined the course first."),
            who=who,
        )
    return found[0].user


def accept_offer(*, offer: TeamOffer, by) -> Team:
    """Join the team that asks; with a team of one's own, bring it along. Returns the team one is in now."""
    with transaction.atomic():
        competition = _locked_open(offer.team.competition)
        offer = _standing_offer(offer)
        courses_access.require(offer.to_user_id == by.pk)
        courses_access.require(access_of(by, competition).may_take_part)
        own = team_of(competition=competition, user=by)
        if own is None:
            _require_room(competition, offer.team.memberships.count() + 1)
            Membership.objects.create(team=offer.team, competition=competition, user=by)
            people = [by.pk]
        else:
            _require_captain(own, by)
            _require_mergeable(competition, offer.team, own)
            people = list(own.memberships.values_list("user_id", flat=True))
            _merge(own, into=offer.team)
        # What others had asked of these people is answered by this.
        TeamOffer.objects.filter(team__competition=competition, to_user__in=people).delete()
        touch(competition)
        return offer.team


def _merge(absorbed: Team, *, into: Team) -> None:
    """Everything of one team comes under the other; picks are made anew, since both had some."""
    Entry.objects.filter(team=absorbed).update(team=into)
    Entry.objects.filter(team=into, is_final_pick=True).update(is_final_pick=False)
    absorbed.memberships.update(team=into, is_captain=False)
    absorbed.delete()


def decline_offer(*, offer: TeamOffer, by) -> None:
    courses_access.require(offer.to_user_id == by.pk)
    _end(offer)


def withdraw_offer(*, offer: TeamOffer, by) -> None:
    """Take back an offer of one's own team."""
    _require_member(offer.team, by)
    _end(offer)


def _end(offer: TeamOffer) -> None:
    with transaction.atomic():
        TeamOffer.objects.filter(pk=offer.pk).delete()
        announce(offer.team.competition)


def _standing_offer(offer: TeamOffer) -> TeamOffer:
    found = TeamOffer.objects.filter(pk=offer.pk).select_related("team__competition").first()
    if found is None:
        raise TeamRefused(N_("This offer is gone."), hint=N_("Ask the team to make it again."))
    return found


# --- leaving ------------------------------------------------------------------------------------------------


def leave_team(*, team: Team, by) -> None:
    """Go, while the team has no entries; the last one takes the team away."""
    with transaction.atomic():
        competition = _locked_open(team.competition)
        membership = _require_member(team, by)
        if team.entries.exists():
            raise TeamRefused(
                N_("The team has entered, and its entries are also yours; nobody can leave it any more.")
            )
        membership.delete()
        rest = team.memberships.order_by("joined_at", "pk").first()
        if rest is None:
            team.delete()
        elif membership.is_captain:
            Membership.objects.filter(pk=rest.pk).update(is_captain=True)
        touch(competition)


def hand_over_captaincy(*, team: Team, by, to) -> None:
    """Let another member answer for the team."""
    with transaction.atomic():
        competition = _locked_open(team.competition)
        _require_captain(team, by)
        _require_member(team, to)
        team.memberships.update(is_captain=False)
        team.memberships.filter(user=to).update(is_captain=True)
        announce(competition)


# --- rules --------------------------------------------------------------------------------------------------


def _locked_open(competition: Competition) -> Competition:
    current = locked(competition)
    if current.state != CompetitionState.PUBLISHED:
        raise TeamRefused(N_("This competition is not shown to students yet."))
    require_not_closed(current)
    return current


def _require_member(team: Team, person) -> Membership:
    membership = Membership.objects.filter(team=team, user=person).first()
    courses_access.require(membership is not None)
    assert membership is not None
    return membership


def _require_captain(team: Team, person) -> None:
    _require_member(team, person)
    if captain_of(team) != person:
        raise TeamRefused(N_("Only the captain of “%(team)s” may do this."), hint=N_("Ask them."), team=team.name)


def _require_room(competition: Competition, people: int) -> None:
    if people > competition.team_size:
        raise TeamRefused(
            N_("That would make a team of %(people)s; this competition allows %(most)s."),
            people=people,
            most=competition.team_size,
        )


def _require_mergeable(competition: Competition, team: Team, other: Team) -> None:
    is_other = other.competition_id == team.competition_id and other.pk != team.pk
    # A team whose people deleted their accounts has nobody left who could agree.
    if not is_other or other.is_baseline or captain_of(other) is None:
        raise TeamRefused(N_("These two cannot become one team."))
    people = Membership.objects.filter(team__in=[team, other]).count()
    _require_room(competition, people)
    start, end = quota_window(timezone.now(), competition.course.tz)
    today, total = used(teams=[team, other], start=start, end=end)
    if today > competition.daily_quota or (competition.total_quota is not None and total > competition.total_quota):
        raise TeamRefused(
            N_("Together the two teams have made %(today)s entries today and %(total)s in all, more than one may."),
            hint=N_("Where only today's are too many, merge tomorrow before entering."),
            today=today,
            total=total,
        )
