"""Closed sites: only invited addresses get an account."""

import dataclasses

import pytest

from seodang.site.accounts.models import User
from seodang.site.courses.models import Enrollment, Invitation, Role

FORM = {"email": "minji@example.com", "password1": "Correct-horse-1", "name": "Minji"}


@pytest.fixture
def closed(settings):
    settings.ENV = dataclasses.replace(settings.ENV, open_signup=False)


def test_open_site_lets_anybody_sign_up(client, db):
    client.post("/accounts/signup/", FORM)
    assert User.objects.exists()


def test_closed_site_refuses_a_stranger_and_says_why(client, db, closed):
    response = client.post("/accounts/signup/", FORM)
    assert "invited addresses only" in response.content.decode()
    assert not User.objects.exists()


def test_closed_site_lets_an_invited_address_sign_up(client, course, closed):
    Invitation.objects.create(course=course, email="minji@example.com")
    client.post("/accounts/signup/", {**FORM, "email": "Minji@Example.com"})
    assert User.objects.get().email == "minji@example.com"


def test_unconfirmed_address_does_not_take_the_seat_by_itself(client, course):
    Invitation.objects.create(course=course, email="minji@example.com", role=Role.INSTRUCTOR)
    client.post("/accounts/signup/", FORM)
    assert not Enrollment.objects.exists()
    assert Invitation.objects.exists()
