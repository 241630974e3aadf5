"""Single sign-on by OpenID Connect, against a provider that lives in this file.

Only the HTTP layer is replaced (what allauth's `requests` session would fetch); state, nonce, code exchange and the
signature of the identity token are the real ones.
"""

import dataclasses
import json
import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from seodang.site.accounts import services
from seodang.site.accounts.models import User
from seodang.site.courses.models import Enrollment, Invitation, Role

ISSUER = "https://idp.example.ac.kr"


class Answer:
    status_code = 200
    headers = {"content-type": "application/json"}
    ok = True

    def __init__(self, body):
        self.body = body
        self.content = json.dumps(body).encode()
        self.text = json.dumps(body)

    def json(self):
        return self.body

    def raise_for_status(self):
        pass


class Provider:
    """A university's identity provider."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims = {"sub": "u-1", "email": "minji@example.ac.kr", "email_verified": True, "name": "김민지"}
        self.tokens_given = 0

    def request(self, method, url, **_):
        path = urlsplit(url).path
        if path.endswith("/.well-known/openid-configuration"):
            return Answer(
                {
                    "issuer": ISSUER,
                    "authorization_endpoint": f"{ISSUER}/authorize",
                    "token_endpoint": f"{ISSUER}/token",
                    "userinfo_endpoint": f"{ISSUER}/userinfo",
                    "jwks_uri": f"{ISSUER}/keys",
                }
            )
        if path == "/token":
            self.tokens_given += 1
            return Answer({"access_token": "a", "token_type": "Bearer", "id_token": self.identity()})
        if path == "/userinfo":
            return Answer(self.claims)
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return Answer({"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]})
        raise AssertionError(f"the site asked for {url}")

    def get(self, url, **options):
        return self.request("GET", url, **options)

    def post(self, url, **options):
        return self.request("POST", url, **options)

    def identity(self):
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": "seodang", "iat": now, "exp": now + 300, **self.claims}
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "1"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


@pytest.fixture
def provider(settings, monkeypatch, db):
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "sso",
                    "name": "University",
                    "client_id": "seodang",
                    "secret": "s",
                    "settings": {"server_url": ISSUER},
                }
            ],
            "EMAIL_AUTHENTICATION": True,
        }
    }
    provider = Provider()
    monkeypatch.setattr(DefaultSocialAccountAdapter, "get_requests_session", lambda self: provider)
    return provider


def sign_in(client, **changes):
    away = client.get("/accounts/oidc/sso/login/")
    assert away.status_code == 302
    assert away["Location"].startswith(f"{ISSUER}/authorize")
    query = {name: values[0] for name, values in parse_qs(urlsplit(away["Location"]).query).items()}
    back = {"code": "c", "state": query["state"], **changes}
    return client.get("/accounts/oidc/sso/login/callback/", back)


def is_signed_in(client):
    return client.get("/profile/").status_code == 200


def test_login_page_offers_the_service(provider, outsider, client):
    assert "/accounts/oidc/sso/login/" in client.get("/accounts/login/").content.decode()


def test_newcomer_gets_an_account_with_name_and_confirmed_address(provider):
    client = Client()
    sign_in(client)
    assert is_signed_in(client)
    user = User.objects.get()
    assert (user.email, user.name) == ("minji@example.ac.kr", "김민지")
    assert EmailAddress.objects.get(user=user).verified
    assert not user.has_usable_password()
    assert not any([user.is_staff, user.may_teach])


def test_second_time_is_the_same_account(provider):
    sign_in(Client())
    sign_in(Client())
    assert User.objects.count() == 1
    assert SocialAccount.objects.count() == 1


def test_address_that_the_service_confirms_opens_the_account_that_is_there(provider, make_user):
    user = make_user("Minji", email="minji@example.ac.kr")
    client = Client()
    sign_in(client)
    assert is_signed_in(client)
    assert SocialAccount.objects.get().user == user


def test_address_that_the_service_does_not_confirm_opens_nothing(provider, make_user):
    make_user("Minji", email="minji@example.ac.kr")
    provider.claims["email_verified"] = False
    client = Client()
    sign_in(client)
    assert not is_signed_in(client)
    assert not SocialAccount.objects.exists()


def test_answer_with_a_made_up_state_is_refused(provider):
    client = Client()
    sign_in(client, state="made-up")
    assert not is_signed_in(client)
    assert provider.tokens_given == 0


def test_answer_of_another_browser_is_refused(provider):
    theirs = Client().get("/accounts/oidc/sso/login/")
    state = parse_qs(urlsplit(theirs["Location"]).query)["state"][0]
    victim = Client()
    victim.get("/accounts/oidc/sso/login/callback/", {"code": "c", "state": state})
    assert not is_signed_in(victim)


def test_seat_kept_for_the_address_is_taken(provider, course):
    Invitation.objects.create(course=course, email="minji@example.ac.kr", role=Role.ASSISTANT, student_number="7")
    sign_in(Client())
    enrollment = Enrollment.objects.get()
    assert (enrollment.course, enrollment.role, enrollment.student_number) == (course, Role.ASSISTANT, "7")


def test_closed_site_admits_invited_people_only(provider, course, settings):
    settings.ENV = dataclasses.replace(settings.ENV, open_signup=False)
    sign_in(Client())
    assert not User.objects.exists()
    Invitation.objects.create(course=course, email="minji@example.ac.kr")
    sign_in(Client())
    assert User.objects.exists()


def test_first_account_of_a_site_is_not_made_by_single_sign_on(provider):
    services.issue_setup_key()
    sign_in(Client())
    assert not User.objects.exists()
