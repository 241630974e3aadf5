"""What a course may refuse, and why.

SiteError
└── CourseError
    ├── JoinRefused         code "join"        no course has this code, or it is closed
    ├── RoleRefused         code "role"        the last instructor, one's own role …
    ├── SettingRefused      code "setting"     a value that cannot be; `.field` names it
    ├── InvitationRefused   code "invitation"  used, withdrawn, or for somebody else
    ├── ResetRefused        code "reset_link"  a reset link that course staff may not hand out
    └── RosterRefused       code "roster"      a file that cannot be read, or a plan that no longer holds
"""

from __future__ import annotations

from seodang.site.web.errors import FieldRefused, SiteError


class CourseError(SiteError):
    code = "course"


class JoinRefused(CourseError):
    code = "join"


class RoleRefused(CourseError):
    code = "role"
    status = 409


class SettingRefused(FieldRefused, CourseError):
    """`field` is the name of the setting that cannot be."""

    code = "setting"


class InvitationRefused(CourseError):
    code = "invitation"


class ResetRefused(CourseError):
    code = "reset_link"


class RosterRefused(CourseError):
    code = "roster"
