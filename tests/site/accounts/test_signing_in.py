"""Passwords, second factors and throttles: allauth's, as this site sets it up, from end to end."""

import base64
import hmac
import re
import struct
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from seodang.site.accounts.models import User

PASSWORD = "Correct-horse-1"
NEW = "Battery-staple-2"


def sign_in(client, email="outsider@example.com", password=PASSWORD, **headers):
    return client.post("/accounts/login/", {"login": email, "password": password}, **headers)


def is_signed_in(client):
    return client.get("/profile/").status_code == 200


def test_person_signs_up_with_a_name_and_is_signed_in(client, db):
    response = client.post(
        "/accounts/signup/", {"email": "New@Example.com", "password1": PASSWORD, "name": " 김  민지\u202e "}
    )
    assert response.status_code == 302
    user = User.objects.get()
    assert (user.email, user.name) == ("new@example.com", "김 민지")
    assert not any([user.is_staff, user.is_superuser, user.may_teach])
    assert is_signed_in(client)


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "\u200b"}, {"password1": "short"}, {"email": "no"}])
def test_sign_up_that_lacks_something_makes_no_account(client, db, wrong):
    form = {"email": "new@example.com", "password1": PASSWORD, "name": "New", **wrong}
    assert client.post("/accounts/signup/", form).status_code == 200
    assert not User.objects.exists()


def test_sign_up_cannot_make_itself_staff(client, db):
    form = {"email": "new@example.com", "password1": PASSWORD, "name": "New", "is_staff": "on", "may_teach": "on"}
    client.post("/accounts/signup/", form)
    user = User.objects.get()
    assert not any([user.is_staff, user.may_teach])


def test_same_address_in_other_letters_is_the_same_account(client, outsider):
    form = {"email": "OUTSIDER@example.com", "password1": PASSWORD, "name": "Twin"}
    client.post("/accounts/signup/", form)
    assert User.objects.count() == 1


def test_person_signs_in_by_address_in_any_case(client, outsider):
    assert sign_in(client, "OutSider@Example.com").status_code == 302
    assert is_signed_in(client)


def test_wrong_password_does_not_sign_in(client, outsider):
    sign_in(client, password="wrong")
    assert not is_signed_in(client)


def test_forgotten_password_is_reset_by_mail(client, outsider):
    client.post("/accounts/password/reset/", {"email": outsider.email})
    path = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[0].body).group(1)
    form = client.get(path, follow=True)
    assert form.status_code == 200
    client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    fresh = Client()
    sign_in(fresh, password=NEW)
    assert is_signed_in(fresh)
    old = Client()
    sign_in(old, password=PASSWORD)
    assert not is_signed_in(old)


def test_reset_link_works_once(client, outsider):
    client.post("/accounts/password/reset/", {"email": outsider.email})
    path = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[0].body).group(1)
    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    again = Client().get(path, follow=True)
    assert "password1" not in again.content.decode()


def test_reset_of_an_unknown_address_looks_the_same(client, outsider):
    known = client.post("/accounts/password/reset/", {"email": outsider.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_password_is_changed_by_who_knows_it(outsider):
    client = Client()
    sign_in(client)
    form = {"oldpassword": "wrong", "password1": NEW, "password2": NEW}
    client.post("/accounts/password/change/", form)
    outsider.refresh_from_db()
    assert outsider.check_password(PASSWORD)
    client.post("/accounts/password/change/", {**form, "oldpassword": PASSWORD})
    outsider.refresh_from_db()
    assert outsider.check_password(NEW)


# --- second factors ----------------------------------------------------------------------------------------------


def code_of(secret):
    """What an authenticator app shows now (RFC 6238: HMAC-SHA-1, 30 seconds, six digits)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def confirm_password(client, path):
    """Turning factors on or off asks for the password again, even of one who signed in just now."""
    away = client.get(path)
    assert away["Location"].startswith("/accounts/reauthenticate/")
    page = client.post(away["Location"], {"password": PASSWORD}, follow=True)
    assert page.status_code == 200
    return page


@pytest.fixture
def second_factor(outsider):
    """The secret of an authenticator app that the outsider turned on through the page."""
    client = Client()
    sign_in(client)
    page = confirm_password(client, "/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}).status_code == 302
    assert Authenticator.objects.filter(user=outsider, type=Authenticator.Type.TOTP).exists()
    return secret


def test_wrong_code_turns_no_second_factor_on(outsider):
    client = Client()
    sign_in(client)
    confirm_password(client, "/accounts/2fa/totp/activate/")
    client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert not Authenticator.objects.exists()


def test_password_alone_does_not_sign_in_with_a_second_factor(second_factor):
    client = Client()
    assert sign_in(client)["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_signed_in(client)


def test_code_of_the_app_completes_signing_in_once(second_factor):
    client, code = Client(), code_of(second_factor)
    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_signed_in(client)
    again = Client()
    sign_in(again)
    again.post("/accounts/2fa/authenticate/", {"code": code})
    assert not is_signed_in(again)


def test_recovery_code_signs_in_once(outsider, second_factor):
    authenticator = Authenticator.objects.get(user=outsider, type=Authenticator.Type.RECOVERY_CODES)
    code = authenticator.wrap().get_unused_codes()[0]
    client = Client()
    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_signed_in(client)
    again = Client()
    sign_in(again)
    again.post("/accounts/2fa/authenticate/", {"code": code})
    assert not is_signed_in(again)


def test_reset_of_the_password_does_not_pass_the_second_factor(outsider, second_factor):
    client = Client()
    client.post("/accounts/password/reset/", {"email": outsider.email})
    message = next(one for one in mail.outbox if "/password/reset/key/" in one.body)
    path = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", message.body).group(1)
    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert not is_signed_in(client)
    sign_in(client, password=NEW)
    assert not is_signed_in(client)


# --- throttles ---------------------------------------------------------------------------------------------------


def test_passwords_of_one_account_cannot_be_tried_for_ever(outsider):
    for number in range(5):
        sign_in(Client(), password=f"guess-{number}", REMOTE_ADDR=f"192.0.2.{number}")
    client = Client()
    sign_in(client, REMOTE_ADDR="192.0.2.99")
    assert not is_signed_in(client)  # the right password, too late


def test_guessing_at_one_account_does_not_lock_out_another(outsider, student):
    for number in range(6):
        sign_in(Client(), password=f"guess-{number}")
    client = Client()
    sign_in(client, student.email)
    assert is_signed_in(client)


def test_class_in_one_room_signs_in_together(make_user):
    for number in range(35):
        make_user(f"Student{number}")
    for number in range(35):
        client = Client()
        sign_in(client, f"student{number}@example.com")
        assert is_signed_in(client), number


def test_made_up_forwarded_address_does_not_pass_the_throttle(outsider):
    """The visitor's address is the connection's: uvicorn alone rewrites it, for proxies it trusts."""
    statuses = set()
    for number in range(61):
        headers = {"HTTP_X_FORWARDED_FOR": f"203.0.113.{number}"}
        statuses.add(sign_in(Client(), f"nobody{number}@example.com", **headers).status_code)
    answer = sign_in(Client(), "nobody99@example.com", HTTP_X_FORWARDED_FOR="203.0.113.200")
    assert "many" in answer.content.decode().lower() or answer.status_code == 429


# --- addresses ---------------------------------------------------------------------------------------------------


def test_address_is_confirmed_by_its_mail(client, db):
    client.post("/accounts/signup/", {"email": "new@example.com", "password1": PASSWORD, "name": "New"})
    address = EmailAddress.objects.get()
    assert not address.verified
    path = re.search(r"https?://[^/]+(/accounts/confirm-email/\S+)", mail.outbox[0].body).group(1)
    client.post(path)
    address.refresh_from_db()
    assert address.verified


def test_profile_changes_the_name(outsider, client_for):
    client = client_for(outsider)
    assert client.post("/profile/", {"name": "  새   이름 "}).status_code == 302
    outsider.refresh_from_db()
    assert outsider.name == "새 이름"
    assert client.post("/profile/", {"name": "x" * 81}).status_code == 200
    outsider.refresh_from_db()
    assert outsider.name == "새 이름"


@pytest.mark.parametrize("path", ["/profile/", "/profile/tokens/", "/device/"])
def test_own_pages_want_a_person(client, db, path):
    assert client.get(path)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/3rdparty/",
        "/accounts/logout/",
        "/profile/",
    ],
)
def test_pages_of_an_account_open(outsider, path):
    client = Client()
    sign_in(client)
    assert client.get(path).status_code == 200
