"""What may happen with courses and their people: the only writers."""

from seodang.site.courses.services.courses import create_course, rotate_join_code, update_course
from seodang.site.courses.services.invitations import (
    accept_invitation,
    claim_invitations,
    invitation_of_token,
    invitation_token,
    invite,
    withdraw_invitation,
)
from seodang.site.courses.services.people import (
    change_person,
    change_role,
    course_of_code,
    enroll,
    join,
    remove,
    reset_link,
)
from seodang.site.courses.services.roster import apply_roster, plan_roster

__all__ = [
    "accept_invitation",
    "apply_roster",
    "change_person",
    "change_role",
    "claim_invitations",
    "course_of_code",
    "create_course",
    "enroll",
    "invitation_of_token",
    "invitation_token",
    "invite",
    "join",
    "plan_roster",
    "remove",
    "reset_link",
    "rotate_join_code",
    "update_course",
    "withdraw_invitation",
]
