"""Who gets which answer at every address of the site.

The addresses come from the URL configuration: one without a line in `MATRIX` fails, and so does a line without an
address. Each line says what a visitor, an outsider (an account, not in the course), a student, the assistant, the
instructor and the site's administrator get; `login` is a redirect to the login page, other words are explained in
`MEANING`. API addresses are asked with a personal token.
"""

# ruff: noqa: E501
from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib.admin import site as admin_site
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.site import world

from seodang.site.accounts import services as accounts
from seodang.site.competitions import services
from seodang.site.courses import services as courses
from seodang.site.courses.models import Invitation
from seodang.site.jobs.models import Job

pytestmark = pytest.mark.django_db

ROLES = ("visitor", "outsider", "student", "assistant", "professor", "admin")
MEANING = {
    "login": lambda answer: answer.status_code == 302 and "/accounts/login/" in answer["Location"],
    "moved": lambda answer: answer.status_code in {301, 302, 303},
    "done": lambda answer: answer.status_code in {200, 201, 202, 204, 302, 303},
    "wrong": lambda answer: answer.status_code in {400, 409, 422},
}
MATRIX = r"""
# method and address                                                               visitor outsider student assistant professor admin
POST   language/                                                                  moved moved moved moved moved moved
POST   theme/                                                                     moved moved moved moved moved moved
GET    favicon.svg                                                                moved moved moved moved moved moved
GET    favicon.ico                                                                moved moved moved moved moved moved
GET    robots.txt                                                                 200   200   200   200   200   200
GET    health/                                                                    503   503   503   503   503   503
GET    jobs/                                                                      login 404   404   404   404   200
GET    jobs/live/                                                                 login 404   404   404   404   200
POST   jobs/<int:pk>/retry/                                                       login 404   404   404   404   moved
POST   jobs/<int:pk>/forget/                                                      login 404   404   404   404   moved
GET    setup/                                                                     404   404   404   404   404   404
GET    device/                                                                    login 200   200   200   200   200
GET    profile/                                                                   login 200   200   200   200   200
GET    profile/tokens/                                                            login 200   200   200   200   200
POST   profile/tokens/<int:pk>/delete/                                            login 404   moved 404   404   404
GET    /                                                                          200   200   200   200   200   200
GET    join/                                                                      login 200   200   200   200   200
GET    join/<str:code>/                                                           login 200   moved moved moved 200
GET    invitations/<str:token>/                                                   login 200   200   200   200   200
GET    courses/new/                                                               login 403   403   403   200   200
GET    courses/<slug:slug>/                                                       login 404   200   200   200   200
GET    courses/<slug:slug>/people/                                                login 404   403   200   200   200
GET    courses/<slug:slug>/people/export/                                         login 404   403   200   200   200
GET    courses/<slug:slug>/people/import/                                         login 404   403   403   200   200
GET    courses/<slug:slug>/people/import/example/                                 login 404   403   403   200   200
GET    courses/<slug:slug>/people/<int:pk>/                                       login 404   403   403   200   200
POST   courses/<slug:slug>/invitations/<int:pk>/withdraw/                         login 404   403   403   moved moved
GET    courses/<slug:slug>/settings/                                              login 404   403   403   200   200
GET    courses/<slug:slug>/settings/join-page/                                    login 404   403   200   200   200
GET    courses/<slug:course>/competitions/                                        login 404   200   200   200   200
GET    courses/<slug:course>/competitions/new/                                    login 404   403   403   200   200
GET    courses/<slug:course>/competitions/<slug:slug>/                            login 404   200   200   200   200
GET    courses/<slug:course>/competitions/<slug:slug>/prepare/                    login 404   403   403   moved moved
GET    courses/<slug:course>/competitions/<slug:slug>/data/                       login 404   200   200   200   200
GET    courses/<slug:course>/competitions/<slug:slug>/data/<str:name>             login 404   200   200   200   200
GET    courses/<slug:course>/competitions/<slug:slug>/enter/                      login 404   200   200   200   200
GET    courses/<slug:course>/competitions/<slug:slug>/entries/                    login 404   200   200   200   200
GET    courses/<slug:course>/competitions/<slug:slug>/entries/<int:ordinal>/      login 404   200   200   200   200
GET    courses/<slug:course>/competitions/<slug:slug>/entries/<int:ordinal>/file/ login 404   200   200   200   200
GET    courses/<slug:course>/competitions/<slug:slug>/leaderboard/                login 404   200   200   200   200
GET    courses/<slug:course>/competitions/<slug:slug>/team/                       login 404   200   403   403   403
GET    courses/<slug:course>/competitions/<slug:slug>/manage/                     login 404   403   200   200   200
GET    courses/<slug:course>/competitions/<slug:slug>/export/                     login 404   403   200   200   200
GET    courses/<slug:course>/competitions/<slug:slug>/live/                       login 404   200   200   200   200
GET    accounts/login/                                                            200   moved moved moved moved moved
GET    accounts/logout/                                                           moved 200   200   200   200   200
GET    accounts/inactive/                                                         200   200   200   200   200   200
GET    accounts/signup/                                                           200   moved moved moved moved moved
GET    accounts/reauthenticate/                                                   login 200   200   200   200   200
GET    accounts/email/                                                            login 200   200   200   200   200
GET    accounts/confirm-email/                                                    200   200   200   200   200   200
GET    accounts/password/change/                                                  login 200   200   200   200   200
GET    accounts/password/set/                                                     login moved moved moved moved moved
GET    accounts/password/reset/                                                   200   200   200   200   200   200
GET    accounts/login/code/confirm/                                               login moved moved moved moved moved
GET    accounts/confirm-email/(?P<key>[-:\w]+)/                                   200   200   200   200   200   200
GET    accounts/password/reset/key/done/                                          200   200   200   200   200   200
GET    accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/          200   200   200   200   200   200
GET    accounts/password/reset/done/                                              200   200   200   200   200   200
GET    accounts/2fa/                                                              login 200   200   200   200   200
GET    accounts/2fa/authenticate/                                                 login moved moved moved moved moved
GET    accounts/2fa/reauthenticate/                                               login moved moved moved moved moved
GET    accounts/2fa/totp/activate/                                                login moved moved moved moved moved
GET    accounts/2fa/totp/deactivate/                                              login 404   404   404   404   404
GET    accounts/2fa/recovery-codes/                                               login 404   404   404   404   404
GET    accounts/2fa/recovery-codes/generate/                                      login moved moved moved moved moved
GET    accounts/2fa/recovery-codes/download/                                      login 404   404   404   404   404
GET    accounts/3rdparty/login/cancelled/                                         200   200   200   200   200   200
GET    accounts/3rdparty/login/error/                                             401   401   401   401   401   401
GET    accounts/3rdparty/signup/                                                  login login login login login login
GET    accounts/3rdparty/                                                         login 200   200   200   200   200
GET    accounts/social/login/cancelled/                                           moved moved moved moved moved moved
GET    accounts/social/login/error/                                               moved moved moved moved moved moved
GET    accounts/social/signup/                                                    moved moved moved moved moved moved
GET    accounts/social/connections/                                               moved moved moved moved moved moved
GET    accounts/oidc/(?P<provider_id>[^/]+)/login/                                404   404   404   404   404   404
GET    accounts/oidc/(?P<provider_id>[^/]+)/login/callback/                       404   404   404   404   404   404
GET    api/v1/openapi.json                                                        200   200   200   200   200   200
GET    api/v1/docs                                                                200   200   200   200   200   200
GET    api/v1/me                                                                  401   200   200   200   200   200
DELETE api/v1/me/token                                                            401   204   204   204   204   204
POST   api/v1/device                                                              200   200   200   200   200   200
POST   api/v1/device/token                                                        wrong wrong wrong wrong wrong wrong
GET    api/v1/courses                                                             401   200   200   200   200   200
GET    api/v1/competitions                                                        401   200   200   200   200   200
GET    api/v1/competitions/<slug:course>/<slug:slug>                              401   404   200   200   200   200
GET    api/v1/competitions/<slug:course>/<slug:slug>/files                        401   404   200   200   200   200
GET    api/v1/competitions/<slug:course>/<slug:slug>/files/<str:name>             401   404   200   200   200   200
GET    api/v1/competitions/<slug:course>/<slug:slug>/leaderboard                  401   404   200   200   200   200
GET    api/v1/competitions/<slug:course>/<slug:slug>/entries                      401   404   200   200   200   200
GET    api/v1/competitions/<slug:course>/<slug:slug>/entries/<int:ordinal>        401   404   200   200   200   200
POST   api/v1/competitions/<slug:course>/<slug:slug>/entries/<int:ordinal>/withdraw 401   404   200   200   200   200
PUT    api/v1/competitions/<slug:course>/<slug:slug>/finals                       401   404   200   403   403   403
POST   api/v1/courses/<slug:course>/competitions                                  401   404   403   403   wrong wrong
POST   api/v1/competitions/<slug:course>/<slug:slug>/publish                      401   404   403   403   200   200
POST   api/v1/competitions/<slug:course>/<slug:slug>/truth                        401   404   403   403   wrong wrong
GET    api/v1/competitions/<slug:course>/<slug:slug>/export                       401   404   403   200   200   200
GET    api/v1/                                                                    404   404   404   404   404   404
GET    api/<path:rest>                                                            404   404   404   404   404   404
POST   courses/<slug:course>/competitions/<slug:slug>/enter/                      login 404   422   422   422   422
POST   courses/<slug:course>/competitions/<slug:slug>/manage/                     login 404   403   403   moved moved
POST   courses/<slug:course>/competitions/<slug:slug>/team/                       login 404   moved 403   403   403
POST   courses/<slug:course>/competitions/<slug:slug>/entries/<int:ordinal>/      login 404   422   422   422   422
POST   courses/<slug:course>/competitions/<slug:slug>/prepare/                    login 404   403   403   moved moved
POST   courses/<slug:course>/competitions/new/                                    login 404   403   403   422   422
POST   courses/<slug:slug>/settings/                                              login 404   403   403   422   422
POST   courses/<slug:slug>/people/                                                login 404   403   403   200   200
POST   courses/<slug:slug>/people/<int:pk>/                                       login 404   403   403   422   422
POST   courses/<slug:slug>/people/import/                                         login 404   403   403   422   422
POST   courses/new/                                                               login 403   403   403   200   200
POST   api/v1/competitions/<slug:course>/<slug:slug>/entries                      401   404   201   201   201   201
"""


def rows() -> dict[tuple[str, str], list[str]]:
    found = {}
    for line in MATRIX.strip().splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        method, route, *answers = line.split()
        assert len(answers) == len(ROLES), line
        found[method, route] = answers
    return found


def routes(patterns=None, prefix: str = "") -> Iterator[str]:
    """Every address of the site as the URL configuration spells it."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        part = str(pattern.pattern)
        if part.startswith("^"):
            part = part[1:].rstrip("$").removesuffix("\\Z")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + part)
        elif isinstance(pattern, URLPattern):
            yield prefix + part


def test_every_address_of_the_site_stands_in_the_matrix():
    have = {route for _method, route in rows()}
    wanted = {route.replace(" ", "") or "/" for route in routes() if not route.startswith("admin/")}
    assert wanted - have == set(), "addresses without a line"
    assert have - wanted == set(), "lines without an address"


@pytest.fixture
def place(course, professor, assistant, student, tmp_path, settings, caplog) -> dict[str, str]:
    """What stands in the addresses' brackets: things that exist and belong to the cast."""
    caplog.set_level("CRITICAL")
    storages = {name: dict(value) for name, value in settings.STORAGES.items()}
    storages["default"]["OPTIONS"] = {"location": str(tmp_path / "files")}
    settings.STORAGES = storages
    competition = world.make_competition(course)
    entry = services.enter(
        competition=competition, user=student, stream=world.upload(world.prediction_csv()), filename="p.csv"
    )
    world.score_all()
    job = Job.objects.create(task="competitions.score_entry", state="failed", error="for the test")
    invitation = Invitation.objects.create(course=course, email="new@example.com", invited_by=professor)
    token, _secret = accounts.create_token(student, "notebook")
    return {
        "courses/<slug:course>/competitions/<slug:slug>": competition.slug,
        "api/v1/competitions/<slug:course>/<slug:slug>": competition.slug,
        "slug:slug": course.slug,
        "slug:course": course.slug,
        "int:ordinal": str(entry.ordinal),
        "str:name": "train.csv",
        "str:code": course.join_code,
        "str:token": courses.invitation_token(invitation),
        "jobs/<int:pk>": str(job.pk),
        "people/<int:pk>": str(student.enrollments.get().pk),
        "invitations/<int:pk>": str(invitation.pk),
        "tokens/<int:pk>": str(token.pk),
        "path:rest": "nothing/here",
    }


def address(route: str, place: dict[str, str]) -> str:
    """The route with its brackets filled; a longer key of `place` goes before a shorter one."""
    if route == "/":
        return "/"
    for key, value in place.items():
        if "/" in key and key in route:
            before, _, _last = key.rpartition("/")
            route = route.replace(key, f"{before}/{value}")
    for key, value in place.items():
        route = route.replace(f"<{key}>", value)
    route = re.sub(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\])*\)", "x", route)
    return "/" + route


def body(route: str) -> dict:
    """What a right request to the API holds; pages get an empty form."""
    json = {"content_type": "application/json"}
    if route.endswith("/withdraw") and route.startswith("api/"):
        return {"data": {"reason": "a test"}, **json}
    if route.endswith("/finals"):
        return {"data": {"entries": []}, **json}
    if route.endswith("/device"):
        return {"data": {"client_name": "a test"}, **json}
    if route.endswith("/device/token"):
        return {"data": {"device_code": "none"}, **json}
    if route.startswith("api/") and route.endswith("/entries"):
        return {"data": {"file": world.upload(world.prediction_csv())}}
    if route.startswith("api/") and route.endswith("/truth"):
        return {"data": {"reason": "a test", "metric": "no such metric"}}
    if route.startswith("api/") and route.endswith("/competitions"):
        return {"data": {"files": world.upload(b"title: nothing", "competition.yaml")}}
    return {}


def ask(method: str, route: str, place: dict[str, str], user, api_for) -> object:
    """The answer to one role, and no trace of it afterwards."""
    where = address(route, place)
    cache.clear()
    with transaction.atomic():
        if where.startswith("/api/") and user is not None:
            client = api_for(user)
        else:
            client = Client()
            if user is not None:
                client.force_login(user)
        client.raise_request_exception = False
        given = {} if method == "GET" else body(route)
        answer = getattr(client, method.lower())(where, **given)
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_the_answers_of_the_matrix(
    role, place, outsider, student, assistant, professor, admin, api_for
):
    cast = {
        "outsider": outsider,
        "student": student,
        "assistant": assistant,
        "professor": professor,
        "admin": admin,
    }
    column = ROLES.index(role)
    wrong = []
    for (method, route), answers in rows().items():
        answer = ask(method, route, place, cast.get(role), api_for)
        expected = answers[column]
        meets = MEANING.get(expected, lambda answer, expected=expected: str(answer.status_code) == expected)
        if not meets(answer):
            wrong.append(f"{method} {route}: {answer.status_code}, expected {expected}")
    assert not wrong, "\n".join([f"as {role}:", *wrong])


def test_administration_is_for_those_who_run_the_site(place, student, professor, admin):
    for route in routes():
        if not route.startswith("admin/") or "<path:" in route or route.startswith("admin/(?P"):
            continue
        where = "/" + re.sub(r"<int:[^>]+>", "1", re.sub(r"<(str:)?[^>]+>", "x", route))
        for user in (None, student, professor):
            client = Client()
            if user is not None:
                client.force_login(user)
            answer = client.get(where)
            assert answer.status_code in {302, 403, 404} or "login" in route or "jsi18n" in route, (where, user)


def test_every_list_of_the_administration_opens(place, admin):
    client = Client()
    client.force_login(admin)
    for model in admin_site._registry:
        where = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert client.get(where).status_code == 200, where
