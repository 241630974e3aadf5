"""Choosing the entries that count at the end."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from seodang.i18n import N_
from seodang.site.competitions.errors import PickRefused
from seodang.site.competitions.models import Entry, EntryState, Membership, Team
from seodang.site.competitions.services._common import in_words, locked, touch
from seodang.site.courses import access as courses_access


def pick_finals(*, team: Team, by, entries: Iterable[Entry]) -> None:
    """Make exactly these the team's final entries; none takes the picks back, and its best public ones count.

    Raises:
        PickRefused: after the close, too many, or an entry that is not a standing one of the team.
    """
    wanted = {entry.pk for entry in entries}
    with transaction.atomic():
        competition = locked(team.competition)
        courses_access.require(Membership.objects.filter(team=team, user=by).exists())
        if competition.is_closed():
            raise PickRefused(
                N_("Final entries could be picked until %(when)s."),
                when=in_words(competition.closes_at, competition),
            )
        if len(wanted) > competition.final_picks:
            raise PickRefused(
                N_("%(count)s entries are picked; at most %(most)s count."),
                count=len(wanted),
                most=competition.final_picks,
            )
        own = Entry.objects.filter(team=team).standing().exclude(state=EntryState.FAILED)
        if own.filter(pk__in=wanted).count() != len(wanted):
            raise PickRefused(N_("Only standing entries of your own team can be picked."))
        own.filter(is_final_pick=True).exclude(pk__in=wanted).update(is_final_pick=False)
        own.filter(pk__in=wanted).update(is_final_pick=True)
        touch(competition)
