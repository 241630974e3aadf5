"""The shared cast of the site's tests: one course, the people in it, and one who is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from seodang.site.accounts.models import User
from seodang.site.courses.models import Course, Enrollment, Role

PASSWORD = "Correct-horse-1"


@pytest.fixture(autouse=True)
def empty_cache():
    """Throttles and cached boards count in the cache; each test begins with none."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def quick_password_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def make_user(db) -> Callable[..., User]:
    """`make_user("Kim", email=…, verified=True, may_teach=False)`: an account with a confirmed address."""

    def make(name: str, *, email: str = "", verified: bool = True, password: str = PASSWORD, **fields) -> User:
        email = email or f"{name.lower().replace(' ', '.')}@example.com"
        user = User.objects.create_user(email, password, name=name, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
        return user

    return make


@pytest.fixture
def course(db) -> Course:
    return Course.objects.create(title="Deep Learning", slug="deep-learning", language="en", join_code="JOIN2345")


@pytest.fixture
def professor(make_user, course) -> User:
    """May open courses; instructor of `course`."""
    user = make_user("Professor", may_teach=True)
    Enrollment.objects.create(course=course, user=user, role=Role.INSTRUCTOR)
    return user


@pytest.fixture
def assistant(make_user, course) -> User:
    user = make_user("Assistant")
    Enrollment.objects.create(course=course, user=user, role=Role.ASSISTANT)
    return user


@pytest.fixture
def student(make_user, course) -> User:
    user = make_user("Student")
    Enrollment.objects.create(course=course, user=user, role=Role.STUDENT, student_number="2026001")
    return user


@pytest.fixture
def outsider(make_user) -> User:
    """Has an account, and is in no course."""
    return make_user("Outsider")


@pytest.fixture
def admin(make_user) -> User:
    """Runs the site; in no course by name."""
    return make_user("Admin", is_staff=True, is_superuser=True, may_teach=True)


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    """`client_for(student)`: a browser in which that person is logged in."""

    def client(user: User) -> Client:
        browser = Client()
        browser.force_login(user)
        return browser

    return client


@pytest.fixture
def api_for() -> Callable[[User], Client]:
    """`api_for(student)`: a program that sends that person's personal token and no cookie."""

    def client(user: User) -> Client:
        from seodang.site.accounts import services

        _token, secret = services.create_token(user, "test")
        return Client(headers={"authorization": f"Bearer {secret}"})

    return client
