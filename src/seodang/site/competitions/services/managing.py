"""Changing the rules of a competition, showing it to students, taking it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from seodang.i18n import N_
from seodang.site.competitions.errors import CompetitionNotReady, SettingRefused
from seodang.site.competitions.models import Competition, CompetitionState, Entry
from seodang.site.competitions.services._common import announce, locked, require_manager, touch
from seodang.site.web import files

# What may change at any time. Metric and truth are not among them: before the first entry they are chosen by
# preparing again, afterwards by a revision.
SETTINGS = (
    *("title", "summary", "description", "opens_at", "closes_at"),
    *("daily_quota", "total_quota", "team_size", "final_picks"),
)
LEAST = {"daily_quota": 1, "total_quota": 1, "team_size": 1, "final_picks": 1}


def update_settings(*, competition: Competition, by, **fields: Any) -> Competition:
    """Change any of `SETTINGS`; times are aware.

    Raises:
        SettingRefused: a value that cannot be, or not any more; `.field` names it.
    """
    require_manager(by, competition)
    for name in fields:
        if name not in SETTINGS:
            raise SettingRefused(
                N_("“%(name)s” cannot be changed here."),
                hint=N_("Prepare the data again, or make a revision once there are entries."),
                field=name,
                name=name,
            )
    with transaction.atomic():
        current = locked(competition)
        before = {name: getattr(current, name) for name in SETTINGS}
        for name, value in fields.items():
            setattr(current, name, value)
        _check_values(current, fields)
        _check_times(current, before)
        _check_team_size(current, before)
        current.save(update_fields=list(fields) or ["title"])
        touch(current)
    return current


def _check_values(competition: Competition, fields: dict[str, Any]) -> None:
    for name, least in LEAST.items():
        value = fields.get(name, least)
        if value is None and name == "total_quota":
            continue
        if not isinstance(value, int) or value < least:
            raise SettingRefused(N_("This must be a whole number of at least %(least)s."), field=name, least=least)
    for name in ("opens_at", "closes_at"):
        value = fields.get(name, competition.opens_at)
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise SettingRefused(N_("This must be a time with its zone."), field=name)
    try:
        competition.clean_fields(exclude=[f.name for f in competition._meta.fields if f.name not in fields])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise SettingRefused("%(problem)s", field=field, problem=" ".join(messages)) from error


def _check_times(competition: Competition, before: dict[str, Any]) -> None:
    if competition.closes_at <= competition.opens_at:
        raise SettingRefused(N_("The close must come after the opening."), field="closes_at")
    if competition.private_opened_at and competition.closes_at != before["closes_at"]:
        raise SettingRefused(
            N_("The private leaderboard is open, so the close can no longer move."),
            hint=N_("Everybody knows the private scores by now. Hold a new competition instead."),
            field="closes_at",
        )


def _check_team_size(competition: Competition, before: dict[str, Any]) -> None:
    if competition.team_size >= before["team_size"]:
        return
    sizes = competition.teams.annotate(size=Count("memberships")).values_list("size", flat=True)
    if (largest := max(sizes, default=0)) > competition.team_size:
        raise SettingRefused(
            N_("There is a team of %(largest)s already."),
            hint=N_("Teams are not taken apart; the limit can be no lower than that."),
            field="team_size",
            largest=largest,
        )


def publish(*, competition: Competition, by) -> None:
    """Show it to students.

    Raises:
        CompetitionNotReady: not prepared. SettingRefused: the close has passed.
    """
    require_manager(by, competition)
    with transaction.atomic():
        current = locked(competition)
        if current.state == CompetitionState.PUBLISHED:
            return
        if current.state != CompetitionState.READY:
            raise CompetitionNotReady(
                N_("The data is not prepared yet, so there is nothing to show."), hint=N_("Prepare it first.")
            )
        if current.is_closed(timezone.now()):
            raise SettingRefused(
                N_("The close has passed."), hint=N_("Choose a later one first."), field="closes_at"
            )
        _set_state(current, CompetitionState.PUBLISHED)


def unpublish(*, competition: Competition, by) -> None:
    """Hide it from students again, while none has entered."""
    require_manager(by, competition)
    with transaction.atomic():
        current = locked(competition)
        if current.state != CompetitionState.PUBLISHED:
            return
        if _entries_of_students(current).exists():
            raise CompetitionNotReady(
                N_("Students have entered, so they keep seeing this competition."),
                hint=N_("To end it, move the close to now."),
            )
        _set_state(current, CompetitionState.READY)


def _set_state(competition: Competition, state: CompetitionState) -> None:
    competition.state = state
    competition.save(update_fields=["state"])
    announce(competition)


def _entries_of_students(competition: Competition):
    return Entry.objects.filter(competition=competition, team__is_baseline=False)


def delete_competition(*, competition: Competition, by) -> None:
    """Take it away with all its files, while no student has entered."""
    require_manager(by, competition)
    with transaction.atomic():
        current = locked(competition)
        if _entries_of_students(current).exists():
            raise CompetitionNotReady(
                N_("Students have entered, so this competition stays."),
                hint=N_("To end it, move the close to now; its entries belong to the course's records."),
            )
        names = [*current.files.values_list("file", flat=True), *current.entries.values_list("file", flat=True)]
        announce(current)
        current.delete()
        files.remove_after_commit(names)
