"""Workers mark for real, in the sandbox; and what happens where none holds."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.site import world

from seodang.site.jobs import services as jobs
from seodang.site.jobs import worker as workers
from seodang.site.jobs.models import Job, JobState
from seodang.site.labs import services, tasks
from seodang.site.labs.models import Grading, LabRevision, Submission
from seodang.site.labs.services import executors

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox():
    """Real children of a real sandbox, shared by this file."""
    from seodang.run.check import require_holding
    from seodang.run.errors import RunError
    from seodang.run.sandboxes import choose

    try:
        require_holding(choose("bubblewrap"))
    except RunError as error:
        pytest.skip(str(error))
    yield
    executors.close()


@pytest.fixture(autouse=True)
def no_refusal_of_before():
    executors._kept.refusal = None
    yield
    executors._kept.refusal = None


def work() -> int:
    Job.objects.filter(state=JobState.WAITING).update(run_after=timezone.now())
    return workers.run_due()


def unchecked(course, source: bytes, **fields):
    lab = world.make_lab(course, slug="other", source=source, **fields)
    revision = services.revise(lab=lab, by=lab.created_by, stream=io.BytesIO(source), filename="doubling.ipynb")
    return lab, revision


# --- in the sandbox -------------------------------------------------------------------------------------------


def test_a_worker_marks_what_students_handed_in(sandbox, lab, student, add_student):
    right = world.hand_in(lab, student, world.answered(own="print(double(21))"))
    wrong = world.hand_in(lab, add_student("Kim"), world.answered(double="return abs(x) * 2"))
    empty = world.hand_in(lab, add_student("Lee"), world.answered(double="raise NotImplementedError()", why=""))
    assert work() == 3
    points = {}
    for submission in (right, wrong, empty):
        submission.refresh_from_db()
        assert (submission.state, submission.grading.problem) == ("marked", None)
        points[submission.pk] = services.points_of(submission)
    assert points[right.pk].question("test_double").points == 4
    assert points[wrong.pk].question("test_double").points == 0
    assert [check.passed for check in points[wrong.pk].question("test_double").checks] == [True, False]
    assert points[empty.pk].question("why").status == "unchanged"
    assert points[right.pk].n_waiting == 2
    assert "42" in json.dumps(services.notebook_of(right.grading))
    assert right.grading.answers["why"] == wrong.grading.answers["why"] != empty.grading.answers.get("why")


def test_nothing_hidden_leaves_with_the_executed_notebook_or_what_a_student_sees(sandbox, lab, student):
    submission = world.hand_in(lab, student, world.answered(double="return abs(x) * 2"))
    work()
    submission.refresh_from_db()
    told = json.dumps(services.notebook_of(submission.grading))
    seen = repr(services.seen_by_student(services.points_of(submission), lab))
    assert not any(secret in told + seen for secret in world.SECRETS)
    # So that this test can fail: staff do see what a hidden test said.
    assert "double(-3) == -6" in json.dumps(submission.grading.result)


def test_progress_tells_of_cells_and_the_students_page_hears_of_it(sandbox, lab, student, monkeypatch):
    told = []
    monkeypatch.setattr(
        "seodang.site.jobs.handle.JobHandle.progress",
        lambda _self, done, total, text="", *, topic="": told.append((done, total, topic)),
    )
    world.hand_in(lab, student)
    work()
    assert told
    assert {topic for _done, _total, topic in told} == {lab.topic_of(student)}
    assert all(0 <= done <= total for done, total, _topic in told)


def test_the_check_of_a_good_lab_makes_it_current(sandbox, course, professor):
    lab, revision = unchecked(course, world.lab_source())
    work()
    revision.refresh_from_db()
    lab.refresh_from_db()
    assert (revision.state, revision.problem, lab.current) == ("good", None, revision)
    assert revision.report["holds"]
    assert {row["id"] for row in revision.report["questions"]} == {"test_double", "why", "own"}


def test_the_check_of_a_lab_whose_solution_fails_says_so(sandbox, course, professor):
    lab, revision = unchecked(course, world.lab_source(hidden="assert double(1) == 3"))
    work()
    revision.refresh_from_db()
    lab.refresh_from_db()
    assert (revision.state, lab.current.number) == ("doubtful", 1)
    assert not revision.report["holds"]


def test_a_regrade_marks_under_its_revision(sandbox, lab, student, professor, assistant):
    submission = world.hand_in(lab, student, world.answered(double="return abs(x) * 2"))
    work()
    mended = io.BytesIO(world.lab_source(hidden="assert double(3) == 6"))
    services.revise(lab=lab, by=professor, stream=mended, filename="doubling.ipynb")
    work()
    lab.refresh_from_db()
    regrade = services.start_regrade(lab=lab, by=assistant)
    work()
    regrade.refresh_from_db()
    assert regrade.state == "ready"
    services.apply(regrade=regrade, by=assistant)
    submission.refresh_from_db()
    assert services.points_of(submission).question("test_double").points == 4


def test_one_executor_is_kept_between_jobs_and_closed_when_idle(sandbox, lab, student, monkeypatch):
    executors.close()
    world.hand_in(lab, student)
    work()
    kept = executors._kept.executor
    world.hand_in(lab, student, world.answered(why="Anew"))
    work()
    assert executors._kept.executor is kept
    executors.close_if_idle()
    assert executors._kept.executor is kept
    monkeypatch.setattr(executors._kept, "used_at", executors._kept.used_at - executors.IDLE_SECONDS - 1)
    executors.close_if_idle()
    assert executors._kept.executor is None


def test_a_package_that_the_image_lacks_lets_the_check_wait_and_names_it(sandbox, course, professor):
    source = json.loads(world.lab_source())
    source["metadata"]["seodang"]["packages"] = ["no_such_package_of_ours"]
    _lab, revision = unchecked(course, json.dumps(source).encode())
    work()
    revision.refresh_from_db()
    assert revision.state == "checking"
    assert "no_such_package_of_ours" in " ".join(revision.problem_texts)


# --- where none holds -----------------------------------------------------------------------------------------


def test_without_a_sandbox_work_waits_with_a_reason_costs_nothing_and_is_marked_later(
    lab, student, settings, monkeypatch
):
    executors.close()
    settings.SANDBOX = "none"
    submission = world.hand_in(lab, student)
    for _again in range(3):
        Job.objects.filter(state=JobState.WAITING).update(run_after=timezone.now())
        job = jobs.claim(worker="here")
        assert workers.run_job(job)
    submission.refresh_from_db()
    assert (submission.state, submission.grading.state) == ("waiting", "waiting")
    message, hint = submission.grading.problem_texts
    assert "none" in message
    assert hint
    waiting = Job.objects.get(state=JobState.WAITING)
    assert waiting.pk == submission.grading.job_id
    assert waiting.run_after > timezone.now()
    assert services.progress_of(submission).reason
    monkeypatch.setattr(tasks, "_graded", lambda _job, _grading: (world.graded(), {}))
    work()
    submission.refresh_from_db()
    assert (submission.state, submission.grading.problem) == ("marked", None)
    assert Grading.objects.count() == 1


def test_without_a_sandbox_a_lab_waits_for_its_check(course, professor, settings):
    executors.close()
    settings.SANDBOX = "none"
    _lab, revision = unchecked(course, world.lab_source())
    Job.objects.filter(task="labs.check_revision").update(run_after=timezone.now())
    assert workers.run_job(jobs.claim(worker="here"))
    revision.refresh_from_db()
    assert (revision.state, bool(revision.problem)) == ("checking", True)
    assert Job.objects.filter(task="labs.check_revision", state=JobState.WAITING).exists()


# --- workers that die -----------------------------------------------------------------------------------------


def test_a_worker_that_died_in_the_middle_loses_nothing(lab, student, monkeypatch):
    submission = world.hand_in(lab, student)
    died = jobs.claim(worker="one", lease_seconds=30)
    services.start_grading(grading=submission.grading)
    Job.objects.filter(pk=died.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    monkeypatch.setattr(tasks, "_graded", lambda _job, _grading: (world.graded(), {}))
    work()
    submission.refresh_from_db()
    assert submission.state == "marked"
    # The one that was taken for dead comes back with an answer of its own.
    monkeypatch.setattr(tasks, "_graded", lambda _job, _grading: (world.graded("0"), {}))
    Grading.objects.update(state="running")
    assert not workers.run_job(died)
    assert Grading.objects.get().points == 4


def test_a_job_that_is_begun_again_after_its_last_word_marks_nothing_twice(lab, student, monkeypatch):
    submission = world.hand_in(lab, student)
    monkeypatch.setattr(tasks, "_graded", lambda _job, _grading: (world.graded(), {}))
    work()
    Job.objects.filter(task="labs.mark_submission").update(state=JobState.WAITING)
    monkeypatch.setattr(tasks, "_graded", lambda _job, _grading: pytest.fail("marked twice"))
    work()
    submission.refresh_from_db()
    assert submission.state == "marked"


def test_a_job_that_keeps_breaking_refuses_the_submission_and_costs_no_attempt(lab, student, monkeypatch):
    submission = world.hand_in(lab, student)

    def broken(_job, _grading):
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(tasks, "_graded", broken)
    for _attempt in range(6):
        work()
    submission.refresh_from_db()
    assert submission.state == "refused"
    assert Job.objects.get(task="labs.mark_submission").state == JobState.FAILED
    assert services.standing_of(lab=lab, user=student).n_attempts == 0
    assert "nobody foresaw this" in submission.grading.problem["params"]["reason"]


def test_rows_that_are_gone_are_no_error():
    for name, arguments in (
        ("labs.mark_submission", {"grading_id": 0}),
        ("labs.check_revision", {"revision_id": 0}),
        ("labs.compare", {"report_id": 0}),
    ):
        jobs.enqueue(task=name, arguments=arguments)
    assert work() == 3
    assert not Job.objects.exclude(state=JobState.DONE).exists()
    assert not Submission.objects.exists()
    assert not LabRevision.objects.exists()
