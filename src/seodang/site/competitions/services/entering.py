"""Entering: a prediction file is checked, then taken, in that order, so that a wrong file costs nothing.

The clock that counts is the server's at the moment the whole file has arrived. Checking it and waiting for other
writers takes time of its own, and neither turns an entry that came before the close into one that came after.

What is taken is one short transaction: it asks again for everything that may have changed meanwhile, counts the
quota, gives the ordinal and writes the entry together with its job. The competition's lock makes these a queue, so
fifty at once at a quota of five make exactly five entries. The file is in storage before, under a name of its own,
and goes away again if the transaction fails.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from seodang.i18n import N_
from seodang.site.competitions.errors import Closed, CompetitionNotReady, NotOpen, QuotaUsedUp, WithdrawRefused
from seodang.site.competitions.models import (
    Competition,
    CompetitionState,
    Entry,
    EntryState,
    Membership,
    Team,
)
from seodang.site.competitions.services import inputs
from seodang.site.competitions.services._common import (
    access_of,
    announce,
    in_words,
    locked,
    one_line,
    require_staff,
    touch,
)
from seodang.site.competitions.services._names import TABLE_TOO_LARGE
from seodang.site.competitions.services.quotas import quota
from seodang.site.competitions.services.scoring import enqueue_scoring, show_newest_complete_version
from seodang.site.competitions.services.teams import baseline_team, solo_team
from seodang.site.courses import access as courses_access
from seodang.site.web import files


def check_entry(*, competition: Competition, path: Path, max_bytes: int | None = None) -> Any:
    """Read a prediction against the sample entry, and nothing else; the truth is not touched.

    Returns:
        score.prediction.Prediction

    Raises:
        PredictionRefused: with every problem found and its first five rows.
    """
    from seodang.score.prediction import read_prediction

    options = {} if max_bytes is None else {"max_bytes": max_bytes}
    return read_prediction(path, inputs.entry_format(competition), **options)


def enter(
    *,
    competition: Competition,
    user,
    stream: BinaryIO,
    filename: str,
    message: str = "",
    baseline_name: str | None = None,
    received_at: datetime | None = None,
) -> Entry:
    """Take a prediction file of a student's team, or of staff as the marked baseline of that name.

    Args:
        received_at: when the file had arrived; now, if not given.

    Raises:
        PredictionRefused, FileTooLarge: the file. NotOpen, Closed, QuotaUsedUp: the rules. PermissionDenied.
    """
    now = received_at or timezone.now()
    as_baseline = _role(competition, user, baseline_name)
    filename = files.shown_name(filename)
    if not as_baseline:
        # Said early, so that nobody waits for a check that cannot help; what counts is asked again below.
        _require_open(competition, now)
        _require_quota(competition, now, user=user)
    _require_prepared(competition)
    with files.received(stream, filename, hint=TABLE_TOO_LARGE) as upload:
        check_entry(competition=competition, path=upload.path)
        entry = Entry(
            competition=competition,
            user=user,
            message=one_line(message)[:200],
            filename=filename,
            size_bytes=upload.size_bytes,
            sha256=upload.sha256,
            created_at=now,
        )
        with files.undone_on_failure() as stored:
            stored.append(files.store(entry.file, upload.path))
            _take(entry, baseline_name if as_baseline else None)
    return entry


def _take(entry: Entry, baseline_name: str | None) -> None:
    with transaction.atomic():
        competition = locked(entry.competition)
        as_baseline = _role(competition, entry.user, baseline_name)
        _require_prepared(competition)
        if as_baseline:
            team = baseline_team(competition, baseline_name or "")
        else:
            _require_open(competition, entry.created_at)
            team = solo_team(competition, entry.user)
            _require_quota(competition, entry.created_at, team=team)
        entry.competition = competition
        entry.team = team
        last = Entry.objects.filter(competition=competition).aggregate(last=Max("ordinal"))["last"]
        entry.ordinal = (last or 0) + 1
        entry.save(force_insert=True)
        enqueue_scoring(entry)
        announce(competition)


def _role(competition: Competition, user, baseline_name: str | None) -> bool:
    """Whether the person enters a baseline. Staff enter nothing else: they can see the truth."""
    access = access_of(user, competition)
    courses_access.require(access.may_assist or (access.may_take_part and baseline_name is None))
    return access.may_assist


def _require_prepared(competition: Competition) -> None:
    if competition.state not in {CompetitionState.READY, CompetitionState.PUBLISHED}:
        raise CompetitionNotReady(
            N_("The data is not prepared yet, so nothing can be entered."), hint=N_("Prepare it first.")
        )


def _require_open(competition: Competition, now: datetime) -> None:
    if competition.state != CompetitionState.PUBLISHED or now < competition.opens_at:
        raise NotOpen(
            N_("Entries are taken from %(when)s on."),
            hint=N_("The data can be downloaded from then on, too."),
            when=in_words(competition.opens_at, competition),
        )
    if competition.is_closed(now):
        raise Closed(
            N_("This competition closed on %(when)s."),
            hint=N_("The file arrived after that, so it was not taken."),
            when=in_words(competition.closes_at, competition),
        )


def _require_quota(competition: Competition, now: datetime, *, team: Team | None = None, user=None) -> None:
    left = quota(competition=competition, team=team, user=user, now=now)
    if left.left_total == 0:
        raise QuotaUsedUp(
            N_("All %(most)s entries of your team are made."), resets_at=None, most=competition.total_quota
        )
    if left.left_today == 0:
        raise QuotaUsedUp(
            N_("Your team has made its %(most)s entries of today."),
            hint=N_("The next one is possible from %(when)s on."),
            resets_at=left.resets_at,
            most=competition.daily_quota,
            when=in_words(left.resets_at, competition),
        )


def withdraw(*, entry: Entry, by, reason: str = "") -> None:
    """Take an entry off the boards; it stays in the history and still counts against the quota.

    Its team may until the close, staff at any time with a reason.

    Raises:
        WithdrawRefused
    """
    with transaction.atomic():
        competition = locked(entry.competition)
        access = access_of(by, competition)
        if not access.may_assist:
            courses_access.require(Membership.objects.filter(team_id=entry.team_id, user=by).exists())
            if competition.is_closed():
                raise WithdrawRefused(
                    N_("Entries could be withdrawn until %(when)s."),
                    hint=N_("Ask the course's staff if this one must go."),
                    when=in_words(competition.closes_at, competition),
                )
        reason = one_line(reason)[:200]
        if access.may_assist and not reason:
            raise WithdrawRefused(
                N_("Withdrawing somebody's entry needs a reason."), hint=N_("The team will read it.")
            )
        changed = Entry.objects.filter(pk=entry.pk).standing()
        if changed.update(withdrawn_at=timezone.now(), withdrawn_reason=reason, is_final_pick=False):
            show_newest_complete_version(competition=competition)
            touch(competition)
    entry.refresh_from_db(fields=["withdrawn_at", "withdrawn_reason", "is_final_pick"])


def score_again(*, entry: Entry, by) -> None:
    """Try an entry again that could not be scored, after what was wrong is mended."""
    require_staff(by, entry.competition)
    with transaction.atomic():
        competition = locked(entry.competition)
        waiting = Entry.objects.filter(pk=entry.pk, state=EntryState.FAILED)
        if waiting.update(state=EntryState.WAITING, problem=""):
            enqueue_scoring(entry)
            announce(competition)
