"""The first account of an empty site."""

import threading

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client

from seodang.site.accounts import services
from seodang.site.accounts.errors import SetupRefused
from seodang.site.accounts.models import SetupKey, User

PERSON = {"email": "First@Example.com", "name": "First", "password": "Correct-horse-1"}


def test_key_is_kept_as_a_digest_only(db):
    key = services.issue_setup_key()
    assert key
    assert key not in SetupKey.objects.get().digest


def test_fresh_start_replaces_the_old_key(db):
    old = services.issue_setup_key()
    new = services.issue_setup_key()
    with pytest.raises(SetupRefused):
        services.use_setup_key(old, **PERSON)
    assert services.use_setup_key(new, **PERSON).is_superuser


def test_site_with_an_account_issues_no_key(outsider):
    assert services.issue_setup_key() is None
    assert not SetupKey.objects.exists()


def test_first_account_runs_the_site_and_its_address_is_confirmed(db):
    user = services.use_setup_key(services.issue_setup_key(), **PERSON)
    assert (user.email, user.is_staff, user.is_superuser, user.may_teach) == ("first@example.com", True, True, True)
    assert user.check_password(PERSON["password"])
    assert EmailAddress.objects.get(user=user).verified
    assert not SetupKey.objects.exists()


@pytest.mark.parametrize("key", ["", "wrong", "한글", "x" * 5000])
def test_wrong_key_makes_no_account(db, key):
    services.issue_setup_key()
    with pytest.raises(SetupRefused):
        services.use_setup_key(key, **PERSON)
    assert not User.objects.exists()


def test_key_is_good_for_one_account(db):
    key = services.issue_setup_key()
    services.use_setup_key(key, **PERSON)
    with pytest.raises(SetupRefused):
        services.use_setup_key(key, "second@example.com", "Second", "Correct-horse-1")


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_visitors_make_one_account():
    key = services.issue_setup_key()
    start = threading.Barrier(4)
    outcomes = []

    def visit(number):
        start.wait()
        try:
            services.use_setup_key(key, f"visitor{number}@example.com", "Visitor", "Correct-horse-1")
            outcomes.append("made")
        except SetupRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=visit, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused", "refused", "refused"]
    assert User.objects.count() == 1


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/signup/"])
def test_doors_of_an_empty_site_lead_to_setup(db, client, path):
    services.issue_setup_key()
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"] == "/setup/"


def test_setup_page_says_where_the_key_is_to_one_without_it(db, client):
    services.issue_setup_key()
    assert "terminal shows a one-time key" in client.get("/setup/").content.decode()


def test_doors_are_themselves_once_there_is_an_account(outsider, client):
    assert client.get("/").status_code == 200
    assert client.get("/accounts/login/").status_code == 200


def test_setup_page_is_gone_once_there_is_an_account(outsider, client):
    assert client.get("/setup/").status_code == 404
    assert client.post("/setup/", {"key": "x", **PERSON}).status_code == 404


def test_setup_page_makes_the_account_and_logs_it_in(db, client):
    key = services.issue_setup_key()
    assert f'value="{key}"' in client.get(f"/setup/?key={key}").content.decode()
    response = client.post("/setup/", {"key": f" {key} ", **PERSON})
    assert response.status_code == 302
    assert client.get("/courses/new/").status_code == 200


def test_setup_page_refuses_a_weak_password(db, client):
    key = services.issue_setup_key()
    response = client.post("/setup/", {"key": key, **PERSON, "password": "password"})
    assert response.status_code == 200
    assert response.context["form"].errors["password"]
    assert not User.objects.exists()


def test_keys_cannot_be_tried_for_ever(db, client):
    services.issue_setup_key()
    statuses = [client.post("/setup/", {"key": "wrong", **PERSON}).status_code for _ in range(21)]
    assert statuses[:20] == [200] * 20
    assert statuses[20] == 429


def test_nobody_signs_up_past_a_waiting_key(db):
    services.issue_setup_key()
    Client().post("/accounts/signup/", {"email": "a@example.com", "password1": "Correct-horse-1", "name": "A"})
    assert not User.objects.exists()
