"""Which submissions are alike: a report over those that count, made by a worker, for staff to look at.

A report keeps `grade.similarity`'s pairs with submission ids for keys. It says that two texts are alike, never why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from seodang.errors import SeodangError
from seodang.site.jobs import services as jobs
from seodang.site.jobs.errors import LeaseLost
from seodang.site.labs.models import GradingState, Lab, SimilarityReport, Submission
from seodang.site.labs.services import inputs
from seodang.site.labs.services._common import announce, require_staff
from seodang.site.labs.services.points import class_standings
from seodang.site.web.errors import problem_json

if TYPE_CHECKING:
    from seodang.grade import similarity

COMPARE_PRIORITY = -3


@dataclass(frozen=True)
class FoundPair:
    """Two submissions that share more than an exercise explains. share_a: part of A's own text that is in B."""

    a: Submission
    b: Submission
    share_a: float
    share_b: float
    tokens: int
    strength: float

    @property
    def share(self) -> float:
        return max(self.share_a, self.share_b)


@dataclass(frozen=True)
class SideBySide:
    """One pair to read: cells of both sides, each line with the numbers of its shared passages (`pair.regions`)."""

    report: SimilarityReport
    a: Submission
    b: Submission
    pair: similarity.Pair[int]
    cells_a: tuple[similarity.SideCell, ...]
    cells_b: tuple[similarity.SideCell, ...]


def start_similarity(*, lab: Lab, by) -> SimilarityReport:
    """Ask for a new report; one that waits already is given back."""
    require_staff(by, lab)
    with transaction.atomic():
        waiting = lab.similarity_reports.filter(state__in=[GradingState.WAITING, GradingState.RUNNING]).first()
        if waiting is not None:
            return waiting
        report = SimilarityReport.objects.create(lab=lab, made_by=by)
        job = jobs.enqueue(
            task="labs.compare",
            arguments={"report_id": report.pk},
            key=f"labs.compare:{report.pk}",
            priority=COMPARE_PRIORITY,
        )
        report.job_id = job.pk if job else None
        report.save(update_fields=["job_id"])
        announce(lab)
    return report


def compare(report: SimilarityReport) -> tuple[dict[str, Any], int]:
    """The comparison itself, as a worker does it: (result as JSON, how many submissions were compared)."""
    from seodang.grade import similarity

    lab = report.lab
    cells = {}
    for row in class_standings(lab):
        if row.submission is not None and (found := cells_of(row.submission)) is not None:
            cells[row.submission.pk] = found
    released = inputs.read_lab(lab.current, with_data=False).release() if lab.current else {}
    result = similarity.compare(cells, similarity.cells_of(released))
    return {"pairs": [asdict(pair) for pair in result.pairs], "cut": result.cut}, result.n_submissions


def cells_of(submission: Submission) -> list[similarity.Cell] | None:
    """The cells of a submission as it was handed in; None where it cannot be read any more."""
    from seodang.grade import similarity
    from seodang.grade.errors import SubmissionRefused
    from seodang.grade.notebook import read_notebook

    try:
        with submission.file.open("rb") as file:
            notebook = read_notebook(file.read(), name=submission.filename)
    except (SubmissionRefused, OSError):
        return None
    cells = [
        {"cell_type": cell.cell_type, "source": cell.source, "metadata": cell.metadata} for cell in notebook.cells
    ]
    return similarity.cells_of({"cells": cells})


def record_similarity(
    *, report: SimilarityReport, result: dict[str, Any], n_submissions: int, still_mine: Callable[[], bool]
) -> None:
    with transaction.atomic():
        if not still_mine():
            raise LeaseLost("The report belongs to another worker by now.")
        SimilarityReport.objects.filter(pk=report.pk).exclude(state=GradingState.DONE).update(
            state=GradingState.DONE, result=result, n_submissions=n_submissions, problem=None
        )
        announce(report.lab)


def record_similarity_failed(*, report: SimilarityReport, error: SeodangError) -> None:
    with transaction.atomic():
        SimilarityReport.objects.filter(pk=report.pk).exclude(state=GradingState.DONE).update(
            state=GradingState.FAILED, problem=problem_json(error)
        )
        announce(report.lab)


# --- reading it -----------------------------------------------------------------------------------------------


def pairs_of(report: SimilarityReport) -> list[FoundPair]:
    """The report's pairs, the likeliest first; without those of which a submission is gone."""
    rows = (report.result or {}).get("pairs", ())
    wanted = {key for row in rows for key in (row["a"], row["b"])}
    found = Submission.objects.filter(lab=report.lab_id, pk__in=wanted).select_related("user").in_bulk()
    return [
        FoundPair(found[row["a"]], found[row["b"]], row["share_a"], row["share_b"], row["tokens"], row["strength"])
        for row in rows
        if row["a"] in found and row["b"] in found
    ]


def pair(*, report: SimilarityReport, a: Submission, b: Submission) -> SideBySide | None:
    """Two submissions of a report side by side; None where the report has no such pair."""
    from seodang.grade import similarity

    rows = (report.result or {}).get("pairs", ())
    row = next((one for one in rows if {one["a"], one["b"]} == {a.pk, b.pk}), None)
    if row is None:
        return None
    if row["a"] != a.pk:
        a, b = b, a
    cells_a, cells_b = cells_of(a), cells_of(b)
    if cells_a is None or cells_b is None:
        return None
    read = pair_from_json(row)
    side_a, side_b = similarity.side_by_side(read, cells_a, cells_b)
    return SideBySide(report, a, b, read, side_a, side_b)


def pair_from_json(row: Mapping[str, Any]) -> similarity.Pair[int]:
    from seodang.grade import similarity

    regions = tuple(
        similarity.Region(**{**region, "a": similarity.Span(**region["a"]), "b": similarity.Span(**region["b"])})
        for region in row["regions"]
    )
    questions = tuple(similarity.QuestionPair(**one) for one in row["questions"])
    return similarity.Pair(**{**row, "regions": regions, "questions": questions})
