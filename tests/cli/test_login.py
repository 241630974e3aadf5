"""Logging in and out from a terminal."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tests.client.conftest import (  # noqa: F401
    course,
    empty_cache,
    make_user,
    own_home,
    quick_password_hashes,
    student,
    token_of,
)

from seodang.cli import main
from seodang.client import config
from seodang.site.accounts.models import Token


def run(*arguments: str, status: int = 0, **options):
    result = CliRunner().invoke(main, arguments, **options)
    assert result.exit_code == status, result.output
    return result


@pytest.fixture
def browser(monkeypatch, student):  # noqa: F811
    """The person compares the code and approves, while the command line sleeps between two questions."""
    shown = []

    def approve(_seconds: float) -> None:
        from seodang.site.accounts import services
        from seodang.site.accounts.models import DeviceLogin

        for login in DeviceLogin.objects.filter(approved_by=None):
            shown.append(login.user_code)
            services.approve_device_login(login.user_code, student)

    from seodang.client import device

    real = device.wait_for_token
    monkeypatch.setattr(device, "wait_for_token", lambda *given, **more: real(*given, sleep=approve, **more))
    monkeypatch.setattr("click.launch", lambda url: shown.append(url))
    return shown


def test_login_shows_the_code_and_keeps_the_token(live_server, student, browser):  # noqa: F811
    result = run("login", live_server.url)
    code = next(each for each in browser if not each.startswith("http"))
    assert code in result.stderr
    assert "as Student" in result.stdout
    assert any(code in each for each in browser if each.startswith("http"))
    assert json.loads(run("whoami", "--json").stdout)["email"] == "student@example.com"


def test_login_without_a_browser_opens_none(live_server, student, browser):  # noqa: F811
    run("login", live_server.url, "--no-browser")
    assert not any(each.startswith("http") for each in browser)


def test_a_token_comes_from_standard_input(live_server, student, token_of):  # noqa: F811
    run("login", live_server.url, "--token", "-", input=token_of(student) + "\n")
    assert "Student" in run("whoami").stdout


def test_a_wrong_token_is_not_kept(live_server):
    run("login", live_server.url, "--token", "sd_wrong", status=1)
    assert config.read().sites == {}


def test_logout_takes_the_token_back(live_server, student, token_of):  # noqa: F811
    run("login", live_server.url, "--token", token_of(student))
    assert "Logged out" in run("logout").stdout
    assert not Token.objects.exists()
    assert "seodang login" in run("whoami", status=1).stderr
    run("logout", status=1)


def test_courses_are_listed(live_server, student, token_of):  # noqa: F811
    run("login", live_server.url, "--token", token_of(student))
    assert "deep-learning" in run("courses", "list").stdout
    assert json.loads(run("courses", "list", "--json").stdout)[0]["role"] == "student"


def test_a_site_that_is_not_there_is_said_so(monkeypatch):
    monkeypatch.setattr("seodang.client.transport.time.sleep", lambda _seconds: None)
    assert "cannot be reached" in run("login", "http://127.0.0.1:9", "--token", "sd_x", status=1).stderr
