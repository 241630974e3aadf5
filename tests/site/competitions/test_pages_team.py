"""Teams in the browser: make, ask in, answer, join, hand over, leave."""

from __future__ import annotations

import pytest
from django.urls import reverse

from seodang.site.competitions.models import Membership, Team, TeamOffer


@pytest.fixture
def competition(make_competition):
    return make_competition(team_size=3)


@pytest.fixture
def act(client, competition):
    """`act(person, "create", name="A")`: post an action as that person; the page that follows, as text."""
    where = reverse("competitions:team", args=[competition.course.slug, competition.slug])

    def post(person, action: str, **fields) -> str:
        client.force_login(person)
        return client.post(where, {"action": action, **fields}, follow=True).content.decode()

    return post


def test_a_team_is_made_and_named_anew(act, student):
    assert "A very deep team" in act(student, "create", name="A very deep team")
    assert "Deeper still" in act(student, "rename", name="Deeper still")
    assert Team.objects.get().name == "Deeper still"


def test_an_invited_person_sees_the_question_and_accepts(act, client, student, make_students, competition):
    (other,) = make_students(1)
    act(student, "create", name="Us")
    assert "Student 1 is invited" in act(student, "invite", email=other.email)
    offer = TeamOffer.objects.get()
    assert "You are in “Us” now." in act(other, "accept", offer=offer.pk)
    assert Membership.objects.filter(team__name="Us").count() == 2


def test_an_invitation_is_declined_or_taken_back(act, student, make_students):
    one, two = make_students(2)
    act(student, "create", name="Us")
    act(student, "invite", email=one.email)
    act(student, "invite", email=two.email)
    act(one, "decline", offer=TeamOffer.objects.get(to_user=one).pk)
    act(student, "take_back", offer=TeamOffer.objects.get(to_user=two).pk)
    assert not TeamOffer.objects.exists()
    assert Membership.objects.count() == 1


def test_nobody_answers_an_offer_made_to_another(act, student, make_students):
    one, two = make_students(2)
    act(student, "create", name="Us")
    act(student, "invite", email=one.email)
    act(two, "accept", offer=TeamOffer.objects.get().pk)
    assert not Membership.objects.filter(user=two).exists()


def test_two_teams_become_one_when_the_other_captain_agrees(act, student, make_students, competition, enter):
    (other,) = make_students(1)
    act(student, "create", name="Us")
    enter(competition, other)
    theirs = Team.objects.exclude(name="Us").get()
    act(student, "merge", other=theirs.pk)
    act(other, "accept", offer=TeamOffer.objects.get().pk)
    assert Team.objects.get().name == "Us"
    assert Team.objects.get().entries.count() == 1


def test_a_name_that_is_taken_is_refused_in_words(act, student, make_students):
    (other,) = make_students(1)
    act(other, "create", name="Us")
    assert "A team is called “Us” already." in act(student, "create", name="Us")
    assert Team.objects.count() == 1


def test_a_stranger_to_the_course_cannot_be_asked_in(act, student, outsider):
    act(student, "create", name="Us")
    assert "No student of this course" in act(student, "invite", email=outsider.email)
    assert not TeamOffer.objects.exists()


def test_the_captain_hands_over_and_leaves(act, student, make_students):
    (other,) = make_students(1)
    act(student, "create", name="Us")
    act(student, "invite", email=other.email)
    act(other, "accept", offer=TeamOffer.objects.get().pk)
    act(student, "captain", user=other.pk)
    assert Membership.objects.get(user=other).is_captain
    act(student, "leave")
    assert not Membership.objects.filter(user=student).exists()


def test_a_team_that_entered_is_not_left(act, student, competition, enter):
    enter(competition, student)
    act(student, "leave")
    assert Membership.objects.filter(user=student).exists()


def test_staff_have_no_team_page(client, professor, competition):
    client.force_login(professor)
    where = reverse("competitions:team", args=[competition.course.slug, competition.slug])
    assert client.get(where).status_code == 403
