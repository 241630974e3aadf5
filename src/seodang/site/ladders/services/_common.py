"""What every service of this app shares: the lock, the announcement, the question who may."""

from __future__ import annotations

from seodang.site.courses import access as courses_access
from seodang.site.courses.access import Access
from seodang.site.courses.models import Course
from seodang.site.jobs import live
from seodang.site.ladders.models import Ladder


def locked(ladder: Ladder) -> Ladder:
    """The ladder as it is now, kept from other writers until the transaction ends.

    On PostgreSQL it locks the row (not its key); on SQLite the transaction itself is the lock, since it begins
    IMMEDIATE.
    """
    rows = Ladder.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("course", "owner").get(pk=ladder.pk)


def course_topic(course: Course) -> str:
    """What the list of a course's ladders listens to."""
    return f"ladders:{course.pk}"


def announce(ladder: Ladder) -> None:
    """Its page looks different from now on; in the caller's transaction."""
    live.announce(ladder.topic)


def announce_to_course(ladder: Ladder) -> None:
    """… and so do the lists that it stands in."""
    live.announce(ladder.topic)
    live.announce(course_topic(ladder.course))


def access_of(user, ladder: Ladder) -> Access:
    return courses_access.of(user, ladder.course)


def require_owner(user, ladder: Ladder) -> None:
    """Who climbs decides; a person who has left the course no longer does."""
    courses_access.require(ladder.owner_id == user.pk and access_of(user, ladder).may_see)


def one_line(text: str) -> str:
    """A stranger's words on one line: no controls, and nothing that turns the direction of writing."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
