"""Importing a class list: the plan that the page shows, and doing exactly that plan."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence

from allauth.account.models import EmailAddress
from django.db import transaction

from seodang.i18n import N_
from seodang.site.accounts.models import User
from seodang.site.courses import roster
from seodang.site.courses.access import Access, require
from seodang.site.courses.errors import RosterRefused
from seodang.site.courses.models import Course, Enrollment, Invitation, Role
from seodang.site.courses.roster import Person, PlanItem, RosterPlan, RosterRow, Seat
from seodang.site.courses.services.people import locked

log = logging.getLogger(__name__)

_CHUNK = 500  # addresses a query: SQLite and PostgreSQL both limit the parameters of one


def plan_roster(*, access: Access, rows: Sequence[RosterRow]) -> RosterPlan:
    """What importing these rows would do now; changes nothing."""
    require(access.may_manage)
    people = _people(access.course)
    inside = {person.user_id for person in people}
    return roster.plan(
        rows,
        people=people,
        accounts=[person for person in _accounts({row.email for row in rows}) if person.user_id not in inside],
        seats=[
            Seat(seat.pk, seat.email, seat.name, seat.role, seat.student_number)
            for seat in Invitation.objects.filter(course=access.course)
        ],
        by_user_id=access.user.pk,
    )


def apply_roster(
    *, access: Access, rows: Sequence[RosterRow], digest: str, remove: Collection[str] = ()
) -> RosterPlan:
    """Do what the plan with that digest says, and take out who was ticked among its `missing`; all or nothing.

    Doing it again changes nothing.

    Raises:
        RosterRefused: somebody joined, left or changed since the plan was shown; nothing was done.
    """
    require(access.may_manage)
    with transaction.atomic():
        course = locked(access.course)
        plan = plan_roster(access=access, rows=rows)
        known = {person.key for person in plan.missing}
        done_already = not plan.changes_something and not set(remove) & known
        if done_already:
            return plan
        if plan.digest != digest or not set(remove) <= known:
            raise RosterRefused(
                N_("The course has changed since you looked, and nothing was imported."),
                hint=N_("Look at the new preview and confirm it."),
                code="roster_changed",
            )
        _apply(course, access.user, plan)
        _take_out(course, remove)
    log.info(
        "roster imported",
        extra={
            "course": course.slug,
            "by": access.user.pk,
            "enrolled": len(plan.of("enroll")),
            "invited": len(plan.of("invite")),
            "changed": len(plan.of("update")),
            "removed": len(remove),
        },
    )
    return plan


def _apply(course: Course, by: User, plan: RosterPlan) -> None:
    Enrollment.objects.bulk_create(
        [
            Enrollment(course=course, user_id=item.user_id, role=item.role, student_number=item.student_number)
            for item in plan.of("enroll")
        ],
        batch_size=_CHUNK,
    )
    _delete_seats([item.invitation_id for item in plan.of("enroll") if item.invitation_id])
    for item in plan.of("enroll"):
        _fill_name(item)
    Invitation.objects.bulk_create(
        [
            Invitation(
                course=course,
                email=item.email,
                name=item.name,
                role=item.role,
                student_number=item.student_number,
                invited_by=by,
            )
            for item in plan.of("invite")
        ],
        batch_size=_CHUNK,
    )
    for item in plan.of("update"):
        values = {change.field: change.after for change in item.changes}
        if item.enrollment_id is None:
            Invitation.objects.filter(pk=item.invitation_id, course=course).update(**values)
            continue
        values.pop("name", None)
        if values:
            Enrollment.objects.filter(pk=item.enrollment_id, course=course).update(**values)
        _fill_name(item)


def _fill_name(item: PlanItem) -> None:
    if item.name and item.user_id:
        User.objects.filter(pk=item.user_id, name="").update(name=item.name)


def _take_out(course: Course, keys: Collection[str]) -> None:
    """Only students leave by a file, whatever was posted."""
    enrollments = [int(key[1:]) for key in keys if key.startswith("e")]
    for start in range(0, len(enrollments), _CHUNK):
        chunk = enrollments[start : start + _CHUNK]
        Enrollment.objects.filter(course=course, role=Role.STUDENT, pk__in=chunk).delete()
    _delete_seats([int(key[1:]) for key in keys if key.startswith("i")])


def _delete_seats(keys: Sequence[int]) -> None:
    for start in range(0, len(keys), _CHUNK):
        Invitation.objects.filter(pk__in=keys[start : start + _CHUNK]).delete()


def _people(course: Course) -> list[Person]:
    enrollments = list(Enrollment.objects.filter(course=course).select_related("user"))
    confirmed: dict[int, set[str]] = defaultdict(set)
    addresses = EmailAddress.objects.filter(user__enrollments__course=course, verified=True)
    for user_id, email in addresses.values_list("user_id", "email"):
        confirmed[user_id].add(email.lower())
    return [
        Person(
            user_id=enrollment.user_id,
            name=enrollment.user.name,
            addresses=frozenset({enrollment.user.email.lower(), *confirmed[enrollment.user_id]}),
            role=enrollment.role,
            student_number=enrollment.student_number,
            enrollment_id=enrollment.pk,
        )
        for enrollment in enrollments
    ]


def _accounts(emails: Collection[str]) -> list[Person]:
    """Active accounts by their confirmed addresses, and by no others: anybody can type an address at sign-up."""
    found: dict[int, tuple[str, set[str]]] = {}
    wanted = sorted(emails)
    for start in range(0, len(wanted), _CHUNK):
        rows = EmailAddress.objects.filter(
            email__in=wanted[start : start + _CHUNK], verified=True, user__is_active=True
        ).values_list("user_id", "user__name", "email")
        for user_id, name, email in rows:
            found.setdefault(user_id, (name, set()))[1].add(email.lower())
    return [Person(user_id, name, frozenset(addresses)) for user_id, (name, addresses) in found.items()]
