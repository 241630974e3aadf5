"""The lab of these tests: `world.make_lab`, due tomorrow, and its class."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.site import world

from seodang.site.courses.models import Enrollment, Role
from seodang.site.labs.models import Lab


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    """Each test has files of its own, so that one can look at all of them."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
    }
    return tmp_path / "files"


@pytest.fixture
def lab(course, professor) -> Lab:
    return world.make_lab(course)


@pytest.fixture
def add_student(make_user, course) -> Callable[..., object]:
    """`add_student("Kim")`: one more student of the course."""

    def add(name: str):
        user = make_user(name)
        Enrollment.objects.create(course=course, user=user, role=Role.STUDENT)
        return user

    return add
