"""Pages of courses: `home` (before and into a course), `people`, `roster`, `settings`."""

from seodang.site.courses.views.home import create, front, home, invitation, join, join_code
from seodang.site.courses.views.people import people, people_export, person, withdraw_invitation
from seodang.site.courses.views.roster import roster, roster_example
from seodang.site.courses.views.settings import join_page, settings

__all__ = [
    "create",
    "front",
    "home",
    "invitation",
    "join",
    "join_code",
    "join_page",
    "people",
    "people_export",
    "person",
    "roster",
    "roster_example",
    "settings",
    "withdraw_invitation",
]
