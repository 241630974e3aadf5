"""What workers do for competitions. Every task may run twice: what it records, it records once."""

from __future__ import annotations

import logging
import random
import shutil
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from seodang.errors import SeodangError
from seodang.i18n import N_
from seodang.site.competitions import services
from seodang.site.competitions.errors import CompetitionError
from seodang.site.competitions.models import Competition, CompetitionState, Entry, FileRole, Scoring
from seodang.site.competitions.services import inputs
from seodang.site.jobs.handle import JobHandle
from seodang.site.jobs.registry import periodic, task, when_failed

log = logging.getLogger(__name__)

N_REPLICATES = 500
# A job of intervals ends after this long and asks for another, so that scores, which go first, get their turn.
MEASURE_SECONDS = 3.0
MEASURE_BATCH = 20
RESCORE_SECONDS = 10.0


# --- preparing ------------------------------------------------------------------------------------------------


@task("competitions.prepare", max_attempts=3)
def prepare(job: JobHandle, *, competition_id: int) -> None:
    """Make what is shown and what is hidden out of the host's tables."""
    from seodang.score.prepare import prepare as prepare_files
    from seodang.score.spec import CompetitionSpec

    competition = _competition(competition_id)
    if competition is None or competition.state != CompetitionState.PREPARING:
        return
    with tempfile.TemporaryDirectory(prefix="seodang-prepare-") as temporary:
        folder, out = Path(temporary) / "in", Path(temporary) / "out"
        folder.mkdir()
        out.mkdir()
        try:
            for file in competition.files.filter(role=FileRole.SOURCE):
                with file.file.open("rb") as source, (folder / file.name).open("xb") as target:
                    shutil.copyfileobj(source, target)
            prepared = prepare_files(CompetitionSpec.model_validate(competition.spec), folder, out)
        except SeodangError as error:
            services.record_preparing_failed(competition=competition, error=error)
            return
        services.record_prepared(competition=competition, prepared=prepared)


@when_failed("competitions.prepare")
def preparing_was_given_up(reason: str, *, competition_id: int) -> None:
    if (competition := _competition(competition_id)) is not None:
        error = CompetitionError(
            N_("The site could not prepare the data: %(reason)s"),
            hint=N_("Try again; if it happens once more, the site's staff find the whole reason among the jobs."),
            code="broken",
            reason=_last_line(reason),
        )
        services.record_preparing_failed(competition=competition, error=error)


# --- scoring --------------------------------------------------------------------------------------------------


@task(
    "competitions.score_entry",
    max_attempts=5,
    max_seconds=600,
    preload=("seodang.score.evaluate", "seodang.score.prediction", "seodang.score.truth"),
)
def score_entry(job: JobHandle, *, entry_id: int) -> None:
    """Score one entry under the newest version of truth and metric."""
    entry = Entry.objects.select_related("competition__course").filter(pk=entry_id).first()
    if entry is not None:
        _score(entry)


def _score(entry: Entry) -> None:
    competition = entry.competition
    version = competition.truth_version
    if entry.scorings.filter(truth_version=version).exists():
        return
    began = time.perf_counter()
    try:
        public, private = _scores(entry, version)
    except (SeodangError, OSError) as error:
        # Trying again would find the same truth and the same file; staff mend it and score the entry again.
        log.warning("entry not scored", extra={"entry": entry.pk, "error": str(error)})
        services.mark_failed(entry=entry, reason=str(error) or type(error).__name__)
        return
    services.record_scoring(
        entry=entry,
        truth_version=version,
        metric=competition.metric,
        public_score=public,
        private_score=private,
        scoring_seconds=time.perf_counter() - began,
    )


def _scores(entry: Entry, version: int) -> tuple[float, float]:
    from seodang.score.evaluate import evaluate

    truth, prediction, metric, options = _what_is_compared(entry, version)
    scores = {
        part: float(evaluate(truth, prediction, metric, part=part, **options)) for part in ("public", "private")
    }
    for part, score in scores.items():
        if not np.isfinite(score):
            raise CompetitionError(
                N_("The %(part)s score is %(score)s, which no board can rank."), part=part, score=str(score)
            )
    return scores["public"], scores["private"]


def _what_is_compared(entry: Entry, version: int) -> tuple[Any, Any, Any, dict[str, Any]]:
    from seodang.score.metrics import METRICS

    name, options = entry.competition.metric_at(version)
    prediction = services.check_entry(competition=entry.competition, path=Path(entry.file.path))
    return inputs.truth(entry.competition, version), prediction, METRICS.get(name), options


@when_failed("competitions.score_entry")
def scoring_was_given_up(reason: str, *, entry_id: int) -> None:
    """The job's attempts are used up: workers died over it, or something broke that nobody foresaw."""
    entry = Entry.objects.select_related("competition").filter(pk=entry_id).first()
    if entry is not None:
        services.mark_failed(entry=entry, reason=_last_line(reason))


# --- uncertainty ----------------------------------------------------------------------------------------------


@task("competitions.measure_uncertainty", max_attempts=5)
def measure_uncertainty(job: JobHandle, *, competition_id: int, truth_version: int) -> None:
    """Intervals and replicates of scorings that have none, in batches, for a few seconds."""
    competition = _competition(competition_id)
    if competition is None:
        return
    waiting = list(_unmeasured(competition, truth_version))
    # Two workers that are here at once begin at different places.
    random.shuffle(waiting)
    until = time.monotonic() + MEASURE_SECONDS
    while waiting and time.monotonic() < until:
        batch, waiting = waiting[:MEASURE_BATCH], waiting[MEASURE_BATCH:]
        measured = [one for pk in batch if (one := _measured(pk)) is not None]
        services.record_uncertainty(competition=competition, measured=measured)
    if waiting:
        services.enqueue_measuring(competition.pk, truth_version, delay_seconds=0)


def _unmeasured(competition: Competition, version: int):
    rows = Scoring.objects.filter(entry__competition=competition, truth_version=version)
    return rows.filter(public_replicates__isnull=True, entry__withdrawn_at__isnull=True).values_list(
        "pk", flat=True
    )


def _measured(scoring_id: int) -> services.Measured | None:
    """One scoring's interval and replicates; empty ones where the entry cannot be read any more."""
    from seodang.score.uncertainty import interval, replicates

    scoring = (
        Scoring.objects.select_related("entry__competition__course")
        .filter(pk=scoring_id, public_replicates__isnull=True)
        .first()
    )
    if scoring is None:
        return None
    version = scoring.truth_version
    found: dict[str, Any] = {}
    try:
        truth, prediction, metric, options = _what_is_compared(scoring.entry, version)
        for part, score in (("public", scoring.public_score), ("private", scoring.private_score)):
            seed = resampling_seed(scoring.entry.competition_id, version)
            values = replicates(
                truth, prediction, metric, part=part, n_replicates=N_REPLICATES, seed=seed, **options
            )
            found[f"{part}_replicates"] = np.asarray(values, dtype=np.float32).tobytes()
            bounds = interval(score, values)
            found[f"{part}_low"], found[f"{part}_high"] = (_finite(bound) for bound in bounds)
    except (SeodangError, OSError) as error:
        log.warning("interval not measured", extra={"scoring": scoring_id, "error": str(error)})
        nothing = {"replicates": b"", "low": None, "high": None}
        found = {f"{part}_{name}": value for part in ("public", "private") for name, value in nothing.items()}
    return services.Measured(scoring_id=scoring_id, **found)


def resampling_seed(competition_id: int, version: int) -> int:
    """The same for every entry of a competition and version, so that their replicates are paired."""
    return int.from_bytes(sha256(f"competition {competition_id}, version {version}".encode()).digest()[:4])


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


# --- the close, and revisions ---------------------------------------------------------------------------------


@periodic("competitions.open_private_boards", seconds=15)
def open_private_boards(job: JobHandle) -> None:
    for competition in services.open_private_boards():
        log.info("private board opened", extra={"competition": competition.pk})


@task("competitions.rescore", max_attempts=20)
def rescore(job: JobHandle, *, competition_id: int, truth_version: int, since: int = 0) -> None:
    """Score every entry under a revision, oldest first; one that cannot be scored does not stop the others."""
    competition = _competition(competition_id)
    if competition is None or competition.truth_version != truth_version:
        return  # a later revision has its own job
    total = competition.entries.count()
    entries = list(
        services.entries_to_rescore(competition, truth_version, since=since).values_list("pk", "ordinal")
    )
    until = time.monotonic() + RESCORE_SECONDS
    for place, (entry_id, ordinal) in enumerate(entries):
        job.progress(total - len(entries) + place, total, topic=competition.topic)
        if time.monotonic() > until:
            services.enqueue_rescoring(competition.pk, truth_version, since=ordinal)
            return
        entry = Entry.objects.select_related("competition__course").filter(pk=entry_id).first()
        if entry is not None and entry.competition.truth_version == truth_version:
            _score(entry)
    job.progress(total, total, topic=competition.topic)


def _competition(pk: int) -> Competition | None:
    return Competition.objects.select_related("course").filter(pk=pk).first()


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:500] if lines else ""
