"""Who is in a course, and with which role.

One rule stands above all: a course always has an instructor. Whoever changes roles holds the course's row, so two
instructors who demote each other at the same moment do it one after the other, and the second is refused.
"""

from __future__ import annotations

import logging

from django.db import transaction

from seodang.i18n import N_
from seodang.site.accounts import services as accounts
from seodang.site.accounts.models import User
from seodang.site.accounts.secrets import typed_code
from seodang.site.courses.access import Access, require
from seodang.site.courses.errors import JoinRefused, ResetRefused, RoleRefused
from seodang.site.courses.models import Course, Enrollment, Invitation, Role

log = logging.getLogger(__name__)


def locked(course: Course) -> Course:
    """Hold the course's row until the transaction ends (SQLite's IMMEDIATE transactions hold everything)."""
    return Course.objects.select_for_update().get(pk=course.pk)


def course_of_code(code: str) -> Course | None:
    """The course that may be joined with this code, as a person typed it."""
    return Course.objects.filter(join_code=typed_code(code), joining_open=True).first()


def join(*, user: User, code: str) -> Enrollment:
    """Enter a course by its code. Who is in it already stays what they are.

    A seat that was kept for the person's address is taken: its student number comes along, and its role too,
    staff roles only when the address is confirmed (anybody can type a professor's address).

    Raises:
        JoinRefused: no course has this code, or its instructors closed it.
    """
    course = course_of_code(code)
    if course is None:
        raise JoinRefused(
            N_("No course can be joined with this code."),
            hint=N_("Compare it with the one your instructor gave you; it may have been changed."),
        )
    with transaction.atomic():
        seat = _seat_kept_for(user, course)
        if seat is None:
            return enroll(course=course, user=user)
        return take_seat(seat, user)


def enroll(*, course: Course, user: User, role: str = Role.STUDENT, student_number: str = "") -> Enrollment:
    """Put a person into a course; one who is there already stays as they are."""
    enrollment, is_new = Enrollment.objects.get_or_create(
        course=course, user=user, defaults={"role": role, "student_number": student_number.strip()}
    )
    if is_new:
        log.info("enrolled", extra={"course": course.slug, "user": user.pk, "role": role})
    return enrollment


def take_seat(invitation: Invitation, user: User) -> Enrollment:
    """Turn an invitation into an enrollment; what it says never takes a role away."""
    enrollment = enroll(
        course=invitation.course, user=user, role=invitation.role, student_number=invitation.student_number
    )
    changed = []
    if _RANK[invitation.role] > _RANK[enrollment.role]:
        enrollment.role = invitation.role
        changed.append("role")
    if invitation.student_number and not enrollment.student_number:
        enrollment.student_number = invitation.student_number
        changed.append("student_number")
    if changed:
        enrollment.save(update_fields=changed)
    if invitation.name and not user.name:
        accounts.rename(user, invitation.name)
    Invitation.objects.filter(pk=invitation.pk).delete()
    return enrollment


_RANK = {Role.STUDENT: 0, Role.ASSISTANT: 1, Role.INSTRUCTOR: 2}


def change_role(*, access: Access, enrollment: Enrollment, role: str) -> Enrollment:
    return change_person(access=access, enrollment=enrollment, role=role)


def change_person(
    *, access: Access, enrollment: Enrollment, role: str | None = None, student_number: str | None = None
) -> Enrollment:
    """Change a person's role or student number.

    Raises:
        RoleRefused: nobody would be left to lead the course.
    """
    require(access.may_manage)
    with transaction.atomic():
        locked(access.course)
        enrollment.refresh_from_db()
        _of_this_course(access, enrollment)
        if role is not None and role != enrollment.role:
            if role not in Role.values:
                raise RoleRefused(N_("There is no role “%(role)s”."), role=role)
            _keep_an_instructor(enrollment)
            log.info(
                "role changed",
                extra={
                    "course": access.course.slug,
                    "user": enrollment.user_id,
                    "by": access.user.pk,
                    "before": enrollment.role,
                    "after": role,
                },
            )
            enrollment.role = role
        if student_number is not None:
            enrollment.student_number = student_number.strip()[:40]
        enrollment.save(update_fields=["role", "student_number"])
    return enrollment


def remove(*, access: Access, enrollment: Enrollment) -> None:
    """Take a person out of the course. What they handed in stays, and comes back into view if they return.

    Raises:
        RoleRefused: nobody would be left to lead the course.
    """
    require(access.may_manage)
    with transaction.atomic():
        locked(access.course)
        enrollment.refresh_from_db()
        _of_this_course(access, enrollment)
        _keep_an_instructor(enrollment)
        enrollment.delete()
    log.info("removed", extra={"course": access.course.slug, "user": enrollment.user_id, "by": access.user.pk})


def reset_link(*, access: Access, enrollment: Enrollment) -> str:
    """The path of a page on which a student of this course sets a new password, once.

    For sites without a mail server. Whoever holds it can take over the account, so it is for students alone whose
    courses this instructor leads, all of them: nobody gets at work or rights in a course of somebody else.

    Raises:
        ResetRefused: this person is not one of those.
    """
    require(access.may_manage)
    enrollment.refresh_from_db()
    _of_this_course(access, enrollment)
    person = enrollment.user
    if enrollment.role != Role.STUDENT or person.is_staff or person.is_superuser or person.may_teach:
        raise ResetRefused(
            N_("A reset link can be made for students only."),
            hint=N_("Whoever runs the site can help this person."),
        )
    if not person.is_active:
        raise ResetRefused(N_("This account is switched off."), hint=N_("Whoever runs the site can switch it on."))
    if not person.has_usable_password():
        raise ResetRefused(
            N_("This person has no password: they sign in through another service."),
            hint=N_("That service can help them."),
        )
    elsewhere = Enrollment.objects.filter(user=person).exclude(course=access.course)
    led = Enrollment.objects.filter(user=access.user, role=Role.INSTRUCTOR).values("course")
    foreign = elsewhere.exclude(course__in=led) if not access.user.is_superuser else elsewhere.none()
    if elsewhere.exclude(role=Role.STUDENT).exists() or foreign.exists():
        raise ResetRefused(
            N_("This person is also in a course that you do not lead, or teaches in one."),
            hint=N_("Whoever runs the site can help them."),
        )
    log.warning("reset link made", extra={"course": access.course.slug, "user": person.pk, "by": access.user.pk})
    return accounts.password_reset_path(person)


def _seat_kept_for(user: User, course: Course) -> Invitation | None:
    """The invitation that joining by code takes up: of a confirmed address, or a student's of the account's."""
    for seat in Invitation.objects.filter(
        course=course, email__in={user.email, *accounts.confirmed_addresses(user)}
    ):
        if seat.role == Role.STUDENT or seat.email in accounts.confirmed_addresses(user):
            return seat
    return None


def _of_this_course(access: Access, enrollment: Enrollment) -> None:
    if enrollment.course_id != access.course.pk:
        raise ValueError(f"{enrollment!r} is not of the course {access.course.slug!r}")


def _keep_an_instructor(enrollment: Enrollment) -> None:
    others = Enrollment.objects.filter(course=enrollment.course_id, role=Role.INSTRUCTOR).exclude(pk=enrollment.pk)
    if enrollment.role == Role.INSTRUCTOR and not others.exists():
        raise RoleRefused(
            N_("A course needs an instructor, and this is the only one."),
            hint=N_("Make somebody else an instructor first."),
        )
