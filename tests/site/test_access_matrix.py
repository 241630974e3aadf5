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
from datetime import timedelta

import pytest
from django.contrib.admin import site as admin_site
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from tests.site import world
from tests.site.labs import classroom

from seodang.site.accounts import services as accounts
from seodang.site.competitions import services
from seodang.site.courses import services as courses
from seodang.site.courses.models import Invitation
from seodang.site.jobs.models import Job
from seodang.site.labs import services as labs
from seodang.site.labs.models import Lab

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
POST   courses/<slug:course>/competitions/<slug:slug>/climb/                      login 404   moved moved moved moved
GET    courses/<slug:course>/competitions/<slug:slug>/baselines/                  login 404   403   200   200   200
GET    courses/<slug:course>/ladders/                                             login 404   200   200   200   200
GET    courses/<slug:course>/ladders/new/                                         login 404   200   200   200   200
GET    courses/<slug:course>/ladders/live/                                        login 404   200   200   200   200
GET    courses/<slug:course>/ladders/<int:ladder>/                                login 404   200   200   200   200
GET    courses/<slug:course>/ladders/<int:ladder>/choose/                         login 404   moved 403   403   403
GET    courses/<slug:course>/ladders/<int:ladder>/report/                         login 404   200   200   200   200
GET    courses/<slug:course>/ladders/<int:ladder>/files/<str:name>                login 404   200   200   200   200
GET    courses/<slug:course>/ladders/<int:ladder>/live/                           login 404   200   200   200   200
GET    courses/<slug:course>/labs/                                                login 404   200   200   200   200
GET    courses/<slug:course>/labs/new/                                            login 404   403   403   200   200
GET    courses/<slug:course>/labs/<slug:slug>/                                    login 404   200   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/files/<path:name>                   login 404   200   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/submit/                             login 404   200   403   403   403
GET    courses/<slug:course>/labs/<slug:slug>/submissions/                        login 404   200   403   403   403
GET    courses/<slug:course>/labs/<slug:slug>/submissions/<int:attempt>/          login 404   200   404   404   404
GET    courses/<slug:course>/labs/<slug:slug>/submissions/<int:attempt>/file/     login 404   200   404   404   404
GET    courses/<slug:course>/labs/<slug:slug>/submissions/<int:attempt>/notebook/ login 404   200   404   404   404
GET    courses/<slug:course>/labs/<slug:slug>/live/                               login 404   200   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/manage/                             login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/revise/                             login 404   403   403   200   200
GET    courses/<slug:course>/labs/<slug:slug>/revisions/<int:number>/             login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/revisions/<int:number>/file/        login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/extensions/                         login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/progress/                           login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/questions/                          login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/students/<int:user>/                login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/students/<int:user>/<int:attempt>/  login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/students/<int:user>/<int:attempt>/file/ login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/students/<int:user>/<int:attempt>/notebook/ login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/marking/                            login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/marking/<str:question>/rubric/      login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/marking/<str:question>/<int:submission>/ login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/regrade/                            login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/regrade/<int:pk>/                   login 404   403   200   200   200
POST   courses/<slug:course>/labs/<slug:slug>/release/                            login 404   403   403   moved moved
GET    courses/<slug:course>/labs/<slug:slug>/similarity/                         login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/similarity/<int:report>/<int:a>/<int:b>/ login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/export/                             login 404   403   200   200   200
GET    courses/<slug:course>/labs/<slug:slug>/staff-live/                         login 404   403   200   200   200
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
POST   api/v1/competitions/<slug:course>/<slug:slug>/ladders                      401   404   201   201   201   201
POST   api/v1/competitions/<slug:course>/<slug:slug>/baselines                    401   404   403   wrong wrong wrong
GET    api/v1/ladders                                                             401   200   200   200   200   200
GET    api/v1/ladders/<slug:course>/<int:ladder>                                  401   404   200   200   200   200
GET    api/v1/ladders/<slug:course>/<int:ladder>/files/<str:name>                 401   404   200   200   200   200
POST   api/v1/courses/<slug:course>/ladders                                       401   404   201   201   201   201
POST   api/v1/ladders/<slug:course>/<int:ladder>/stop                             401   404   200   200   200   200
POST   api/v1/ladders/<slug:course>/<int:ladder>/share                            401   404   403   200   200   200
POST   api/v1/ladders/<slug:course>/<int:ladder>/predictions                      401   404   201   403   403   403
DELETE api/v1/ladders/<slug:course>/<int:ladder>                                  401   404   204   403   204   204
GET    api/v1/labs                                                                401   200   200   200   200   200
GET    api/v1/labs/<slug:course>/<slug:slug>                                      401   404   200   200   200   200
GET    api/v1/labs/<slug:course>/<slug:slug>/files                                401   404   200   200   200   200
GET    api/v1/labs/<slug:course>/<slug:slug>/files/<path:name>                    401   404   200   200   200   200
GET    api/v1/labs/<slug:course>/<slug:slug>/submissions                          401   404   200   200   200   200
GET    api/v1/labs/<slug:course>/<slug:slug>/submissions/<int:attempt>            401   404   200   404   404   404
GET    api/v1/labs/<slug:course>/<slug:slug>/submissions/<int:attempt>/file       401   404   200   404   404   404
POST   api/v1/labs/<slug:course>/<slug:slug>/submissions                          401   404   wrong 403   403   403
POST   api/v1/courses/<slug:course>/labs                                          401   404   403   403   wrong wrong
POST   api/v1/labs/<slug:course>/<slug:slug>/revisions                            401   404   403   403   wrong wrong
POST   api/v1/labs/<slug:course>/<slug:slug>/accept                               401   404   403   403   200   200
POST   api/v1/labs/<slug:course>/<slug:slug>/publish                              401   404   403   403   200   200
POST   api/v1/labs/<slug:course>/<slug:slug>/release                              401   404   403   403   200   200
GET    api/v1/labs/<slug:course>/<slug:slug>/class                                401   404   403   200   200   200
GET    api/v1/labs/<slug:course>/<slug:slug>/export                               401   404   403   200   200   200
POST   api/v1/labs/<slug:course>/<slug:slug>/regrades                             401   404   403   wrong wrong wrong
GET    api/v1/labs/<slug:course>/<slug:slug>/regrades/<int:pk>                    401   404   403   200   200   200
POST   api/v1/labs/<slug:course>/<slug:slug>/regrades/<int:pk>                    401   404   403   wrong wrong wrong
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
POST   courses/<slug:course>/competitions/<slug:slug>/baselines/                  login 404   403   moved moved moved
POST   courses/<slug:course>/ladders/new/                                         login 404   422   422   422   422
POST   courses/<slug:course>/ladders/<int:ladder>/                                login 404   moved moved moved moved
POST   courses/<slug:course>/ladders/<int:ladder>/choose/                         login 404   moved 403   403   403
POST   courses/<slug:course>/labs/<slug:slug>/submit/                             login 404   422   403   403   403
POST   courses/<slug:course>/labs/<slug:slug>/manage/                             login 404   403   403   moved moved
POST   courses/<slug:course>/labs/<slug:slug>/revise/                             login 404   403   403   422   422
POST   courses/<slug:course>/labs/<slug:slug>/revisions/<int:number>/             login 404   403   403   moved moved
POST   courses/<slug:course>/labs/<slug:slug>/extensions/                         login 404   403   422   422   422
POST   courses/<slug:course>/labs/new/                                            login 404   403   403   422   422
POST   courses/<slug:course>/labs/<slug:slug>/marking/<str:question>/<int:submission>/ login 404   403   422   422   422
POST   courses/<slug:course>/labs/<slug:slug>/regrade/                            login 404   403   422   422   422
POST   courses/<slug:course>/labs/<slug:slug>/similarity/                         login 404   403   done  done  done
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
    lab, others = lab_place(course, student, professor)
    return {
        "courses/<slug:course>/labs/<slug:slug>": lab.slug,
        "api/v1/labs/<slug:course>/<slug:slug>": lab.slug,
        "files/<path:name>": lab.current.name,
        "regrades/<int:pk>": str(lab.regrades.get().pk),
        "regrade/<int:pk>": str(lab.regrades.get().pk),
        **others,
        **ladder_place(course, student),
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


def ladder_place(course, student) -> dict[str, str]:
    """A ladder that a student has climbed, with a report and a model."""
    ladder = world.make_ladder(course, student)
    return {"int:ladder": str(ladder.number), "<int:ladder>/files/<str:name>": "table"}


def lab_place(course, student, professor) -> tuple[Lab, dict[str, str]]:
    """A lab that two students handed in alike, with a regrade and a report of what is alike."""
    lab = classroom.make_lab(course, due_at=timezone.now() + timedelta(days=1))
    alike = classroom.student_notebook(
        own="velocity = 0\nfor step in range(9):\n    velocity = step * 2 - velocity\n" * 3
    )
    people = [student, *classroom.add_students(course, 1)]
    made = [classroom.hand_in(lab, user, notebook=alike, marked=classroom.graded()) for user in people]
    labs.start_regrade(lab=lab, by=professor)
    report = labs.start_similarity(lab=lab, by=professor)
    result, n_submissions = labs.compare(report)
    labs.record_similarity(report=report, result=result, n_submissions=n_submissions, still_mine=lambda: True)
    return lab, {
        "int:user": str(student.pk),
        "int:attempt": "1",
        "int:number": "1",
        "str:question": "why-diverge",
        "int:submission": str(made[0].pk),
        "int:report": str(report.pk),
        "int:a": str(made[0].pk),
        "int:b": str(made[1].pk),
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
    if route.endswith("/regrades"):
        return {"data": {"students": None}, **json}
    if route.endswith("/regrades/<int:pk>"):
        return {"data": {"act": "apply"}, **json}
    if route.startswith("api/") and route.endswith(("/ladders", "/predictions")) and "/competitions/" not in route:
        return {"data": {"table": world.upload(b"x,y\n1,2\n2,4.5\n3,6\n", "houses.csv"), "target": "y"}}
    if route.endswith("/<slug:slug>/ladders"):
        return {"data": {"seconds": 5}, **json}
    if route.endswith("/share"):
        return {"data": {"shared": True}, **json}
    if route.startswith("api/") and route.endswith("/baselines"):
        return {"data": {"ladder": 999}, **json}
    if route.startswith("api/") and route.endswith("/submissions"):
        return {"data": {"file": world.upload(b"no notebook", "lab.ipynb")}}
    if route.startswith("api/") and route.endswith(("/labs", "/revisions")):
        return {"data": {"notebook": world.upload(b"no notebook", "lab.ipynb"), "due_at": "2030-01-01T00:00"}}
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
