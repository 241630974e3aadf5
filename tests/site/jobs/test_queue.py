"""The queue as its callers see it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from seodang.site.jobs import registry, services
from seodang.site.jobs.errors import GiveUp, JobError, LeaseLost
from seodang.site.jobs.models import Job, JobState
from seodang.site.jobs.worker import run_due


def ask(text: str = "one", **options) -> Job | None:
    return services.enqueue(task="crew.note", arguments={"text": text}, **options)


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def make_due() -> None:
    Job.objects.filter(state=JobState.WAITING).update(run_after=timezone.now() - timedelta(seconds=1))


def test_unknown_task_is_refused_with_the_nearest_name(db):
    with pytest.raises(JobError, match=r"crew\.note"):
        services.enqueue(task="crew.nota", arguments={})


def test_job_vanishes_with_the_transaction_that_asked_for_it(transactional_db):
    with transaction.atomic():
        ask()
        assert Job.objects.exists()
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_claimed_job_is_not_claimed_again(db):
    job = ask()
    claimed = services.claim(worker="anna")
    assert claimed.pk == job.pk
    assert claimed.attempts == 1
    assert services.claim(worker="ben") is None


def test_higher_priority_goes_first_and_then_the_oldest(db):
    first, second = ask("first"), ask("second")
    urgent = ask("urgent", priority=3)
    assert [services.queue_position(job) for job in (urgent, first, second)] == [1, 2, 3]
    order = [services.claim(worker="anna").pk for _ in range(3)]
    assert order == [urgent.pk, first.pk, second.pk]
    assert services.queue_position(first) == 0


def test_a_place_can_count_jobs_of_one_task_alone(db):
    first, second = ask("first"), ask("second")
    Job.objects.filter(pk=first.pk).update(task="tests.other")
    assert services.queue_position(second) == 2
    assert services.queue_position(second, among=second.task) == 1


def test_delayed_job_is_not_claimed_early(db):
    ask(delay_seconds=60)
    assert services.claim(worker="anna") is None


def test_expired_lease_is_claimed_by_another(db):
    ask()
    late = services.claim(worker="anna")
    expire(late)
    taken = services.claim(worker="ben")
    assert taken.pk == late.pk
    assert taken.lease_token != late.lease_token
    assert taken.attempts == 2


@pytest.mark.parametrize("ending", ["finish", "fail", "renew", "release", "progress"])
def test_whatever_a_stale_worker_says_is_refused_and_changes_nothing(db, ending):
    ask()
    stale = services.claim(worker="anna")
    expire(stale)
    taken = services.claim(worker="ben")
    before = Job.objects.filter(pk=taken.pk).values().get()
    say = {
        "finish": lambda: services.finish(stale),
        "fail": lambda: services.fail(stale, reason="late"),
        "renew": lambda: services.renew(stale),
        "release": lambda: services.release(stale),
        "progress": lambda: services.record_progress(stale, {"done": 1, "total": 2, "text": ""}),
    }[ending]
    with pytest.raises(LeaseLost):
        say()
    assert Job.objects.filter(pk=taken.pk).values().get() == before
    assert not services.still_holds(stale)
    assert services.still_holds(taken)


def test_finished_job_is_done_and_cannot_be_finished_twice(db):
    ask()
    job = services.claim(worker="anna")
    services.finish(job)
    assert Job.objects.get().state == JobState.DONE
    with pytest.raises(LeaseLost):
        services.finish(job)


def test_failing_job_is_tried_again_and_then_stops_with_a_reason(db):
    services.enqueue(task="crew.fail", arguments={"text": "Ada"})
    assert run_due() == 1
    waiting = Job.objects.get()
    assert waiting.state == JobState.WAITING
    assert waiting.run_after > timezone.now()
    make_due()
    assert run_due() == 1
    failed = Job.objects.get()
    assert failed.state == JobState.FAILED
    assert failed.reason == "RuntimeError: no luck with Ada"
    assert "Traceback" in failed.error
    make_due()
    assert run_due() == 0


def test_giving_up_ends_a_job_at_its_first_attempt(db, monkeypatch):
    def hopeless(job):
        raise GiveUp("The file is gone.")

    monkeypatch.setitem(registry._tasks, "crew.hopeless", registry.Task("crew.hopeless", hopeless))
    services.enqueue(task="crew.hopeless", arguments={})
    run_due()
    assert Job.objects.get().state == JobState.FAILED
    assert Job.objects.get().error == "The file is gone."


def test_domain_hears_of_a_job_that_is_given_up(db, monkeypatch):
    heard = []
    monkeypatch.setitem(registry._failure_hooks, "crew.fail", lambda reason, *, text: heard.append((reason, text)))
    services.enqueue(task="crew.fail", arguments={"text": "Ada"})
    run_due()
    assert heard == []
    make_due()
    run_due()
    assert heard == [("RuntimeError: no luck with Ada", "Ada")]


def test_job_is_given_up_even_if_telling_the_domain_fails(db, monkeypatch):
    monkeypatch.setitem(registry._failure_hooks, "crew.fail", lambda reason, *, text: 1 / 0)
    services.enqueue(task="crew.fail", arguments={"text": "Ada"})
    run_due()
    make_due()
    run_due()
    assert Job.objects.get().state == JobState.FAILED


def test_job_of_a_task_that_is_gone_fails_with_a_reason(db):
    Job.objects.create(task="crew.removed", arguments={}, max_attempts=1)
    run_due()
    assert "crew.removed" in Job.objects.get().error


def test_backoff_grows_and_is_limited():
    middle = [services.backoff_seconds(attempts, draw=0.5) for attempts in range(1, 12)]
    assert middle[:4] == [2, 4, 8, 16]
    assert middle[-1] == 300
    assert services.backoff_seconds(3, draw=0.0) == 4
    assert services.backoff_seconds(3, draw=1.0) == 12


def test_asking_again_for_a_waiting_key_adds_nothing(db):
    assert ask(key="board:1") is not None
    assert ask(key="board:1") is None
    assert ask(key="board:2") is not None
    assert Job.objects.count() == 2


def test_key_of_a_running_job_may_be_asked_for_again(db):
    ask(key="board:1")
    services.claim(worker="anna")
    assert ask(key="board:1") is not None


def test_failed_attempt_gives_way_to_a_waiting_job_of_its_key(db):
    ask(key="board:1")
    job = services.claim(worker="anna")
    waiting = ask(key="board:1")
    services.fail(job, reason="no luck")
    assert list(Job.objects.values_list("pk", "state")) == [(waiting.pk, JobState.WAITING)]


def test_retry_begins_a_failed_job_with_all_its_attempts(db):
    services.enqueue(task="crew.fail", arguments={"text": "Ada"})
    services.fail(services.claim(worker="anna"), reason="no luck", final=True)
    services.retry(job=Job.objects.get())
    again = Job.objects.get()
    assert (again.state, again.attempts) == (JobState.WAITING, 0)


def test_forgetting_spares_a_running_job(db):
    ask()
    job = services.claim(worker="anna")
    services.forget(job=job)
    assert Job.objects.exists()
    services.finish(job)
    services.forget(job=job)
    assert not Job.objects.exists()


def test_dead_worker_is_known_and_its_jobs_are_free_at_once(db):
    ask()
    services.claim(worker="anna")
    assert services.release_held_by("anna") == 1
    again = services.claim(worker="ben")
    assert again.attempts == 2


def test_released_job_has_lost_no_attempt(db):
    ask()
    services.release(services.claim(worker="anna"))
    assert services.claim(worker="ben").attempts == 1


def test_purge_keeps_what_is_young_or_unfinished(db):
    old = timezone.now() - timedelta(days=100)
    ask("waiting")
    Job.objects.update(created_at=old)
    Job.objects.create(task="crew.note", state=JobState.DONE, finished_at=old)
    young = Job.objects.create(task="crew.note", state=JobState.DONE, finished_at=timezone.now())
    services.purge()
    assert set(Job.objects.values_list("state", flat=True)) == {JobState.WAITING, JobState.DONE}
    assert Job.objects.filter(pk=young.pk).exists()


def test_periodic_task_always_has_one_row_and_waits_its_time(db, monkeypatch):
    ran = []
    entry = registry.Task("crew.tick", lambda job: ran.append(job.id), every_seconds=30)
    monkeypatch.setitem(registry._tasks, "crew.tick", entry)
    monkeypatch.setattr(registry, "periodic_tasks", lambda: [entry])
    ours = Job.objects.filter(task="crew.tick")
    services.plan_periodic()
    services.plan_periodic()
    assert ours.count() == 1
    run_due()
    assert len(ran) == 1
    row = ours.get()
    assert row.state == JobState.WAITING
    assert row.run_after > timezone.now() + timedelta(seconds=20)


def test_periodic_task_that_fails_goes_on_and_shows_why(db, monkeypatch):
    def stumble(job):
        raise RuntimeError("stumbled")

    entry = registry.Task("crew.tick", stumble, every_seconds=30)
    monkeypatch.setitem(registry._tasks, "crew.tick", entry)
    monkeypatch.setattr(registry, "periodic_tasks", lambda: [entry])
    services.plan_periodic()
    for _ in range(10):
        make_due()
        run_due(limit=1)
    row = Job.objects.get(task="crew.tick")
    assert row.state == JobState.WAITING
    assert row.reason == "RuntimeError: stumbled"


# --- many at once ------------------------------------------------------------------------------------------


def at_once(count: int, act) -> list:
    """Run `act(number)` in so many threads that begin together; what each returned."""
    start, results = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        try:
            start.wait()
            results[number] = act(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_many_claim_at_once_and_each_job_goes_to_one(transactional_db):
    for number in range(20):
        ask(str(number))

    def claim_until_empty(number: int) -> list[int]:
        claimed = []
        while (job := services.claim(worker=f"w{number}")) is not None:
            claimed.append(job.pk)
        return claimed

    claimed = [pk for found in at_once(6, claim_until_empty) for pk in found]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) | set(Job.objects.filter(state=JobState.RUNNING).values_list("pk", flat=True)) == set(
        claimed
    )
    while (job := services.claim(worker="last")) is not None:  # a claim may step back from a row another one holds
        claimed.append(job.pk)
    assert sorted(claimed) == sorted(Job.objects.values_list("pk", flat=True))


def test_many_ask_for_one_key_at_once_and_one_job_waits(transactional_db):
    made = at_once(8, lambda number: ask(str(number), key="board:1"))
    assert sum(job is not None for job in made) == 1
    assert Job.objects.count() == 1


def test_waiting_job_is_not_begun_before_the_change_it_was_asked_for_again_is_seen(transactional_db):
    """Two changes ask for one key; the job must run after the later one was committed."""
    ask(key="board:1")
    asked, claimed = threading.Event(), []

    def try_to_claim() -> None:
        try:
            asked.wait()
            claimed.append(services.claim(worker="anna"))
        finally:
            connection.close()

    thread = threading.Thread(target=try_to_claim)
    thread.start()
    with transaction.atomic():
        assert ask(key="board:1") is None
        asked.set()
        if connection.vendor == "postgresql":
            thread.join()  # it returns without the row
            assert claimed == [None]
    thread.join()
    if connection.vendor == "sqlite":
        assert claimed[0] is not None  # it waited for the write lock until after the commit
