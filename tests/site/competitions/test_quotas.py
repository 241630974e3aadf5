"""Quotas: what counts, when a day begins, and that no number of people at once gets past them."""

from __future__ import annotations

import io
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests.site.competitions.conftest import prediction

from seodang.site.competitions import services
from seodang.site.competitions.errors import QuotaUsedUp
from seodang.site.competitions.models import Entry, EntryState, Membership, Team
from seodang.site.jobs.models import Job


@pytest.mark.django_db
def test_entry_above_the_daily_quota_is_refused_until_midnight_of_the_course(make_competition, student, enter):
    competition = make_competition(
        daily_quota=2, opens_at=datetime(2026, 3, 1, tzinfo=UTC), closes_at=datetime(2026, 4, 1, tzinfo=UTC)
    )
    evening = datetime(2026, 3, 9, 14, 30, tzinfo=UTC)  # 23:30 in Seoul
    for _number in range(2):
        enter(competition, student, received_at=evening)
    with pytest.raises(QuotaUsedUp) as refused:
        enter(competition, student, received_at=evening)
    assert refused.value.resets_at == datetime(2026, 3, 9, 15, tzinfo=UTC)
    enter(competition, student, received_at=evening + timedelta(minutes=30))
    left = services.quota(competition=competition, user=student, now=evening + timedelta(hours=1))
    assert (left.used_today, left.left_today, left.used_total, left.left_total) == (1, 1, 3, None)


@pytest.mark.django_db
def test_total_quota_has_no_reset(make_competition, student, enter):
    competition = make_competition(daily_quota=5, total_quota=1)
    enter(competition, student)
    with pytest.raises(QuotaUsedUp) as refused:
        enter(competition, student)
    assert refused.value.resets_at is None
    assert services.quota(competition=competition, user=student).left == 0


@pytest.mark.django_db
def test_only_entries_that_the_site_failed_to_score_give_their_attempt_back(make_competition, student, enter):
    competition = make_competition(daily_quota=2)
    failed, withdrawn = enter(competition, student), enter(competition, student)
    services.withdraw(entry=withdrawn, by=student)
    assert services.quota(competition=competition, user=student).left_today == 0
    services.mark_failed(entry=failed, reason="the truth is gone")
    assert services.quota(competition=competition, user=student).left_today == 1
    assert Entry.objects.get(pk=failed.pk).state == EntryState.FAILED


@pytest.mark.django_db
def test_members_of_a_team_share_its_quota(make_competition, make_students, enter):
    competition = make_competition(daily_quota=1, team_size=2)
    one, two = make_students(2)
    team = services.create_team(competition=competition, by=one, name="Both")
    Membership.objects.create(team=team, competition=competition, user=two)
    enter(competition, one)
    with pytest.raises(QuotaUsedUp):
        enter(competition, two)


@pytest.mark.django_db
def test_taking_an_entry_needs_few_queries(competition, student, enter, django_assert_max_num_queries):
    enter(competition, student)
    with django_assert_max_num_queries(24):
        enter(competition, student)


# --- at once ------------------------------------------------------------------------------------------------


def all_at_once(actions) -> Counter:
    """Run each in a thread with a connection of its own, from one starting shot; what came of them, counted."""
    outcomes: list[str] = []
    start = threading.Barrier(len(actions))

    def run(action) -> None:
        try:
            start.wait(timeout=30)
            action()
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return Counter(outcomes)


def entering(competition, user):
    def action() -> None:
        services.enter(
            competition=competition, user=user, stream=io.BytesIO(prediction(1.0)), filename="prediction.csv"
        )

    return action


@pytest.mark.django_db(transaction=True)
def test_fifty_entries_at_once_at_a_quota_of_five_make_exactly_five(make_competition, student, storage_of_its_own):
    competition = make_competition(daily_quota=5)
    outcomes = all_at_once([entering(competition, student)] * 50)
    assert outcomes == {"done": 5, "QuotaUsedUp": 45}
    assert sorted(Entry.objects.values_list("ordinal", flat=True)) == [1, 2, 3, 4, 5]
    assert Job.objects.filter(task="competitions.score_entry").count() == 5
    assert Team.objects.count() == 1
    kept = list((storage_of_its_own / f"competitions/{competition.pk}/entries").iterdir())
    assert len(kept) == 5


@pytest.mark.django_db(transaction=True)
def test_first_entries_of_many_people_at_once_get_teams_and_ordinals_of_their_own(
    make_competition, make_user, course
):
    from seodang.site.courses.models import Enrollment

    competition = make_competition()
    people = [make_user("Kim", email=f"kim{number}@example.com") for number in range(12)]
    Enrollment.objects.bulk_create(Enrollment(course=course, user=person) for person in people)
    assert all_at_once([entering(competition, person) for person in people]) == {"done": 12}
    assert sorted(Entry.objects.values_list("ordinal", flat=True)) == list(range(1, 13))
    assert set(Team.objects.values_list("name", flat=True)) == {"Kim", *(f"Kim {n}" for n in range(2, 13))}


@pytest.mark.django_db(transaction=True)
def test_person_cannot_be_in_two_teams_however_they_hurry(make_competition, make_students):
    competition = make_competition(team_size=3)
    one, two, late = make_students(3)
    offers = []
    for captain, name in ((one, "One"), (two, "Two")):
        team = services.create_team(competition=competition, by=captain, name=name)
        offers.append(services.invite_to_team(team=team, by=captain, who=late.email))

    def accepting(offer):
        return lambda: services.accept_offer(offer=offer, by=late)

    def making():
        services.create_team(competition=competition, by=late, name="Three")

    outcomes = all_at_once([*(accepting(offer) for offer in offers), making, entering(competition, late)])
    assert Membership.objects.filter(competition=competition, user=late).count() == 1
    assert outcomes["done"] >= 1
    assert set(outcomes) <= {"done", "TeamRefused"}


@pytest.mark.django_db(transaction=True)
def test_last_place_in_a_team_is_given_once(make_competition, make_students):
    competition = make_competition(team_size=2)
    captain, *others = make_students(6)
    team = services.create_team(competition=competition, by=captain, name="Two")
    offers = [services.invite_to_team(team=team, by=captain, who=person.email) for person in others]
    outcomes = all_at_once(
        [
            lambda offer=offer, person=person: services.accept_offer(offer=offer, by=person)
            for offer, person in zip(offers, others, strict=True)
        ]
    )
    assert outcomes == {"done": 1, "TeamRefused": 4}
    assert team.memberships.count() == 2
