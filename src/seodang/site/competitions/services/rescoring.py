"""A corrected truth or another metric, after entries came in: everything is scored anew, and the history is kept.

A revision makes a new `truth_version`. The old truth file and all old scorings stay; the `Revision` says who, when
and why, and keeps the metric that held before it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction

from seodang.i18n import N_
from seodang.site.competitions.errors import CompetitionNotReady, RevisionRefused
from seodang.site.competitions.metrics import NEEDS
from seodang.site.competitions.models import (
    Competition,
    CompetitionFile,
    CompetitionState,
    Entry,
    FileRole,
    Revision,
)
from seodang.site.competitions.services import inputs
from seodang.site.competitions.services._common import announce, locked, require_manager
from seodang.site.competitions.services._names import TABLE_TOO_LARGE
from seodang.site.competitions.services.scoring import RESCORE_PRIORITY, show_newest_complete_version
from seodang.site.jobs import services as jobs
from seodang.site.web import files

SHOWN_IDS = 5


def revise(
    *,
    competition: Competition,
    by,
    reason: str,
    truth_stream: BinaryIO | None = None,
    truth_name: str = "",
    metric: str | None = None,
    metric_options: dict[str, Any] | None = None,
) -> Revision:
    """Score everything anew under a corrected truth, another metric or other options of it.

    Args:
        truth_stream: a table with the ids of the truth and its target columns; which rows are public stays.

    Raises:
        RevisionRefused: nothing changes, other ids, or a metric that entries of this format do not fit.
        MetricUndefined, OptionInvalid, TableUnreadable, SpecInvalid: as when a competition is made.
    """
    require_manager(by, competition)
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise RevisionRefused(N_("A revision needs a reason."), hint=N_("Students read it beside the leaderboard."))
    competition.refresh_from_db()
    if competition.state not in {CompetitionState.READY, CompetitionState.PUBLISHED}:
        raise CompetitionNotReady(N_("The data is not prepared yet."), hint=N_("Prepare it first."))
    base = competition.truth_version
    new_metric, options = _metric(competition, metric, metric_options)
    with tempfile.TemporaryDirectory(prefix="seodang-truth-") as folder, files.undone_on_failure() as stored:
        file = None
        truth = inputs.truth(competition, base)
        if truth_stream is not None:
            with files.received(truth_stream, truth_name or "truth.csv", hint=TABLE_TOO_LARGE) as upload:
                truth = corrected_truth(truth, upload.path, new_metric)
            file = _truth_row(competition, truth, Path(folder), base + 1, stored)
        _check(new_metric, truth, options)
        unchanged = (competition.metric, competition.metric_options) == (new_metric.name, options)
        if file is None and unchanged:
            raise RevisionRefused(
                N_("Nothing would change."), hint=N_("Give a corrected truth, another metric, or other options.")
            )
        return _record(competition, base, by, reason, new_metric.name, options, file)


def _metric(
    competition: Competition, name: str | None, options: dict[str, Any] | None
) -> tuple[Any, dict[str, Any]]:
    """The metric to come and its options; entries keep their format, so it must need the same of them."""
    from seodang.score.metrics import METRICS

    now = METRICS.get(competition.metric)
    new = METRICS.get(name or competition.metric)
    if options is None:
        options = competition.metric_options if new is now else {}
    new.read_options(options)
    have, needs = inputs.entry_format(competition), inputs.entry_format(competition, new.name, options)
    if (have.needs, have.columns) != (needs.needs, needs.columns):
        raise RevisionRefused(
            N_("“%(new)s” needs %(needs)s in each row; the entries hold %(have)s."),
            hint=N_("Choose a metric of the same kind, or make a new competition."),
            new=new.name,
            needs=str(NEEDS[needs.needs]),
            have=str(NEEDS[have.needs]),
        )
    return new, dict(options)


def _check(metric: Any, truth: Any, options: dict[str, Any]) -> None:
    """The metric has a value on both parts, as when the competition was made."""
    for part in ("public", "private"):
        piece = truth.part(part)
        metric.check(piece.values, labels=piece.labels or None, **options)


def corrected_truth(old: Any, path: Path, metric: Any) -> Any:
    """A table of corrected targets as a `Truth` of the same ids, in the same order, with the same public rows.

    The id column is the first whose values are the ids; every target column must be there under its name.

    Raises:
        RevisionRefused, TableUnreadable, SpecInvalid
    """
    import numpy as np

    from seodang.score.ids import align
    from seodang.score.tables import open_table, read_text
    from seodang.score.truth import Truth

    table = open_table(path)
    absent = [name for name in old.targets if name not in table.names]
    if absent or len(table.names) < 1 + len(old.targets):
        raise RevisionRefused(
            N_("The truth needs an id column and %(targets)s; this file has %(names)s."),
            targets=", ".join(old.targets),
            names=", ".join(table.names[:10]),
        )
    id_column = next(name for name in table.names if name not in old.targets)
    texts = read_text(table, [id_column, *old.targets])
    received = texts.column(id_column)
    lying = align(old.ids, received)
    if not lying.is_whole:
        raise RevisionRefused(
            N_(
                "The corrected truth must have the ids of the old one, each once: %(missing)s are missing, "
                "%(unknown)s are new, %(repeated)s come again."
            ),
            hint=N_("For example: %(ids)s. Ids are read from the column “%(column)s”."),
            missing=len(lying.missing),
            unknown=len(lying.unknown),
            repeated=len(lying.repeated),
            ids=", ".join(
                _some_ids(old.ids, lying.missing) or _some_ids(received, (*lying.unknown, *lying.repeated))
            ),
            column=id_column,
        )
    if lying.positions is not None:
        texts = texts.take(lying.positions)
    columns = [texts.column(name) for name in old.targets]
    target: Any = columns[0]
    if len(columns) > 1:
        target = np.column_stack([column.cast("float64").to_numpy() for column in columns])
    return Truth.of(old.ids, target, metric, labels=old.labels, public=old.public, targets=old.targets)


def _some_ids(ids: Any, rows: Any) -> list[str]:
    return [str(ids[int(row)]) for row in list(rows)[:SHOWN_IDS]]


def _truth_row(
    competition: Competition, truth: Any, folder: Path, version: int, stored: list[str]
) -> CompetitionFile:
    old = inputs.truth_file(competition, version - 1)
    path = folder / "truth.parquet"
    truth.write(path)
    upload = files.received_path(path)
    row = CompetitionFile(
        competition=competition,
        role=FileRole.TRUTH,
        name=old.name,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        n_rows=len(truth),
        version=version,
    )
    stored.append(files.store(row.file, path))
    return row


def _record(
    competition: Competition,
    base: int,
    by,
    reason: str,
    metric: str,
    options: dict[str, Any],
    file: CompetitionFile | None,
) -> Revision:
    with transaction.atomic():
        current = locked(competition)
        if current.truth_version != base:
            raise RevisionRefused(
                N_("Somebody else revised this competition meanwhile."), hint=N_("Look at theirs, then try again.")
            )
        revision = Revision.objects.create(
            competition=current,
            truth_version=base + 1,
            metric=current.metric,
            metric_options=current.metric_options,
            reason=reason,
            made_by=by,
        )
        if file is not None:
            file.save()
        current.truth_version = base + 1
        current.metric = metric
        current.metric_options = options
        current.save(update_fields=["truth_version", "metric", "metric_options"])
        if Entry.objects.filter(competition=current).exists():
            enqueue_rescoring(current.pk, base + 1)
        show_newest_complete_version(competition=current)
        announce(current)
    competition.refresh_from_db()
    return revision


def enqueue_rescoring(competition_id: int, truth_version: int, *, since: int = 0) -> None:
    """Ask for everything to be scored under a version, from the entry of ordinal `since` on.

    One job works for some seconds and then asks for the next, behind the new entries that came meanwhile.
    """
    jobs.enqueue(
        task="competitions.rescore",
        arguments={"competition_id": competition_id, "truth_version": truth_version, "since": since},
        key=f"competitions.rescore:{competition_id}:{truth_version}",
        priority=RESCORE_PRIORITY,
    )


def entries_to_rescore(competition: Competition, truth_version: int, *, since: int = 0):
    """Entries, withdrawn ones too, that have no score under this version yet; oldest first.

    Those that failed before are among them: a corrected truth may be what they needed.
    """
    return (
        Entry.objects.filter(competition=competition, ordinal__gte=since)
        .exclude(scorings__truth_version=truth_version)
        .order_by("ordinal")
    )
