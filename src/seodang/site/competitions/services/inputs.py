"""What entries are checked and scored against, read once and kept in the process.

Keys hold the content's own digest, so a file prepared anew is never mistaken for the one before. Both caches hold
few items, since one may be a table of a million rows. The format comes from the sample entry alone and is all that
taking an entry reads; only workers and revisions ask for the truth.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from seodang.i18n import N_
from seodang.site.competitions.errors import CompetitionNotReady
from seodang.site.competitions.models import Competition, CompetitionFile, FileRole


def entry_format(competition: Competition, metric: str = "", options: dict[str, Any] | None = None) -> Any:
    """The `score.prediction.EntryFormat` of this competition, or what it would be under another metric.

    Raises:
        CompetitionNotReady: there is no sample entry yet.
    """
    sample = competition.files.filter(role=FileRole.SAMPLE).order_by("-version").first()
    if sample is None:
        raise CompetitionNotReady(N_("The data is not prepared yet."), hint=N_("Prepare it first."))
    metric, options = (metric, options) if metric else (competition.metric, competition.metric_options)
    kept_options = json.dumps(options or {}, sort_keys=True)
    return _format(sample.file.path, sample.sha256, metric, kept_options, tuple(competition.labels))


@lru_cache(maxsize=8)
def _format(path: str, _sha256: str, metric: str, options: str, labels: tuple[str, ...]) -> Any:
    from seodang.score.metrics import METRICS
    from seodang.score.prediction import EntryFormat

    return EntryFormat.from_sample(Path(path), METRICS.get(metric), labels, **json.loads(options))


def truth_file(competition: Competition, version: int) -> CompetitionFile:
    """The truth that holds in this version: the last one that came with it or before."""
    found = competition.files.filter(role=FileRole.TRUTH, version__lte=version).order_by("-version").first()
    if found is None:
        raise CompetitionNotReady(N_("There is no truth to score against."), hint=N_("Prepare the data again."))
    return found


def truth(competition: Competition, version: int) -> Any:
    """The `score.truth.Truth` of a version; for workers only."""
    file = truth_file(competition, version)
    return _truth(file.file.path, file.sha256)


@lru_cache(maxsize=4)
def _truth(path: str, _sha256: str) -> Any:
    from seodang.score.truth import Truth

    return Truth.read(Path(path))
