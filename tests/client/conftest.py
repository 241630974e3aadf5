"""The client against the real site, in this process: httpx speaks WSGI to Django itself, nothing is mocked."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler
from tests.site import world

# The one cast of people and their course.
from tests.site.conftest import (  # noqa: F401
    assistant,
    course,
    empty_cache,
    make_user,
    outsider,
    professor,
    quick_password_hashes,
    student,
)

from seodang.client import Client
from seodang.site.competitions.models import Competition

URL = "https://seodang.test"


@pytest.fixture(autouse=True)
def own_home(monkeypatch, tmp_path):
    """No login and no setting of whoever runs the tests."""
    for name in ("SEODANG_URL", "SEODANG_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SEODANG_LANG", "en")


@pytest.fixture
def site_transport(db, settings) -> httpx.BaseTransport:
    settings.ALLOWED_HOSTS = ["seodang.test"]
    with world.kept_connection():
        yield httpx.WSGITransport(app=WSGIHandler(), raise_app_exceptions=False)


@pytest.fixture
def workers(monkeypatch) -> None:
    """While the client sleeps between two questions, workers work."""
    monkeypatch.setattr("seodang.client.competition.time.sleep", lambda _seconds: world.score_all())


@pytest.fixture
def competition(course) -> Competition:  # noqa: F811
    return world.make_competition(course)


@pytest.fixture
def token_of() -> Callable[..., str]:
    def make(user) -> str:
        from seodang.site.accounts import services

        return services.create_token(user, "test")[1]

    return make


@pytest.fixture
def client_of(site_transport, token_of) -> Callable[..., Client]:
    def make(user) -> Client:
        return Client(URL, token_of(user), http=site_transport)

    return make
