"""Seats kept for addresses that have no account yet, and how their people come to them.

A confirmed address takes its seats by itself, at sign-up, login and confirmation. Where addresses cannot be
confirmed (no mail server), the person opens the invitation's link or types the course's join code.
"""

from __future__ import annotations

import logging

from django.core import signing
from django.db import transaction

from seodang.i18n import N_
from seodang.site.accounts import services as accounts
from seodang.site.accounts.models import User
from seodang.site.courses.access import Access, require
from seodang.site.courses.errors import InvitationRefused
from seodang.site.courses.models import Enrollment, Invitation, Role
from seodang.site.courses.services.people import enroll, take_seat

log = logging.getLogger(__name__)

_SALT = "seodang.courses.invitation"
LINK_LIFETIME_SECONDS = 120 * 24 * 3600


def invite(
    *, access: Access, email: str, role: str = Role.STUDENT, name: str = "", student_number: str = ""
) -> Enrollment | Invitation:
    """Keep a seat for an address; whoever has confirmed that address is enrolled at once.

    Inviting a person of the course again changes nothing; inviting a waiting address again changes its seat.
    """
    require(access.may_manage)
    email = email.strip().lower()
    user = accounts.user_of_address(email)
    with transaction.atomic():
        if user is not None:
            Invitation.objects.filter(course=access.course, email=email).delete()
            return enroll(course=access.course, user=user, role=role, student_number=student_number)
        present = Enrollment.objects.filter(course=access.course, user__email=email).first()
        if present is not None:
            return present
        invitation, _is_new = Invitation.objects.update_or_create(
            course=access.course,
            email=email,
            defaults={
                "role": role,
                "name": name.strip()[:80],
                "student_number": student_number.strip()[:40],
                "invited_by": access.user,
            },
        )
    log.info("invited", extra={"course": access.course.slug, "by": access.user.pk, "role": role})
    return invitation


def withdraw_invitation(*, access: Access, invitation: Invitation) -> None:
    require(access.may_manage)
    if invitation.course_id != access.course.pk:
        raise ValueError(f"{invitation!r} is not of the course {access.course.slug!r}")
    invitation.delete()


def claim_invitations(user: User) -> list[Enrollment]:
    """Take every seat that is kept for one of this person's confirmed addresses."""
    addresses = accounts.confirmed_addresses(user)
    if not addresses:
        return []
    with transaction.atomic():
        seats = list(Invitation.objects.select_related("course").filter(email__in=addresses))
        return [take_seat(seat, user) for seat in seats]


def is_invited(email: str) -> bool:
    """Whether a seat is kept for this address somewhere: the site's answer when sign-up is closed."""
    return Invitation.objects.filter(email=email.strip().lower()).exists()


def invitation_token(invitation: Invitation) -> str:
    """What the invitation's link carries: signed, so that it cannot be made up."""
    return signing.dumps([invitation.pk, invitation.email], salt=_SALT)


def invitation_of_token(token: str) -> Invitation | None:
    """The invitation of a link; None when it is made up, too old, used or withdrawn."""
    try:
        key, email = signing.loads(token, salt=_SALT, max_age=LINK_LIFETIME_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Invitation.objects.select_related("course").filter(pk=key, email=email).first()


def accept_invitation(*, user: User, token: str) -> Enrollment:
    """Take the seat of an invitation's link, once.

    A student's seat is for whoever holds the link (people sign up with another address than the roster's); a seat
    of the staff only for the account with its address.

    Raises:
        InvitationRefused: used, withdrawn, or for another address.
    """
    with transaction.atomic():
        invitation = invitation_of_token(token)
        if invitation is None:
            raise InvitationRefused(
                N_("This invitation has been used or withdrawn."),
                hint=N_("If you are not in the course yet, ask your instructor for a new one."),
            )
        addresses = {user.email.lower(), *accounts.confirmed_addresses(user)}
        if invitation.role != Role.STUDENT and invitation.email not in addresses:
            raise InvitationRefused(
                N_("This invitation is for %(email)s, and you are signed in as %(own)s."),
                hint=N_("Sign in with that address, or ask the instructor to invite this one."),
                email=invitation.email,
                own=user.email,
            )
        return take_seat(invitation, user)
