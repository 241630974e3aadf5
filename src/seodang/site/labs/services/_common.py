"""What every service of this app shares: the lock, the announcement, the question who may, moments in words."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format

from seodang.site.courses import access as courses_access
from seodang.site.jobs import live
from seodang.site.labs.models import Lab, Submission


def locked(lab: Lab) -> Lab:
    """The lab as it is now, kept from other writers until the transaction ends.

    Whatever counts before it writes (attempts, revisions) begins with this. On PostgreSQL it locks the row (not its
    key, so that rows which point at it can still be inserted); on SQLite the transaction itself is the lock, since
    it begins IMMEDIATE.
    """
    rows = Lab.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("course", "current").get(pk=lab.pk)


def locked_submission(submission: Submission) -> Submission:
    """The submission as it is now, kept from other writers until the transaction ends."""
    rows = Submission.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("lab__course", "user").get(pk=submission.pk)


def announce(lab: Lab, *users) -> None:
    """Staff's pages, and those of these students, look different from now on; in the caller's transaction."""
    live.announce(lab.topic)
    for user in users:
        live.announce(lab.topic_of(user))


def announce_to_all(lab: Lab) -> None:
    """The same for everybody who has handed in, and for who follows the course's pages."""
    live.announce(lab.topic)
    for user_id in lab.submissions.order_by().values_list("user_id", flat=True).distinct():
        live.announce(f"{lab.topic}:{user_id}")


def access_of(user, lab: Lab) -> courses_access.Access:
    return courses_access.of(user, lab.course)


def require_manager(user, lab: Lab) -> None:
    courses_access.require(access_of(user, lab).may_manage)


def require_staff(user, lab: Lab) -> None:
    courses_access.require(access_of(user, lab).may_assist)


def in_words(moment: datetime, lab: Lab) -> str:
    """A moment as people of the course read it, in their time zone."""
    local = moment.astimezone(lab.course.tz)
    return f"{date_format(local, 'DATE_FORMAT')} {local:%H:%M} ({lab.course.time_zone})"


def one_line(text: str) -> str:
    """A stranger's words on one line: no controls, and nothing that turns the direction of writing."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
