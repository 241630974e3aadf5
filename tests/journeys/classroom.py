"""Fills an empty storage folder with classes and an open competition: `python -m tests.journeys.classroom`.

For journeys that begin in the middle. It runs in a process of its own, before the site starts, with the site's
storage in the environment. `STUDENTS` are those of the competition; each journey takes one. The classes of
`LAB_CLASSES`, one for each language, have no lab yet; keys to the API for their people go into `tokens.json` beside
the storage folder.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "Correct-horse-battery-1"
COURSE = "deep-learning"
ADDRESS = f"/courses/{COURSE}/competitions/forty-numbers/"
STUDENTS = ("Kay Board", "Nina Script", "Shelly Line", "Bo Watcher")


@dataclass(frozen=True)
class LabClass:
    """The first person is the professor."""

    slug: str
    title: str
    people: tuple[str, ...]

    def email(self, name: str) -> str:
        return f"person{self.people.index(name)}@{self.slug}.example.com"


LAB_CLASSES = {
    "en": LabClass(
        "lines",
        "Lines and Learning",
        ("Prof Essor", "Ada Byron", "Ben Okri", "Cy Copeland", "Di Marlowe", "Eve Stone", "Flo Late"),
    ),
    "ko": LabClass(
        "lines-ko",
        "직선과 학습",
        ("한서당", "박민지", "이서준", "최베껴", "정하은", "강도윤", "조지각"),
    ),
}


def email(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.com"


def fill() -> dict[str, str]:
    """Email → key to the API, of the people of the lab classes."""
    from tests.site import world

    from seodang.site.accounts.services.tokens import create_token
    from seodang.site.courses.models import Course, Role

    course = Course.objects.create(title="Deep Learning", slug=COURSE, language="en", join_code="JOIN2345")
    for name in ("Prof Essor", *STUDENTS):
        enroll(course, name, email(name), Role.STUDENT if name in STUDENTS else Role.INSTRUCTOR)
    world.make_competition(course)
    tokens = {}
    for number, (language, one) in enumerate(LAB_CLASSES.items()):
        course = Course.objects.create(
            title=one.title, slug=one.slug, language=language, join_code=f"LABS234{number + 2}"
        )
        for name in one.people:
            role = Role.INSTRUCTOR if name == one.people[0] else Role.STUDENT
            user = enroll(course, name, one.email(name), role)
            tokens[user.email] = create_token(user, "journey")[1]
    return tokens


def enroll(course, name: str, address: str, role: str):
    from allauth.account.models import EmailAddress

    from seodang.site.accounts.models import User
    from seodang.site.courses.models import Enrollment

    user = User.objects.create_user(address, PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Enrollment.objects.create(course=course, user=user, role=role)
    return user


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "seodang.site.config.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    keys = Path(os.environ["SEODANG_STORAGE"]).with_name("tokens.json")
    keys.write_text(json.dumps(fill()), encoding="utf-8")
