"""Logins: kept for their owner alone, one current site, tokens that go where they belong."""

from __future__ import annotations

import stat

import pytest

from seodang.client import NotLoggedIn, config

SITE, OTHER = "https://seodang.example.ac.kr", "https://other.example"


def test_a_login_is_kept_for_its_owner_alone_and_becomes_current():
    config.remember(SITE, config.Login("sd_1"))
    config.remember(OTHER, config.Login("sd_2"))
    assert stat.S_IMODE(config.config_path().stat().st_mode) == 0o600
    assert config.choose() == (OTHER, "sd_2")
    assert config.choose(SITE) == (SITE, "sd_1")


def test_forgetting_the_current_site_makes_another_current():
    config.remember(SITE, config.Login("sd_1"))
    config.remember(OTHER, config.Login("sd_2"))
    assert config.forget(OTHER)
    assert config.choose() == (SITE, "sd_1")
    assert not config.forget(OTHER)


def test_the_environment_comes_before_the_file(monkeypatch):
    config.remember(SITE, config.Login("sd_1"))
    monkeypatch.setenv("SEODANG_URL", OTHER)
    monkeypatch.setenv("SEODANG_TOKEN", "sd_env")
    assert config.choose() == (OTHER, "sd_env")


def test_a_token_of_the_environment_goes_to_no_other_site(monkeypatch):
    monkeypatch.setenv("SEODANG_URL", OTHER)
    monkeypatch.setenv("SEODANG_TOKEN", "sd_env")
    assert config.choose(SITE) == (SITE, "")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("seodang.example.ac.kr/", SITE),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://10.0.0.5:8000", "http://10.0.0.5:8000"),
    ],
)
def test_addresses_are_read_as_people_write_them(given, meant):
    assert config.normal_url(given) == meant


@pytest.mark.parametrize("wrong", ["ftp://x", "https://", "::"])
def test_what_is_no_address_is_refused(wrong):
    with pytest.raises(NotLoggedIn):
        config.normal_url(wrong)


def test_only_this_machine_is_safe_without_encryption():
    assert config.sends_in_the_clear("http://10.0.0.5:8000")
    assert not config.sends_in_the_clear("http://localhost:8000")
    assert not config.sends_in_the_clear(SITE)


def test_a_broken_file_says_what_to_do():
    config.config_path().parent.mkdir(parents=True)
    config.config_path().write_text("{")
    with pytest.raises(NotLoggedIn, match="log in again"):
        config.choose()
