"""Personal tokens: made, shown once, used, deleted."""

import re
from datetime import timedelta

from django.test import Client, RequestFactory
from django.utils import timezone

from seodang.site.accounts import services
from seodang.site.accounts.api import TokenAuth
from seodang.site.accounts.models import Token


def test_token_is_shown_once_and_kept_as_a_digest(outsider, client_for):
    client = client_for(outsider)
    page = client.post("/profile/tokens/", {"name": "laptop"}).content.decode()
    secret = re.search(r"sd_[A-Za-z0-9_-]{40}", page).group()
    assert secret not in client.get("/profile/tokens/").content.decode()
    token = Token.objects.get()
    assert token.user == outsider
    assert secret.startswith(token.prefix)
    assert secret not in {token.digest, token.prefix}


def test_token_opens_its_account(outsider):
    _token, secret = services.create_token(outsider, "x")
    assert services.authenticate_token(secret).user == outsider


def test_wrong_token_opens_nothing(outsider):
    _token, secret = services.create_token(outsider, "x")
    for wrong in ("", "sd_", secret[:-1], secret + "x", secret.upper(), secret.removeprefix("sd_")):
        assert services.authenticate_token(wrong) is None


def test_token_of_an_inactive_account_opens_nothing(outsider):
    _token, secret = services.create_token(outsider, "x")
    outsider.is_active = False
    outsider.save()
    assert services.authenticate_token(secret) is None


def test_use_is_noted_at_most_once_a_minute(outsider, django_assert_num_queries):
    token, secret = services.create_token(outsider, "x")
    services.authenticate_token(secret)
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        services.authenticate_token(secret)
    token.last_used_at = timezone.now() - timedelta(minutes=2)
    token.save()
    services.authenticate_token(secret)
    token.refresh_from_db()
    assert token.last_used_at >= first


def test_token_auth_gives_the_request_its_person(outsider):
    _token, secret = services.create_token(outsider, "x")
    request = RequestFactory().get("/api/v1/me", headers={"authorization": f"Bearer {secret}"})
    assert TokenAuth()(request) == outsider
    assert request.user == outsider


def test_cookie_alone_changes_nothing_through_the_api(outsider):
    """Another site can make a browser send its cookie, but not the CSRF token."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(outsider)
    assert browser.delete("/api/v1/me/token").status_code == 403


def test_token_is_deleted_by_its_owner(outsider, client_for):
    token, secret = services.create_token(outsider, "x")
    assert client_for(outsider).post(f"/profile/tokens/{token.pk}/delete/").status_code == 302
    assert services.authenticate_token(secret) is None


def test_token_of_somebody_else_is_not_there(outsider, student, client_for):
    token, _secret = services.create_token(outsider, "x")
    assert client_for(student).post(f"/profile/tokens/{token.pk}/delete/").status_code == 404
    assert Token.objects.filter(pk=token.pk).exists()


def test_looking_never_deletes(outsider, client_for):
    token, _secret = services.create_token(outsider, "x")
    assert client_for(outsider).get(f"/profile/tokens/{token.pk}/delete/").status_code == 405


def test_name_of_a_token_is_shown_as_text(outsider, client_for):
    services.create_token(outsider, "<script>alert(1)</script>")
    assert "<script>alert" not in client_for(outsider).get("/profile/tokens/").content.decode()
