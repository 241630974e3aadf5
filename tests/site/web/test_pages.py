"""Switches, error pages, headers: what every page of the site shares."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from seodang.site.web import views


@pytest.fixture
def request_of_visitor(rf: RequestFactory):
    request = rf.get("/somewhere/")
    request.user = AnonymousUser()
    return request


@pytest.mark.django_db
def test_every_page_is_sent_with_the_policy(client):
    response = client.get("/accounts/login/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_an_account_page_obeys_the_policy(client, path):
    html = client.get(path).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"\sstyle=|<style", html)
    assert 'class="masthead"' in html


@pytest.mark.django_db
def test_the_language_switch_holds_and_leads_back(client):
    response = client.post("/language/", {"language": "ko", "next": "/accounts/login/"})
    assert response.url == "/accounts/login/"
    html = client.get("/accounts/login/").content.decode()
    assert '<html lang="ko"' in html
    assert "로그인" in html


@pytest.mark.django_db
def test_the_browsers_language_counts_without_a_choice(client):
    html = client.get("/accounts/login/", headers={"accept-language": "ko-KR,ko;q=0.9"}).content.decode()
    assert '<html lang="ko"' in html


@pytest.mark.django_db
def test_the_theme_switch_holds_and_leads_back(client):
    response = client.post("/theme/", {"theme": "dark", "next": "/accounts/login/"})
    assert response.url == "/accounts/login/"
    assert 'data-theme="dark"' in client.get("/accounts/login/").content.decode()
    client.post("/theme/", {"theme": "system"})
    assert "data-theme=" not in client.get("/accounts/login/").content.decode()


def test_a_theme_that_does_not_exist_is_not_kept(client):
    client.post("/theme/", {"theme": '"><script>'})
    assert "theme" not in client.cookies or not client.cookies["theme"].value


def test_a_switch_does_not_lead_to_another_site(client):
    assert client.post("/theme/", {"theme": "dark", "next": "https://example.org/"}).url == "/"
    assert "example.org" not in client.post("/language/", {"language": "ko", "next": "//example.org/"}).url


@pytest.mark.parametrize("path", ["/theme/", "/language/"])
def test_a_switch_answers_only_a_post(client, path):
    assert client.get(path).status_code == 405


def test_a_script_that_turned_the_theme_gets_no_page(client):
    response = client.post("/theme/", {"theme": "dark"}, headers={"x-requested-with": "fetch"})
    assert response.status_code == 204
    assert response.cookies["theme"].value == "dark"


def test_search_engines_are_kept_out(client):
    assert b"Disallow: /" in client.get("/robots.txt").content


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (views.bad_request, 400),
        (views.forbidden, 403),
        (views.not_found, 404),
        (views.server_error, 500),
        (views.csrf_failure, 403),
    ],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_an_error_page_says_what_to_do_without_a_database(request_of_visitor, view, status, language):
    with translation.override(language):
        response = view(request_of_visitor)
    html = response.content.decode()
    assert response.status_code == status
    assert f'<html lang="{language}"' in html
    assert html.count("<p") >= 3
    has_korean = bool(re.search("[가-힣]", re.sub('<span class="wordmark.*?</span>', "", html)))
    assert has_korean == (language == "ko")


def test_a_program_gets_words_instead_of_a_page(rf):
    response = views.not_found(rf.get("/x", headers={"accept": "application/json"}))
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/plain")


@pytest.mark.django_db
def test_an_unknown_address_answers_with_the_page(client):
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert b"There is no such page" in response.content


@pytest.mark.django_db
def test_a_form_without_its_token_answers_with_the_page():
    response = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert b"too old to be trusted" in response.content


def test_the_base_page_names_its_language_and_needs_no_visitor():
    with translation.override("ko"):
        html = render_to_string("web/base.html")
    assert '<html lang="ko"' in html
    assert "본문으로 건너뛰기" in html
