"""Worker processes, and what is left when one is killed."""

from __future__ import annotations

import signal

from django.db import transaction
from tests.site.processes import wait_until

from seodang.site.jobs import live, services
from seodang.site.jobs.models import Announcement, Job, JobState, WorkerBeat
from seodang.site.jobs.worker import run_due


def noted(topic: str) -> int:
    return Announcement.objects.filter(topic=topic).count()


def test_two_workers_never_run_one_job_twice(start_worker):
    for number in range(30):
        services.enqueue(task="crew.note", arguments={"text": str(number)})
    workers = [start_worker("anna", "--drain"), start_worker("ben", "--drain")]
    for worker in workers:
        assert worker.wait(timeout=60) == 0
    assert Job.objects.filter(state=JobState.DONE).count() == 30
    assert all(noted(f"begun:{number}") == noted(f"done:{number}") == 1 for number in range(30))


def test_worker_killed_in_the_middle_of_a_job_loses_nothing(start_worker):
    services.enqueue(task="crew.slow", arguments={"text": "long", "seconds": 3})
    killed = start_worker("anna", "--lease", "2")
    wait_until(lambda: noted("begun:long") == 1)
    killed.kill()
    killed.wait()
    start_worker("ben", "--lease", "2")
    wait_until(lambda: Job.objects.get(task="crew.slow").state == JobState.DONE)
    assert noted("begun:long") == 2
    assert noted("done:long") == 1


def test_lease_is_renewed_while_a_long_task_runs(start_worker):
    services.enqueue(task="crew.slow", arguments={"text": "long", "seconds": 3})
    start_worker("anna", "--lease", "1")
    start_worker("ben", "--lease", "1")
    wait_until(lambda: Job.objects.get(task="crew.slow").state == JobState.DONE)
    assert noted("begun:long") == 1


def test_job_that_kills_its_workers_is_given_up(start_worker):
    services.enqueue(task="crew.poison", arguments={})
    for name in ("anna", "ben", "carl"):
        victim = start_worker(name, "--drain")
        victim.wait(timeout=30)
        services.release_held_by(name)
        Job.objects.filter(task="crew.poison", state=JobState.WAITING).update(run_after="2020-01-01T00:00:00Z")
    job = Job.objects.get(task="crew.poison")
    assert noted("poison") == 2
    assert job.state == JobState.FAILED
    assert "SIGKILL" in job.reason


def test_task_that_overstays_its_limit_ends_with_its_worker(start_worker):
    services.enqueue(task="crew.endless", arguments={})
    worker = start_worker("anna")
    assert worker.wait(timeout=30) != 0
    job = Job.objects.get(task="crew.endless")
    assert job.state == JobState.FAILED
    assert "limit of 0.5 seconds" in job.error


def test_worker_told_to_stop_ends_its_job_first(start_worker):
    services.enqueue(task="crew.slow", arguments={"text": "short", "seconds": 1})
    worker = start_worker("anna")
    wait_until(lambda: noted("begun:short") == 1)
    assert WorkerBeat.objects.filter(name="anna").exists()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    assert Job.objects.get(task="crew.slow").state == JobState.DONE
    assert not WorkerBeat.objects.exists()


def test_worker_told_twice_gives_its_job_back(start_worker):
    services.enqueue(task="crew.slow", arguments={"text": "long", "seconds": 60})
    worker = start_worker("anna")
    wait_until(lambda: noted("begun:long") == 1)
    worker.send_signal(signal.SIGTERM)
    worker.send_signal(signal.SIGINT)
    assert worker.wait(timeout=30) == 0
    job = Job.objects.get(task="crew.slow")
    assert (job.state, job.attempts) == (JobState.WAITING, 0)


def test_progress_is_written_rarely_but_the_last_one_always(db, monkeypatch):
    written = []
    real = services.record_progress
    monkeypatch.setattr(
        services, "record_progress", lambda job, values: (written.append(values), real(job, values))
    )
    job = services.enqueue(task="crew.steps", arguments={"total": 1000})
    run_due()
    assert written[0]["done"] == 0
    assert written[-1] == {"done": 1000, "total": 1000, "text": "step 1000"}
    assert len(written) < 100
    assert Announcement.objects.filter(topic=job.topic).count() == len(written)


def test_announcement_vanishes_with_its_transaction(transactional_db):
    with transaction.atomic():
        live.announce("board")
        transaction.set_rollback(True)
    assert noted("board") == 0
