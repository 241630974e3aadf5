"""How many entries a team may still make. Withdrawn entries count; those that the site failed to score do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils import timezone

from seodang.score.quota import quota_window
from seodang.site.competitions.models import Competition, Entry, Team
from seodang.site.competitions.services._common import team_of


@dataclass(frozen=True)
class Quota:
    """left_total is None where there is no limit in all. resets_at: the next midnight of the course."""

    used_today: int
    left_today: int
    used_total: int
    left_total: int | None
    resets_at: datetime

    @property
    def left(self) -> int:
        """Entries that can be made right now."""
        return self.left_today if self.left_total is None else min(self.left_today, self.left_total)


def quota(*, competition: Competition, team: Team | None = None, user=None, now: datetime | None = None) -> Quota:
    """The quota of a team, or of the team that a person is in (untouched where there is none yet)."""
    if team is None and user is not None:
        team = team_of(competition=competition, user=user)
    start, end = quota_window(now or timezone.now(), competition.course.tz)
    used_today, used_total = used(teams=[team] if team else [], start=start, end=end)
    total = competition.total_quota
    return Quota(
        used_today=used_today,
        left_today=max(0, competition.daily_quota - used_today),
        used_total=used_total,
        left_total=None if total is None else max(0, total - used_total),
        resets_at=end,
    )


def used(*, teams: list[Team], start: datetime, end: datetime) -> tuple[int, int]:
    """(entries in [start, end), entries in all) of these teams together."""
    if not teams:
        return 0, 0
    counts = (
        Entry.objects.filter(team__in=teams)
        .costing()
        .aggregate(
            today=Count("pk", filter=Q(created_at__gte=start, created_at__lt=end)),
            total=Count("pk"),
        )
    )
    return counts["today"], counts["total"]
