"""What workers record: scores, their uncertainty, failures, and the opening of private boards.

A scoring belongs to one version of truth and metric. After a revision the boards keep showing the version before
until every standing entry that they show is scored anew, and then change over at once, so that no board ever holds
half of each (`Competition.shown_version`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from seodang.site.competitions.models import Competition, CompetitionState, Entry, EntryState, Scoring
from seodang.site.competitions.services._common import locked, touch
from seodang.site.jobs import services as jobs

SCORE_PRIORITY = 10
RESCORE_PRIORITY = -1  # not 0, which means the task's own
MEASURE_PRIORITY = -10
# Entries that came in time may still be in the queue at the close; the private board waits so long for them.
LAST_SCORES = timedelta(minutes=10)


@dataclass(frozen=True)
class Measured:
    """Interval and replicates of one scoring; replicates are float32 bytes, empty where they cannot be had."""

    scoring_id: int
    public_low: float | None
    public_high: float | None
    public_replicates: bytes
    private_low: float | None
    private_high: float | None
    private_replicates: bytes


def enqueue_scoring(entry: Entry, *, priority: int = SCORE_PRIORITY) -> None:
    """Ask for an entry to be scored, in the caller's transaction.

    Without a key: an entry asks once, and looking for another job of it would cost each entry four statements.
    """
    jobs.enqueue(
        task="competitions.score_entry",
        arguments={"entry_id": entry.pk},
        priority=priority,
    )


def enqueue_measuring(competition_id: int, truth_version: int, *, delay_seconds: float = 0.5) -> None:
    """Ask for the intervals of whatever has none; a little later, so that one job serves many entries."""
    jobs.enqueue(
        task="competitions.measure_uncertainty",
        arguments={"competition_id": competition_id, "truth_version": truth_version},
        key=f"competitions.measure_uncertainty:{competition_id}:{truth_version}",
        priority=MEASURE_PRIORITY,
        delay_seconds=delay_seconds,
    )


def record_scoring(
    *,
    entry: Entry,
    truth_version: int,
    metric: str,
    public_score: float,
    private_score: float,
    scoring_seconds: float = 0.0,
) -> bool:
    """Keep the scores of an entry under a version, once; False where they were kept before."""
    with transaction.atomic():
        competition = locked(entry.competition)
        if Scoring.objects.filter(entry=entry, truth_version=truth_version).exists():
            return False
        Scoring.objects.create(
            entry=entry,
            truth_version=truth_version,
            metric=metric,
            public_score=public_score,
            private_score=private_score,
            scoring_seconds=scoring_seconds,
        )
        Entry.objects.filter(pk=entry.pk).update(state=EntryState.SCORED, problem="")
        _show_newest_complete_version(competition)
        enqueue_measuring(competition.pk, truth_version)
        touch(competition)
    return True


def mark_failed(*, entry: Entry, reason: str) -> None:
    """The site could not score an entry: it gets its attempt back, and staff can read why."""
    with transaction.atomic():
        competition = locked(entry.competition)
        if Scoring.objects.filter(entry=entry, truth_version=competition.truth_version).exists():
            return
        Entry.objects.filter(pk=entry.pk).update(
            state=EntryState.FAILED, problem=reason[:2000], is_final_pick=False
        )
        _show_newest_complete_version(competition)
        touch(competition)


def _show_newest_complete_version(competition: Competition) -> None:
    """Change the boards over when nothing that they show lacks a score under the newest version."""
    newest = competition.truth_version
    if competition.shown_version == newest:
        return
    shown = Entry.objects.filter(competition=competition, scorings__truth_version=competition.shown_version)
    lacking = shown.standing().costing().exclude(scorings__truth_version=newest)
    if not lacking.exists():
        competition.shown_version = newest
        Competition.objects.filter(pk=competition.pk).update(shown_version=newest)


def show_newest_complete_version(*, competition: Competition) -> None:
    """The same, asked from outside: after a withdrawal, or for a revision without entries."""
    with transaction.atomic():
        current = locked(competition)
        before = current.shown_version
        _show_newest_complete_version(current)
        if current.shown_version != before:
            touch(current)


def record_uncertainty(*, competition: Competition, measured: Iterable[Measured]) -> None:
    """Keep intervals and replicates of a batch of scorings; one announcement for all."""
    measured = list(measured)
    if not measured:
        return
    fields = [name for name in Measured.__dataclass_fields__ if name != "scoring_id"]
    rows = [Scoring(pk=one.scoring_id, **{name: getattr(one, name) for name in fields}) for one in measured]
    with transaction.atomic():
        locked(competition)
        Scoring.objects.bulk_update(rows, fields, batch_size=50)
        touch(competition)


def open_private_boards(*, now: datetime | None = None) -> list[Competition]:
    """Open every private board whose competition has closed and has its last scores. Returns those opened."""
    now = now or timezone.now()
    due = Competition.objects.filter(
        state=CompetitionState.PUBLISHED, closes_at__lte=now, private_opened_at__isnull=True
    )
    return [competition for competition in due if _open_private_board(competition, now)]


def _open_private_board(competition: Competition, now: datetime) -> bool:
    with transaction.atomic():
        current = locked(competition)
        if current.private_opened_at or not current.is_closed(now):
            return False
        waiting = current.entries.standing().filter(state=EntryState.WAITING).exists()
        rescoring = current.shown_version != current.truth_version
        if (waiting or rescoring) and now < current.closes_at + LAST_SCORES:
            return False
        Competition.objects.filter(pk=current.pk).update(private_opened_at=now)
        touch(current)
        return True
