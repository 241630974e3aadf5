"""Fills an empty storage folder with a class and an open competition: `python -m tests.journeys.classroom`.

For journeys that begin in the middle. It runs in a process of its own, before the site starts, with the site's
storage in the environment. `FIRST` and the others are the students; each journey takes one.
"""

from __future__ import annotations

import os

PASSWORD = "Correct-horse-battery-1"
COURSE = "deep-learning"
ADDRESS = f"/courses/{COURSE}/competitions/forty-numbers/"
STUDENTS = ("Kay Board", "Nina Script", "Shelly Line", "Bo Watcher")


def email(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.com"


def fill() -> None:
    from allauth.account.models import EmailAddress
    from tests.site import world

    from seodang.site.accounts.models import User
    from seodang.site.courses.models import Course, Enrollment, Role

    course = Course.objects.create(title="Deep Learning", slug=COURSE, language="en", join_code="JOIN2345")
    for name in ("Prof Essor", *STUDENTS):
        user = User.objects.create_user(email(name), PASSWORD, name=name)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        role = Role.STUDENT if name in STUDENTS else Role.INSTRUCTOR
        Enrollment.objects.create(course=course, user=user, role=role)
    world.make_competition(course)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "seodang.site.config.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    fill()
