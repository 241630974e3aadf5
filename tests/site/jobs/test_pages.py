"""The health address and the page of jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from seodang.site.jobs import health, services
from seodang.site.jobs.models import Job, JobState, WorkerBeat


def failed_job() -> Job:
    services.enqueue(task="crew.fail", arguments={"text": "Ada"})
    services.fail(services.claim(worker="anna"), reason="Traceback\nRuntimeError: no luck", final=True)
    return Job.objects.get(task="crew.fail")


def test_site_with_a_living_worker_is_well(client, db):
    services.beat("anna")
    services.enqueue(task="crew.note", arguments={"text": "x"})
    response = client.get("/health/")
    assert response.status_code == 200
    answer = response.json()
    assert answer["status"] == answer["database"] == "ok"
    assert answer["workers"] == 1
    assert answer["jobs"]["waiting"] == 1


def test_site_whose_workers_fell_silent_is_not_well(client, db):
    WorkerBeat.objects.create(name="anna", seen_at=timezone.now() - timedelta(minutes=1))
    response = client.get("/health/")
    assert response.status_code == 503
    assert response.json()["workers"] == 0


def test_site_without_its_database_says_so_and_nothing_secret(client, db, monkeypatch):
    def broken():
        raise DatabaseError("password authentication failed for user seodang")

    monkeypatch.setattr(health, "workers_alive", broken)
    response = client.get("/health/")
    assert response.status_code == 503
    assert response.json()["database"] == "unreachable"
    assert "password" not in response.content.decode()


def test_health_tells_how_long_the_oldest_job_waits(db):
    services.enqueue(task="crew.note", arguments={"text": "x"})
    Job.objects.update(run_after=timezone.now() - timedelta(seconds=90))
    services.enqueue(task="crew.note", arguments={"text": "later"}, delay_seconds=500)
    assert 89 < health.jobs()["oldest_waiting_seconds"] < 120


@pytest.mark.parametrize("name", ["jobs:list", "jobs:live"])
def test_jobs_do_not_exist_for_a_professor(client_for, professor, name):
    assert client_for(professor).get(reverse(name)).status_code == 404


def test_visitor_is_asked_to_log_in(client, db):
    response = client.get(reverse("jobs:list"))
    assert response.status_code == 302
    assert reverse("account_login") in response["Location"]


def test_site_staff_see_a_failed_job_with_its_reason(client_for, admin):
    failed_job()
    page = client_for(admin).get(reverse("jobs:list")).content.decode()
    assert "RuntimeError: no luck" in page
    assert "<html" in page


def test_same_address_gives_the_list_alone_to_htmx(client_for, admin):
    page = client_for(admin).get(reverse("jobs:list"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page


def test_site_staff_try_a_failed_job_again(client_for, admin):
    job = failed_job()
    client_for(admin).post(reverse("jobs:retry", args=[job.pk]))
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.WAITING, 0)


def test_site_staff_take_a_failed_job_off_the_list(client_for, admin):
    job = failed_job()
    client_for(admin).post(reverse("jobs:forget", args=[job.pk]))
    assert not Job.objects.filter(pk=job.pk).exists()


@pytest.mark.parametrize("name", ["jobs:retry", "jobs:forget"])
def test_others_change_no_job(client_for, professor, name):
    job = failed_job()
    assert client_for(professor).post(reverse(name, args=[job.pk])).status_code == 404
    assert Job.objects.get(pk=job.pk).state == JobState.FAILED


def test_reading_an_address_changes_no_job(client_for, admin):
    job = failed_job()
    assert client_for(admin).get(reverse("jobs:forget", args=[job.pk])).status_code == 405


def test_answer_names_its_request(client, db):
    assert client.get("/health/")["X-Request-ID"]
    assert client.get("/health/", headers={"X-Request-ID": "from-proxy-1"})["X-Request-ID"] == "from-proxy-1"
    assert "\n" not in client.get("/health/", headers={"X-Request-ID": "a b"})["X-Request-ID"]
