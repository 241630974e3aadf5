"""Logging in a command line through a browser (RFC 8628)."""

from datetime import timedelta

import pytest
from django.test import Client

from seodang.site.accounts import services
from seodang.site.accounts.errors import DeviceError
from seodang.site.accounts.models import DeviceLogin, Token


def later(start, seconds):
    """Let time pass for the login: its moments move into the past."""
    login = DeviceLogin.objects.get(user_code=start.user_code)
    step = timedelta(seconds=seconds)
    login.expires_at -= step
    if login.polled_at:
        login.polled_at -= step
    login.save()


def code_of_poll(start):
    with pytest.raises(DeviceError) as error:
        services.poll_device_login(start.device_code)
    return error.value.code


def test_approved_login_gives_one_token_once(outsider):
    start = services.start_device_login("seodang on laptop")
    assert code_of_poll(start) == "authorization_pending"
    services.approve_device_login(start.user_code, outsider)
    token, secret = services.poll_device_login(start.device_code)
    assert token.user == outsider
    assert token.name == "seodang on laptop"
    assert services.authenticate_token(secret).user == outsider
    assert code_of_poll(start) == "expired_token"
    assert Token.objects.count() == 1


def test_polling_too_often_is_told_to_slow_down(db):
    start = services.start_device_login()
    assert code_of_poll(start) == "authorization_pending"
    assert code_of_poll(start) == "slow_down"
    later(start, start.interval)
    assert code_of_poll(start) == "authorization_pending"


def test_denied_login_gives_nothing(outsider):
    start = services.start_device_login()
    services.deny_device_login(start.user_code, outsider)
    assert code_of_poll(start) == "access_denied"
    assert not Token.objects.exists()


def test_login_runs_out_after_ten_minutes(outsider):
    start = services.start_device_login()
    later(start, 601)
    assert code_of_poll(start) == "expired_token"
    with pytest.raises(DeviceError):
        services.approve_device_login(start.user_code, outsider)


def test_login_approved_in_time_but_fetched_too_late_gives_nothing(outsider):
    start = services.start_device_login()
    services.approve_device_login(start.user_code, outsider)
    later(start, 601)
    assert code_of_poll(start) == "expired_token"
    assert not Token.objects.exists()


def test_answer_is_given_once(outsider, student):
    start = services.start_device_login()
    services.approve_device_login(start.user_code, outsider)
    with pytest.raises(DeviceError):
        services.approve_device_login(start.user_code, student)
    with pytest.raises(DeviceError):
        services.deny_device_login(start.user_code, student)
    token, _secret = services.poll_device_login(start.device_code)
    assert token.user == outsider


def test_account_switched_off_meanwhile_gets_nothing(outsider):
    start = services.start_device_login()
    services.approve_device_login(start.user_code, outsider)
    outsider.is_active = False
    outsider.save()
    assert code_of_poll(start) == "access_denied"


def test_unknown_device_code_is_told_nothing(db):
    with pytest.raises(DeviceError) as error:
        services.poll_device_login("made-up")
    assert error.value.code == "expired_token"


def test_user_code_has_no_letters_that_look_alike_or_spell(db):
    codes = {services.start_device_login().user_code for _ in range(30)}
    assert len(codes) == 30
    assert not set("".join(codes)) & set("AEIOUY01")


def test_typed_code_may_be_small_and_spaced(db):
    start = services.start_device_login()
    typed = start.user_code.lower().replace("-", " ")
    assert services.waiting_device_login(typed).user_code == start.user_code


def test_client_name_is_one_printable_line(db):
    start = services.start_device_login("evil\r\n\x1b[31mname" + "x" * 200)
    name = services.waiting_device_login(start.user_code).client_name
    assert name.isprintable()
    assert len(name) == 60


def test_browser_shows_the_code_and_approves(outsider, client_for):
    start = services.start_device_login("seodang on laptop")
    client = client_for(outsider)
    assert start.user_code in client.get(f"/device/?user_code={start.user_code}").content.decode()
    page = client.post("/device/", {"code": start.user_code}).content.decode()
    assert start.user_code in page
    assert "seodang on laptop" in page
    assert code_of_poll(start) == "authorization_pending"
    client.post("/device/", {"code": start.user_code, "answer": "approve"})
    assert services.poll_device_login(start.device_code)[0].user == outsider


def test_link_alone_never_approves(outsider, client_for):
    start = services.start_device_login()
    client_for(outsider).get(f"/device/?user_code={start.user_code}&answer=approve")
    assert code_of_poll(start) == "authorization_pending"


def test_browser_refuses(outsider, client_for):
    start = services.start_device_login()
    client_for(outsider).post("/device/", {"code": start.user_code, "answer": "deny"})
    assert code_of_poll(start) == "access_denied"


def test_page_wants_a_person(client, db):
    assert client.get("/device/").status_code == 302


def test_page_wants_its_own_form(outsider):
    start = services.start_device_login()
    client = Client(enforce_csrf_checks=True)
    client.force_login(outsider)
    assert client.post("/device/", {"code": start.user_code, "answer": "approve"}).status_code == 403
    assert code_of_poll(start) == "authorization_pending"


def test_codes_cannot_be_tried_for_ever(outsider, client_for):
    client = client_for(outsider)
    statuses = [client.post("/device/", {"code": "BBBB-BBBB"}).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]


def test_old_logins_are_swept(db):
    start = services.start_device_login()
    later(start, 3600 + 601)
    services.start_device_login()
    assert DeviceLogin.objects.count() == 1
