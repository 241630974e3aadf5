"""From a table to a ladder: what the worker does, and what becomes of a program that breaks, hangs or is ended."""

from __future__ import annotations

import io
import json
import os
import threading
import time

import pytest
from django.db import connections
from tests.site.ladders.conftest import table, to_predict

from seodang.site.courses import access as courses_access
from seodang.site.jobs import services as jobs
from seodang.site.jobs.handle import JobHandle
from seodang.site.jobs.models import Announcement, Job, JobState
from seodang.site.ladders import climbing, services, tasks
from seodang.site.ladders.models import Ladder

pytestmark = pytest.mark.django_db


def test_a_table_becomes_a_ladder_with_report_and_model(climbed, student):
    ladder = climbed(student)
    assert ladder.state == "done"
    assert [rung.name for rung in ladder.rungs.all()] == ["baseline", "linear", "forest", "ensemble", "svm"]
    best = ladder.rungs.get(name=ladder.best)
    assert (best.score, best.ci_low, best.ci_high, best.tied_with_best) == (0.5, 0.25, 0.75, True)
    assert ladder.rungs.get(name="svm").skipped_text == "Too many rows: 9."
    assert ladder.metric_used == "rmse"
    assert b"a report" in ladder.report.read()
    assert ladder.model.read() == b"a model"
    assert ladder.warning_texts == ["A column gives it away: x."]


def test_the_program_is_told_what_was_chosen(make_ladder, student):
    ladder = make_ladder(student, metric="mae", seed=7, group_column="colour")
    request = tasks.request_of(ladder)
    chosen = {name: request[name] for name in ("target", "metric", "budget", "group", "seed", "leave_out")}
    assert chosen == {
        "target": "price",
        "metric": "mae",
        "budget": 5,
        "group": "colour",
        "seed": 7,
        "leave_out": ["id"],
    }


def test_every_rung_predicts_the_second_table_with_its_ids(course, student, run_jobs):
    ladder = services.create_ladder(
        access=courses_access.of(student, course),
        stream=io.BytesIO(table()),
        filename="houses.csv",
        predict_stream=io.BytesIO(to_predict()),
        predict_filename="new.csv",
        target="price",
    )
    services.start(ladder=ladder, by=student)
    run_jobs()
    ladder.refresh_from_db()
    assert ladder.predict_state == "done"
    forest = ladder.rungs.get(name="forest").prediction.read().decode().splitlines()
    assert forest[:2] == ["id,prediction", "t0,1.5"]
    assert not ladder.rungs.get(name="svm").prediction
    assert ladder.prediction.read() == ladder.rungs.get(name="ensemble").prediction.read()


def test_progress_is_kept_and_announced(make_ladder, student):
    ladder = make_ladder(student)
    services.start(ladder=ladder, by=student)
    services.begin(ladder=ladder)
    before = Announcement.objects.filter(topic=ladder.topic).count()
    services.record_progress(ladder=ladder, progress={"stage": "climbing", "best": "forest"})
    ladder.refresh_from_db()
    assert ladder.best == "forest"
    assert Announcement.objects.filter(topic=ladder.topic).count() == before + 1


def test_what_the_toolkit_refuses_stands_on_the_ladder(climbed, student):
    ladder = climbed(student, target="refused")
    assert ladder.state == "failed"
    assert ladder.problem["code"] == "one_class"


def test_a_program_that_breaks_fails_the_ladder_with_its_last_line(climbed, student):
    ladder = climbed(student, target="broken")
    assert ladder.state == "failed"
    assert ladder.problem["params"]["reason"] == "RuntimeError: it broke"


def test_a_program_that_overruns_is_ended(tmp_path, make_ladder, student, settings):
    request = tasks.request_of(make_ladder(student, target="slow"))
    with pytest.raises(climbing.ClimbFailed) as caught:
        climbing.run(request, folder=tmp_path / "run", most_seconds=0.3)
    assert caught.value.code == "overrun"


def test_the_program_sees_no_secret_of_the_site(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody:secret@host/db")
    monkeypatch.setenv("SEODANG_SECRET_KEY", "secret")
    environment = climbing._environment(tmp_path)
    assert "PATH" in environment
    assert not any("secret" in value for value in environment.values())


def test_the_process_ends_when_nobody_wants_it_any_more(tmp_path, make_ladder, student):
    pids: list[int] = []
    begun = climbing._send

    def send(process, request):
        pids.append(process.pid)
        begun(process, request)

    climbing._send = send
    try:
        with pytest.raises(climbing.Unwanted):
            climbing.run(
                tasks.request_of(make_ladder(student, target="slow")),
                folder=tmp_path / "run",
                most_seconds=60,
                still_wanted=lambda: False,
            )
    finally:
        climbing._send = begun
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


@pytest.mark.django_db(transaction=True)
def test_a_climb_that_is_stopped_ends_and_keeps_what_it_saw(make_ladder, student):
    ladder = make_ladder(student, target="slow")
    services.start(ladder=ladder, by=student)
    job = jobs.claim(worker="w")

    def stop_it():
        try:
            for _moment in range(200):
                if (Ladder.objects.get(pk=ladder.pk).progress or {}).get("rungs"):
                    break
                time.sleep(0.02)
            services.stop(ladder=ladder, by=student)
        finally:
            connections.close_all()

    thread = threading.Thread(target=stop_it)
    thread.start()
    tasks.climb(JobHandle(job), ladder_id=ladder.pk)
    thread.join()
    ladder.refresh_from_db()
    assert ladder.state == "stopped"
    assert ladder.progress["rungs"]
    assert not ladder.rungs.exists()


def test_a_climb_whose_worker_died_begins_again(make_ladder, student, run_jobs):
    ladder = make_ladder(student)
    services.start(ladder=ladder, by=student)
    services.begin(ladder=ladder)  # and the worker dies
    run_jobs()
    ladder.refresh_from_db()
    assert ladder.state == "done"
    assert ladder.rungs.count() == 5


def test_an_answer_that_comes_after_another_climb_began_is_dropped(make_ladder, student, tmp_path):
    ladder = make_ladder(student)
    services.start(ladder=ladder, by=student)
    services.begin(ladder=ladder)
    stale = Ladder.objects.get(pk=ladder.pk)
    services.begin(ladder=ladder)
    found = {"metric": "rmse", "task": "regression", "best": "a", "rungs": [{"name": "a", "score": 1.0}]}
    services.record_climbed(ladder=stale, found=found, folder=tmp_path, still_mine=lambda: True)
    ladder.refresh_from_db()
    assert ladder.state == "climbing"
    assert not services.still_wanted(ladder=stale)
    services.record_climbed(ladder=ladder, found=found, folder=tmp_path, still_mine=lambda: True)
    ladder.refresh_from_db()
    assert ladder.state == "done"


def test_an_answer_of_a_worker_that_lost_the_job_is_dropped(make_ladder, student, tmp_path, own_storage):
    ladder = make_ladder(student)
    services.start(ladder=ladder, by=student)
    services.begin(ladder=ladder)
    (tmp_path / "report.html").write_text("too late")
    found = {"metric": "rmse", "task": "regression", "best": "a", "rungs": [{"name": "a", "score": 1.0}]}
    services.record_climbed(ladder=ladder, found=found, folder=tmp_path, still_mine=lambda: False)
    ladder.refresh_from_db()
    assert ladder.state == "climbing"
    assert not ladder.rungs.exists()


def test_a_job_that_is_given_up_fails_the_ladder(make_ladder, student):
    ladder = make_ladder(student)
    services.start(ladder=ladder, by=student)
    services.begin(ladder=ladder)
    tasks.climbing_was_given_up("died too often", ladder_id=ladder.pk)
    ladder.refresh_from_db()
    assert ladder.state == "failed"
    assert "died too often" in ladder.problem["params"]["reason"]


def test_another_table_is_predicted_with_the_saved_model(climbed, student, run_jobs):
    ladder = climbed(student)
    services.predict_table(ladder=ladder, by=student, stream=io.BytesIO(to_predict()), filename="later.csv")
    ladder.refresh_from_db()
    assert ladder.predict_state == "waiting"
    run_jobs()
    ladder.refresh_from_db()
    assert ladder.predict_state == "done"
    assert ladder.prediction.read().decode().splitlines()[:2] == ["id,prediction", "t0,1.5"]


def test_what_the_program_says_that_is_no_json_is_not_trusted():
    with pytest.raises(climbing.ClimbFailed):
        climbing._said(b"hello")
    assert climbing._said(json.dumps([1]).encode()) == {}


def test_no_job_is_left_behind(climbed, student):
    climbed(student)
    assert not Job.objects.filter(state__in=[JobState.WAITING, JobState.RUNNING]).exists()
