"""The OpenAPI schema against the running code: whatever it allows is answered as it says, never with a 5xx."""

from __future__ import annotations

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.site import world

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
KNOWN = {"course": "deep-learning", "slug": "forty-numbers"}


def site(environ, start_response):
    """The site as a server would call it, which knows where a request comes from."""
    return WSGIHandler()({**environ, "REMOTE_ADDR": "127.0.0.1"}, start_response)


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site)


@pytest.fixture
def authorization(professor, course):
    from seodang.site.accounts import services

    world.make_competition(course)
    world.make_lab(course, slug=KNOWN["slug"])
    with world.kept_connection():
        yield {"Authorization": f"Bearer {services.create_token(professor, 'schema')[1]}"}


@schema.exclude(path="/api/v1/me/token").parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_answers_as_the_schema_says(case, authorization):
    # Otherwise every example would end where the course is not found.
    for name in case.path_parameters or {}:
        case.path_parameters[name] = KNOWN.get(name, case.path_parameters[name])
    case.call_and_validate(headers=authorization, checks=CHECKS)


def test_no_two_schemas_share_a_name():
    """They would become one in the description, whichever came last."""
    from seodang.site.competitions.api import schemas as competitions
    from seodang.site.labs.api import schemas as labs

    def own(module):
        return {name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}

    assert own(competitions) & own(labs) == set()


def test_every_operation_is_described_for_people():
    for item in schema.raw_schema["paths"].values():
        for operation in item.values():
            assert operation["summary"]
            assert "default" not in operation["operationId"]
            assert operation["responses"].keys() & {"200", "201", "204"}
