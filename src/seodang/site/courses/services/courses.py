"""Making a course and changing what it says of itself."""

from __future__ import annotations

import logging
import re
import zoneinfo
from collections.abc import Container

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from seodang.i18n import N_
from seodang.site.accounts.models import User
from seodang.site.accounts.secrets import random_code
from seodang.site.courses.access import Access, require
from seodang.site.courses.errors import SettingRefused
from seodang.site.courses.models import Course, Enrollment, Role

log = logging.getLogger(__name__)

JOIN_CODE_LENGTH = 8
RESERVED_SLUGS = {"new", "join"}
SLUG_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
SETTINGS = {"title", "description", "language", "time_zone", "joining_open"}


def create_course(
    *,
    by: User,
    title: str,
    slug: str = "",
    description: str = "",
    language: str = "",
    time_zone: str = "",
) -> Course:
    """A new course whose instructor is `by`.

    Without a `slug` the address is made of the ASCII words of the title, or is `course-1`, `course-2` ….

    Raises:
        PermissionDenied: this person may not open courses.
        SettingRefused: a value that cannot be.
    """
    if not (by.may_teach or by.is_superuser):
        raise PermissionDenied
    course = Course(
        description=description.strip(),
        language=_language(language or settings.LANGUAGE_CODE),
        time_zone=_time_zone(time_zone or settings.TIME_ZONE),
        title=_title(title),
    )
    given = slug.strip().lower()
    if given:
        _check_slug(given)
    for _attempt in range(50):
        course.slug = given or free_address(course.title, noun="course", taken=_taken())
        course.join_code = _free_join_code()
        try:
            with transaction.atomic():
                course.save(force_insert=True)
                Enrollment.objects.create(course=course, user=by, role=Role.INSTRUCTOR)
        except IntegrityError:  # another course took the address or the code just now
            if given and Course.objects.filter(slug=given).exists():
                raise _slug_taken(given) from None
            continue
        log.info("course made", extra={"course": course.slug, "by": by.pk})
        return course
    raise SettingRefused(N_("No free address was found."), field="slug", hint=N_("Choose an address yourself."))


def update_course(*, access: Access, **fields) -> Course:
    """Change settings by name: title, description, language, time_zone, joining_open."""
    require(access.may_manage)
    unknown = set(fields) - SETTINGS
    if unknown:
        raise TypeError(f"settings of a course are {sorted(SETTINGS)}; received {sorted(unknown)}")
    course = access.course
    checks = {"title": _title, "language": _language, "time_zone": _time_zone, "description": str.strip}
    for name, value in fields.items():
        setattr(course, name, checks.get(name, bool)(value))
    course.save(update_fields=list(fields))
    course.__dict__.pop("tz", None)
    log.info("course changed", extra={"course": course.slug, "by": access.user.pk, "fields": ",".join(fields)})
    return course


def rotate_join_code(*, access: Access) -> str:
    """A new join code; the old one opens nothing from now on."""
    require(access.may_manage)
    course = access.course
    course.join_code = _free_join_code()
    course.save(update_fields=["join_code"])
    log.info("join code rotated", extra={"course": course.slug, "by": access.user.pk})
    return course.join_code


def slug_of_title(title: str) -> str:
    """The ASCII words of a title, joined by dashes; empty when there are too few to tell it by."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    slug = "-".join(words)[:60].strip("-")
    return slug if re.search(r"[a-z]{2}", slug) else ""


def free_address(title: str, *, noun: str, taken: Container[str]) -> str:
    """The ASCII words of a title, numbered `slug-2` … when taken; `noun-1` … when it has none."""
    stem = slug_of_title(title)
    if stem and stem not in taken:
        return stem
    stem, number = (stem[:55], 2) if stem else (noun, 1)
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _taken() -> set[str]:
    return {*RESERVED_SLUGS, *Course.objects.values_list("slug", flat=True)}


def _free_join_code() -> str:
    while True:
        code = random_code(JOIN_CODE_LENGTH)
        if not Course.objects.filter(join_code=code).exists():
            return code


def _check_slug(slug: str) -> None:
    if not SLUG_PATTERN.fullmatch(slug) or slug in RESERVED_SLUGS:
        raise SettingRefused(
            N_("“%(slug)s” cannot be an address."),
            hint=N_("Use up to 60 small letters, digits and dashes, for example “deep-learning-2026”."),
            field="slug",
            slug=slug,
        )
    if Course.objects.filter(slug=slug).exists():
        raise _slug_taken(slug)


def _slug_taken(slug: str) -> SettingRefused:
    return SettingRefused(
        N_("Another course has the address “%(slug)s”."),
        hint=N_("Choose another one, or leave it empty."),
        field="slug",
        slug=slug,
    )


def _title(title: str) -> str:
    text = " ".join(str(title).split())
    if not 0 < len(text) <= 120:
        raise SettingRefused(N_("A title has 1 to 120 letters."), field="title")
    return text


def _language(language: str) -> str:
    if language not in dict(settings.LANGUAGES):
        raise SettingRefused(
            N_("There is no language “%(language)s” here."),
            hint=N_("Known: %(known)s."),
            field="language",
            language=language,
            known=", ".join(dict(settings.LANGUAGES)),
        )
    return language


def _time_zone(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        raise SettingRefused(
            N_("There is no time zone “%(name)s”."),
            hint=N_("Give a name of the IANA list, for example “Asia/Seoul”."),
            field="time_zone",
            name=name,
        )
    return name
