"""What every service of this app shares: the lock, the announcement, the question who may."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format

from seodang.i18n import N_
from seodang.site.competitions.errors import TeamRefused
from seodang.site.competitions.models import Competition, Membership, Team
from seodang.site.courses import access as courses_access
from seodang.site.jobs import live


def locked(competition: Competition) -> Competition:
    """The competition as it is now, kept from other writers until the transaction ends.

    Whatever counts before it writes (quotas, ordinals, teams) begins with this. On PostgreSQL it locks the row (not
    its key, so that rows which point at it can still be inserted); on SQLite the transaction itself is the lock,
    since it begins IMMEDIATE.
    """
    rows = Competition.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("course").get(pk=competition.pk)


def touch(competition: Competition) -> None:
    """A board may look different from now on: raise its version and tell the pages, in the caller's transaction."""
    Competition.objects.filter(pk=competition.pk).update(board_version=F("board_version") + 1)
    live.announce(competition.topic)


def announce(competition: Competition) -> None:
    """Something other than a board changed."""
    live.announce(competition.topic)


def access_of(user, competition: Competition) -> courses_access.Access:
    return courses_access.of(user, competition.course)


def require_manager(user, competition: Competition) -> None:
    courses_access.require(access_of(user, competition).may_manage)


def require_staff(user, competition: Competition) -> None:
    courses_access.require(access_of(user, competition).may_assist)


def team_of(*, competition: Competition, user) -> Team | None:
    """The team that a person is in; None where they have none."""
    membership = Membership.objects.filter(competition=competition, user=user).select_related("team").first()
    return membership.team if membership else None


def require_not_closed(competition: Competition, now: datetime | None = None) -> None:
    if competition.is_closed(now or timezone.now()):
        raise TeamRefused(
            N_("This competition closed on %(when)s; teams stay as they were then."),
            when=in_words(competition.closes_at, competition),
        )


def in_words(moment: datetime, competition: Competition) -> str:
    """A moment as people of the course read it, in their time zone."""
    local = moment.astimezone(competition.course.tz)
    return f"{date_format(local, 'DATE_FORMAT')} {local:%H:%M} ({competition.course.time_zone})"


def one_line(text: str) -> str:
    """A stranger's words on one line: no controls, and nothing that turns the direction of writing."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
