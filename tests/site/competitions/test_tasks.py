"""What workers do: scores, intervals, failures; each once, however often the job runs."""

from __future__ import annotations

import numpy as np
import pytest
from tests.site.competitions.conftest import N_ROWS, prediction

from seodang.site.competitions import services, standings, tasks
from seodang.site.competitions.models import Competition, Entry, EntryState, Scoring
from seodang.site.courses.models import Enrollment
from seodang.site.jobs.models import Announcement, Job

pytestmark = pytest.mark.django_db


def test_entry_is_scored_on_both_parts(competition, student, enter, run_jobs):
    off = [i + (1.0 if i % 2 == 0 else 3.0) for i in range(N_ROWS)]  # even rows are public
    entry = enter(competition, student, content=prediction(off))
    run_jobs()
    entry.refresh_from_db()
    scoring = entry.scorings.get()
    assert entry.state == EntryState.SCORED
    assert (scoring.public_score, scoring.private_score) == pytest.approx((1.0, 3.0))
    assert (scoring.metric, scoring.truth_version) == ("rmse", 1)


def test_score_comes_before_its_interval_which_follows_by_itself(competition, student, enter):
    from seodang.site.jobs.worker import run_due

    entry = enter(competition, student, content=prediction(np.arange(N_ROWS) * 1.5))
    assert run_due(limit=1) == 1
    scoring = entry.scorings.get()
    assert scoring.public_low is None
    assert Job.objects.filter(task="competitions.measure_uncertainty", state="waiting").exists()
    tasks.measure_uncertainty(None, competition_id=competition.pk, truth_version=1)
    scoring.refresh_from_db()
    assert scoring.public_low < scoring.public_score < scoring.public_high
    assert np.frombuffer(scoring.private_replicates, dtype=np.float32).shape == (tasks.N_REPLICATES,)


def test_replicates_of_two_entries_are_paired(competition, student, enter, run_jobs):
    values = np.random.default_rng(1).normal(np.arange(N_ROWS), 1.0)
    for content in (prediction(values), prediction(values + 1e-6)):
        enter(competition, student, content=content)
    run_jobs()
    one, other = (np.frombuffer(row.public_replicates, np.float32) for row in Scoring.objects.all())
    assert one.std() > 0.01
    assert np.abs(one - other).max() < 1e-4


def test_one_job_measures_many_entries_and_announces_once(competition, make_students, enter):
    from seodang.site.jobs.worker import run_due

    people = make_students(6)
    for person in people:
        enter(competition, person)
    run_due(limit=6)
    assert Scoring.objects.count() == 6
    assert Job.objects.filter(task="competitions.measure_uncertainty").count() == 1
    before = Announcement.objects.count()
    tasks.measure_uncertainty(None, competition_id=competition.pk, truth_version=1)
    assert not Scoring.objects.filter(public_low__isnull=True).exists()
    assert Announcement.objects.count() == before + 1


def test_job_that_runs_twice_records_one_score(competition, student, enter, run_jobs):
    entry = enter(competition, student)
    tasks.score_entry(None, entry_id=entry.pk)
    version = Competition.objects.get().board_version
    tasks.score_entry(None, entry_id=entry.pk)
    run_jobs()
    assert entry.scorings.count() == 1
    assert not services.record_scoring(
        entry=entry, truth_version=1, metric="rmse", public_score=99.0, private_score=99.0
    )
    assert entry.scorings.get().public_score == 0.0
    assert Competition.objects.get().board_version > version  # by the interval


def test_new_score_raises_the_boards_version_and_is_announced(competition, student, enter):
    entry = enter(competition, student)
    before, heard = Competition.objects.get().board_version, Announcement.objects.count()
    tasks.score_entry(None, entry_id=entry.pk)
    assert Competition.objects.get().board_version == before + 1
    assert Announcement.objects.filter(topic=competition.topic).count() == heard + 1


def test_job_of_an_entry_that_is_gone_ends_quietly():
    tasks.score_entry(None, entry_id=12345)
    tasks.measure_uncertainty(None, competition_id=12345, truth_version=1)
    tasks.rescore(None, competition_id=12345, truth_version=1)
    tasks.prepare(None, competition_id=12345)


def test_broken_truth_fails_the_entry_with_a_reason_and_gives_the_attempt_back(
    competition, student, enter, run_jobs
):
    truth = competition.files.get(role="truth")
    truth.file.storage.delete(truth.file.name)
    tasks.inputs._truth.cache_clear()
    entry = enter(competition, student)
    run_jobs()
    entry.refresh_from_db()
    assert entry.state == EntryState.FAILED
    assert entry.problem
    assert services.quota(competition=competition, user=student).left_today == 5
    assert Job.objects.get().state == "done"


def test_one_entry_that_cannot_be_scored_does_not_stop_the_others(competition, make_students, enter, run_jobs):
    entries = [enter(competition, person) for person in make_students(3)]
    entries[1].file.storage.delete(entries[1].file.name)
    run_jobs()
    states = dict(Entry.objects.values_list("ordinal", "state"))
    assert states == {1: "scored", 2: "failed", 3: "scored"}
    competition.refresh_from_db()
    assert standings.board(competition).n_teams == 2


def test_staff_have_a_failed_entry_scored_again(competition, student, assistant, enter, run_jobs):
    from django.core.exceptions import PermissionDenied

    entry = enter(competition, student)
    services.mark_failed(entry=entry, reason="disk full")
    with pytest.raises(PermissionDenied):
        services.score_again(entry=entry, by=student)
    services.score_again(entry=entry, by=assistant)
    run_jobs()
    entry.refresh_from_db()
    assert (entry.state, entry.problem) == (EntryState.SCORED, "")


def test_entry_whose_workers_keep_dying_is_given_up_with_a_reason(competition, student, enter):
    from seodang.site.jobs import services as jobs

    entry = enter(competition, student)
    Job.objects.update(attempts=99)
    assert jobs.claim(worker="w") is None
    entry.refresh_from_db()
    assert entry.state == EntryState.FAILED
    assert entry.problem


def test_scored_entry_is_not_failed_by_a_late_report(competition, student, enter, run_jobs):
    entry = enter(competition, student)
    run_jobs()
    services.mark_failed(entry=entry, reason="too late")
    entry.refresh_from_db()
    assert entry.state == EntryState.SCORED


def test_baseline_is_scored_like_any_entry(competition, professor, enter, run_jobs):
    enter(competition, professor, off=2.0, baseline_name="Mean")
    run_jobs()
    competition.refresh_from_db()
    row = standings.board(competition).rows[0]
    assert (row.rank, row.team_name, row.score, row.is_baseline) == (None, "Mean", 2.0, True)


def test_entries_of_someone_who_left_the_course_stand(competition, student, enter, run_jobs):
    enter(competition, student)
    Enrollment.objects.filter(user=student).delete()
    run_jobs()
    competition.refresh_from_db()
    assert standings.board(competition).n_teams == 1
