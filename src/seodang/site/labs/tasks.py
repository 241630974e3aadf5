"""What workers do for labs: mark submissions, check revisions, compare what was handed in.

Every task may run twice: what it records, it records once. Arguments are numbers of rows and nothing else: no
source, no test and no answer ever lies in the queue.
"""

from __future__ import annotations

import logging
from typing import Any

from seodang.errors import SeodangError
from seodang.i18n import N_
from seodang.run.errors import ImageLacks, SandboxUnavailable, ZygoteError
from seodang.site.jobs.handle import JobHandle
from seodang.site.jobs.registry import between_jobs, task, when_failed, when_worker_ends
from seodang.site.labs import services
from seodang.site.labs.errors import LabError
from seodang.site.labs.models import Grading, LabRevision, SimilarityReport
from seodang.site.labs.services import autotests, executors
from seodang.site.web.errors import problem_json

log = logging.getLogger(__name__)
# While the site cannot mark, it asks again this often; a missing package is mended by a person, so less often.
SANDBOX_SECONDS = 30.0
PACKAGE_SECONDS = 300.0

between_jobs(executors.close_if_idle)
when_worker_ends(executors.close)


# --- marking --------------------------------------------------------------------------------------------------


@task("labs.mark_submission", max_attempts=5, max_seconds=3600)
def mark_submission(job: JobHandle, *, grading_id: int) -> None:
    """Mark one submission under one revision, in the sandbox."""
    grading = _grading(grading_id)
    if grading is None or not services.start_grading(grading=grading):
        return
    try:
        graded, answers = _graded(job, grading)
    except (SandboxUnavailable, ImageLacks) as error:
        delay = _pause(error)
        log.warning("a submission waits to be marked", extra={"grading": grading_id, "error": str(error)})
        services.let_wait(grading=grading, error=error, delay_seconds=delay, still_mine=job.still_mine)
        return
    except (SeodangError, OSError) as error:
        if job.attempt < 3 and not _is_final(error):
            raise  # a parent that died, a disk that hung: the next attempt may do better
        services.fail_grading(grading=grading, problem=_problem(error), still_mine=job.still_mine)
        return
    services.record_grading(grading=grading, graded=graded, answers=answers, still_mine=job.still_mine)


def _graded(job: JobHandle, grading: Grading) -> tuple[Any, dict[str, str]]:
    from seodang.grade.grade import grade_bytes
    from seodang.grade.merge import merge
    from seodang.grade.notebook import read_notebook

    submission = grading.submission
    lab = services.read_lab(grading.revision)
    with submission.file.open("rb") as file:
        content = file.read()
    merged = merge(lab, read_notebook(content, name=submission.filename))
    topic = submission.lab.topic_of(submission.user)

    def tell(done: int, total: int) -> None:
        job.progress(done, total, topic=topic)

    graded = grade_bytes(lab, submission.filename, content, executors.executor(), on_progress=tell)
    if graded.problem is not None and graded.problem["code"] == ZygoteError.code and job.attempt < 3:
        raise ZygoteError(graded.problem["template"], **graded.problem["params"])
    return graded, services.answer_digests(lab, merged)


def _is_final(error: Exception) -> bool:
    from seodang.grade.errors import GradeError

    return isinstance(error, GradeError)


def _pause(error: SandboxUnavailable | ImageLacks) -> float:
    if isinstance(error, SandboxUnavailable):
        executors.refuse(error)
        return SANDBOX_SECONDS
    return PACKAGE_SECONDS


def _problem(error: Exception) -> dict[str, Any]:
    if isinstance(error, SeodangError):
        return problem_json(error)
    return problem_json(
        LabError(N_("The file could not be read: %(reason)s"), code="unreadable", reason=str(error))
    )


@when_failed("labs.mark_submission")
def marking_was_given_up(reason: str, *, grading_id: int) -> None:
    """The job's attempts are used up: workers died over it, or something broke that nobody foresaw."""
    if (grading := _grading(grading_id)) is not None:
        services.given_up(grading=grading, reason=reason[:500])


# --- checking a revision --------------------------------------------------------------------------------------


@task("labs.check_revision", max_attempts=3, max_seconds=3600)
def check_revision(job: JobHandle, *, revision_id: int) -> None:
    """Prove that the solution earns full points and the released notebook none."""
    from seodang.grade.grade import check_lab

    revision = _revision(revision_id)
    if revision is None or revision.state != "checking":
        return
    try:
        lab = autotests.with_tests(revision, executors.executor())
        report = check_lab(lab, executors.executor())
    except (SandboxUnavailable, ImageLacks) as error:
        log.warning("a lab waits to be checked", extra={"revision": revision_id, "error": str(error)})
        services.record_check_waits(revision=revision, error=error, delay_seconds=_pause(error))
        return
    except SeodangError as error:
        services.record_check_refused(revision=revision, error=error)
        return
    services.record_check(revision=revision, report=report.as_json(), holds=report.holds)


@when_failed("labs.check_revision")
def checking_was_given_up(reason: str, *, revision_id: int) -> None:
    if (revision := _revision(revision_id)) is not None:
        error = LabError(
            N_("The site could not check this notebook: %(reason)s"),
            hint=N_(
                "Upload it again; if it happens once more, the site's staff find the whole reason among the jobs."
            ),
            code="broken",
            reason=reason[:500],
        )
        services.record_check_refused(revision=revision, error=error)


# --- comparing ------------------------------------------------------------------------------------------------


@task("labs.compare", max_attempts=3)
def compare(job: JobHandle, *, report_id: int) -> None:
    """Which submissions are alike."""
    report = _report(report_id)
    if report is None or report.state in {"done", "failed"}:
        return
    result, n_submissions = services.compare(report)
    services.record_similarity(report=report, result=result, n_submissions=n_submissions, still_mine=job.still_mine)


@when_failed("labs.compare")
def comparing_was_given_up(reason: str, *, report_id: int) -> None:
    if (report := _report(report_id)) is not None:
        error = LabError(N_("The site could not compare: %(reason)s"), code="broken", reason=reason[:500])
        services.record_similarity_failed(report=report, error=error)


def _grading(pk: int) -> Grading | None:
    rows = Grading.objects.select_related("submission__lab__course", "submission__user", "revision")
    return rows.filter(pk=pk).first()


def _revision(pk: int) -> LabRevision | None:
    return LabRevision.objects.select_related("lab__course").filter(pk=pk).first()


def _report(pk: int) -> SimilarityReport | None:
    return SimilarityReport.objects.select_related("lab__course", "lab__current").filter(pk=pk).first()
