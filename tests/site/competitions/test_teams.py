"""Teams: making, inviting, merging, leaving, and the rules around them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from seodang.site.competitions import services
from seodang.site.competitions.errors import TeamRefused
from seodang.site.competitions.models import Competition, Entry, Membership, Team, TeamOffer

pytestmark = pytest.mark.django_db


@pytest.fixture
def competition(make_competition) -> Competition:
    return make_competition(team_size=3, daily_quota=3)


@pytest.fixture
def team_for(competition):
    def make(person, name: str = "") -> Team:
        return services.create_team(competition=competition, by=person, name=name or f"Team of {person.name}")

    return make


def members(team: Team) -> set[str]:
    return set(team.memberships.values_list("user__name", flat=True))


def test_invited_student_joins(competition, make_students, team_for):
    one, two = make_students(2)
    team = team_for(one)
    offer = services.invite_to_team(team=team, by=one, who="student 2")
    assert services.accept_offer(offer=offer, by=two) == team
    assert members(team) == {"Student 1", "Student 2"}
    assert not TeamOffer.objects.exists()


def test_student_may_be_invited_by_address_but_nobody_else(
    competition, make_students, team_for, outsider, assistant
):
    one, two = make_students(2)
    team = team_for(one)
    assert services.invite_to_team(team=team, by=one, who=f" {two.email.upper()} ").to_user == two
    for who in (outsider.email, assistant.email, "", "Nobody"):
        with pytest.raises(TeamRefused):
            services.invite_to_team(team=team, by=one, who=who)


def test_name_that_two_students_share_asks_for_the_address(competition, make_students, team_for):
    one, two, three = make_students(3)
    for person in (two, three):
        person.name = "Kim"
        person.save()
    with pytest.raises(TeamRefused, match="e-mail"):
        services.invite_to_team(team=team_for(one), by=one, who="Kim")


def test_only_the_person_asked_may_accept_or_decline(competition, make_students, team_for):
    one, two, three = make_students(3)
    offer = services.invite_to_team(team=team_for(one), by=one, who=two.email)
    for action in (services.accept_offer, services.decline_offer):
        with pytest.raises(PermissionDenied):
            action(offer=offer, by=three)
    services.decline_offer(offer=offer, by=two)
    with pytest.raises(TeamRefused, match="gone"):
        services.accept_offer(offer=offer, by=two)


def test_offer_can_be_taken_back_by_the_team_alone(competition, make_students, team_for):
    one, two = make_students(2)
    offer = services.invite_to_team(team=team_for(one), by=one, who=two.email)
    with pytest.raises(PermissionDenied):
        services.withdraw_offer(offer=offer, by=two)
    services.withdraw_offer(offer=offer, by=one)
    assert not TeamOffer.objects.exists()


def test_merge_keeps_every_entry_under_the_team_that_asked(competition, make_students, team_for, enter):
    one, two = make_students(2)
    team, other = team_for(one, "Stays"), team_for(two, "Goes")
    entries = [enter(competition, one), enter(competition, two)]
    services.pick_finals(team=other, by=two, entries=[entries[1]])
    offer = services.propose_merge(team=team, by=one, other=other)
    assert services.accept_offer(offer=offer, by=two) == team
    assert set(Entry.objects.filter(team=team)) == set(entries)
    assert not Team.objects.filter(name="Goes").exists()
    assert members(team) == {"Student 1", "Student 2"}
    assert team.memberships.get(is_captain=True).user == one
    assert not Entry.objects.filter(is_final_pick=True).exists()


def test_inviting_someone_in_a_team_asks_its_captain_to_merge(competition, make_students, team_for):
    one, two, three = make_students(3)
    team, other = team_for(one), team_for(two)
    Membership.objects.create(team=other, competition=competition, user=three)
    assert services.invite_to_team(team=team, by=one, who=three.email).to_user == two


def test_teams_that_entered_too_often_together_cannot_merge_today(competition, make_students, team_for, enter):
    one, two = make_students(2)
    team, other = team_for(one), team_for(two)
    offer = services.propose_merge(team=team, by=one, other=other)
    for person in (one, one, two, two):
        enter(competition, person)
    with pytest.raises(TeamRefused, match="4 entries"):
        services.accept_offer(offer=offer, by=two)
    Entry.objects.filter(team=team).update(created_at=timezone.now() - timedelta(days=2))
    assert services.accept_offer(offer=offer, by=two) == team


def test_teams_whose_entries_exceed_the_total_together_cannot_merge(make_competition, make_students, enter):
    competition = make_competition(team_size=2, daily_quota=5, total_quota=3)
    one, two = make_students(2)
    for person in (one, one, two, two):
        enter(competition, person)
    team, other = (services.team_of(competition=competition, user=person) for person in (one, two))
    with pytest.raises(TeamRefused):
        services.propose_merge(team=team, by=one, other=other)


def test_team_never_grows_above_its_size(competition, make_students, team_for):
    one, two, three, four = make_students(4)
    team, other = team_for(one), team_for(three)
    Membership.objects.create(team=team, competition=competition, user=two)
    Membership.objects.create(team=other, competition=competition, user=four)
    with pytest.raises(TeamRefused, match="team of 4"):
        services.propose_merge(team=team, by=one, other=other)


def test_no_merge_with_a_baseline_or_with_itself_or_over_competitions(
    competition, make_competition, make_students, team_for, professor, enter
):
    one, two = make_students(2)
    team = team_for(one)
    baseline = enter(competition, professor, baseline_name="Mean").team
    elsewhere = services.create_team(competition=make_competition(team_size=2), by=two, name="Elsewhere")
    for wrong in (baseline, team, elsewhere):
        with pytest.raises(TeamRefused):
            services.propose_merge(team=team, by=one, other=wrong)


def test_only_the_captain_invites_and_merges(competition, make_students, team_for):
    one, two, three = make_students(3)
    team, other = team_for(one), team_for(three)
    Membership.objects.create(team=team, competition=competition, user=two)
    with pytest.raises(TeamRefused, match="captain"):
        services.propose_merge(team=team, by=two, other=other)
    with pytest.raises(PermissionDenied):
        services.propose_merge(team=team, by=three, other=other)


def test_captaincy_can_be_handed_over_within_the_team(competition, make_students, team_for):
    one, two, three = make_students(3)
    team = team_for(one)
    Membership.objects.create(team=team, competition=competition, user=two)
    with pytest.raises(PermissionDenied):
        services.hand_over_captaincy(team=team, by=one, to=three)
    services.hand_over_captaincy(team=team, by=one, to=two)
    assert services.captain_of(team) == two
    with pytest.raises(TeamRefused):
        services.hand_over_captaincy(team=team, by=one, to=one)


def test_captain_who_leaves_is_followed_by_the_next(competition, make_students, team_for):
    one, two = make_students(2)
    team = team_for(one)
    Membership.objects.create(team=team, competition=competition, user=two)
    services.leave_team(team=team, by=one)
    assert services.captain_of(team) == two
    assert team.memberships.get().is_captain
    services.leave_team(team=team, by=two)
    assert not Team.objects.filter(pk=team.pk).exists()


def test_nobody_leaves_a_team_that_has_entered(competition, student, enter):
    entry = enter(competition, student)
    with pytest.raises(TeamRefused):
        services.leave_team(team=entry.team, by=student)


def test_names_are_unique_whatever_their_case_and_of_sensible_length(competition, make_students, team_for):
    one, two = make_students(2)
    team_for(one, "Tigers")
    for name in ("tigers", "  ", "x" * 61, "\n\t"):
        with pytest.raises(TeamRefused):
            services.create_team(competition=competition, by=two, name=name)
    mine = team_for(two, "Bears")
    services.rename_team(team=mine, by=two, name=" Bears   of Seoul ")
    mine.refresh_from_db()
    assert mine.name == "Bears of Seoul"
    with pytest.raises(TeamRefused):
        services.rename_team(team=mine, by=two, name="TIGERS")
    with pytest.raises(PermissionDenied):
        services.rename_team(team=mine, by=one, name="Lions")


def test_one_team_for_each_person(competition, student, team_for):
    team_for(student)
    with pytest.raises(TeamRefused):
        team_for(student, "Another")


def test_staff_make_no_teams(competition, professor, outsider, team_for):
    for person in (professor, outsider):
        with pytest.raises(PermissionDenied):
            team_for(person)


def test_nothing_about_teams_changes_after_the_close(competition, make_students, team_for):
    one, two, three = make_students(3)
    team, other = team_for(one), team_for(two)
    merge = services.propose_merge(team=team, by=one, other=other)
    Competition.objects.update(closes_at=timezone.now())
    team.competition.refresh_from_db()
    assert not services.teams_change_until(team.competition)
    for action in (
        lambda: services.accept_offer(offer=merge, by=two),
        lambda: services.rename_team(team=team, by=one, name="New"),
        lambda: services.leave_team(team=team, by=one),
        lambda: services.invite_to_team(team=team, by=one, who=three.email),
        lambda: team_for(three),
    ):
        with pytest.raises(TeamRefused):
            action()


def test_team_whose_captain_is_gone_is_led_by_the_next(competition, make_students, team_for):
    one, two, three = make_students(3)
    team = team_for(one)
    services.accept_offer(offer=services.invite_to_team(team=team, by=one, who=two.email), by=two)
    one.delete()
    offer = services.invite_to_team(team=team, by=two, who=three.email)
    assert services.accept_offer(offer=offer, by=three) == team


def test_team_without_people_cannot_be_asked_to_merge(competition, make_students, team_for, enter):
    one, two = make_students(2)
    team, other = team_for(one), team_for(two)
    enter(competition, two)
    two.delete()
    with pytest.raises(TeamRefused):
        services.propose_merge(team=team, by=one, other=other)
