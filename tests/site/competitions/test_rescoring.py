"""A corrected truth or another metric: everything is scored anew, the board changes over at once, history stays."""

from __future__ import annotations

import io

import pytest
from django.core.exceptions import PermissionDenied
from tests.site.competitions.conftest import IDS, N_ROWS, prediction

from seodang.score.errors import MetricUndefined, OptionInvalid, SpecInvalid, TableUnreadable
from seodang.site.competitions import services, standings, tasks
from seodang.site.competitions.errors import CompetitionNotReady, RevisionRefused
from seodang.site.competitions.models import Competition, Entry, FileRole, Revision, Scoring
from seodang.site.jobs.models import Job

pytestmark = pytest.mark.django_db


def truth_table(values=None, ids=IDS, header: str = "id,target") -> io.BytesIO:
    values = [i + 1.0 for i in range(N_ROWS)] if values is None else values
    lines = [f"{name},{value}" for name, value in zip(ids, values, strict=True)]
    return io.BytesIO("\n".join([header, *lines, ""]).encode())


@pytest.fixture
def entered(competition, make_students, enter, run_jobs) -> list[Entry]:
    """Off by 1 and by 2 from the truth as it was."""
    entries = [
        enter(competition, person, off=off) for person, off in zip(make_students(2), (1.0, 2.0), strict=True)
    ]
    run_jobs()
    return entries


def scores(competition) -> list[tuple[str, float]]:
    competition.refresh_from_db()
    return [(row.team_name, row.score) for row in standings.board(competition).rows]


def test_corrected_truth_scores_everything_anew_and_keeps_the_history(competition, professor, entered, run_jobs):
    revision = services.revise(
        competition=competition, by=professor, reason="Off by one", truth_stream=truth_table()
    )
    run_jobs()
    assert scores(competition) == [("Student 1", 0.0), ("Student 2", 1.0)]
    assert (competition.truth_version, competition.shown_version) == (2, 2)
    assert (revision.truth_version, revision.reason, revision.made_by) == (2, "Off by one", professor)
    old = Scoring.objects.filter(truth_version=1).order_by("entry__ordinal")
    assert [row.public_score for row in old] == [1.0, 2.0]
    assert competition.files.filter(role=FileRole.TRUTH).count() == 2


def test_rows_of_the_corrected_truth_may_come_in_any_order(competition, professor, entered, run_jobs):
    pairs = list(reversed([(name, float(i)) for i, name in enumerate(IDS)]))
    stream = truth_table([value for _id, value in pairs], [name for name, _value in pairs])
    services.revise(competition=competition, by=professor, reason="Same again", truth_stream=stream)
    run_jobs()
    assert scores(competition) == [("Student 1", 1.0), ("Student 2", 2.0)]


def test_public_rows_stay_public(competition, professor, entered, run_jobs):
    only_private_changes = [i if i % 2 == 0 else i + 1.0 for i in range(N_ROWS)]
    services.revise(
        competition=competition, by=professor, reason="x", truth_stream=truth_table(only_private_changes)
    )
    run_jobs()
    new = Scoring.objects.get(entry=entered[0], truth_version=2)
    assert (new.public_score, new.private_score) == (1.0, 0.0)


def test_other_metric_scores_everything_anew(competition, professor, entered, run_jobs):
    services.revise(competition=competition, by=professor, reason="Higher is better", metric="r2")
    run_jobs()
    competition.refresh_from_db()
    board = standings.board(competition)
    assert (board.metric, board.greater_is_better) == ("r2", True)
    assert [row.team_name for row in board.rows] == ["Student 1", "Student 2"]
    assert board.rows[0].score > board.rows[1].score
    assert Revision.objects.get().metric == "rmse"


def test_board_never_shows_half_of_each(competition, professor, entered, run_jobs):
    services.revise(competition=competition, by=professor, reason="x", truth_stream=truth_table())
    assert scores(competition) == [("Student 1", 1.0), ("Student 2", 2.0)]
    assert standings.board(competition).is_rescoring
    tasks.score_entry(None, entry_id=entered[1].pk)
    assert scores(competition) == [("Student 1", 1.0), ("Student 2", 2.0)]
    tasks.score_entry(None, entry_id=entered[0].pk)
    assert scores(competition) == [("Student 1", 0.0), ("Student 2", 1.0)]
    assert not standings.board(competition).is_rescoring


def test_old_board_keeps_its_metric_while_entries_are_rescored(competition, professor, entered):
    services.revise(competition=competition, by=professor, reason="x", metric="r2")
    competition.refresh_from_db()
    board = standings.board(competition)
    assert (board.metric, board.greater_is_better) == ("rmse", False)
    assert [row.team_name for row in board.rows] == ["Student 1", "Student 2"]


def test_entry_that_cannot_be_rescored_does_not_hold_the_board_back(competition, professor, entered, run_jobs):
    entered[0].file.storage.delete(entered[0].file.name)
    services.revise(competition=competition, by=professor, reason="x", truth_stream=truth_table())
    run_jobs()
    assert scores(competition) == [("Student 2", 1.0)]


def test_withdrawing_the_last_entry_that_lacks_a_score_changes_the_board_over(competition, professor, entered):
    services.revise(competition=competition, by=professor, reason="x", truth_stream=truth_table())
    tasks.score_entry(None, entry_id=entered[0].pk)
    services.withdraw(entry=entered[1], by=professor, reason="Copied")
    assert scores(competition) == [("Student 1", 0.0)]


def test_entry_that_waited_during_the_revision_is_scored_under_the_new_truth(
    competition, professor, student, entered, enter, run_jobs
):
    waiting = enter(competition, student, off=5.0)
    services.revise(competition=competition, by=professor, reason="x", truth_stream=truth_table())
    later = enter(competition, student, off=6.0)
    run_jobs()
    for entry, score in ((waiting, 4.0), (later, 5.0)):
        assert [(row.truth_version, row.public_score) for row in entry.scorings.all()] == [(2, score)]


def test_failed_entry_gets_another_chance_under_a_corrected_truth(
    competition, professor, student, entered, enter, run_jobs
):
    entry = enter(competition, student)
    services.mark_failed(entry=entry, reason="broken truth")
    services.revise(competition=competition, by=professor, reason="x", truth_stream=truth_table())
    run_jobs()
    entry.refresh_from_db()
    assert entry.state == "scored"


def test_two_revisions_in_a_row_end_with_the_last(competition, professor, entered, run_jobs):
    services.revise(competition=competition, by=professor, reason="one", truth_stream=truth_table())
    services.revise(competition=competition, by=professor, reason="two", metric="mae")
    run_jobs()
    assert scores(competition) == [("Student 1", 0.0), ("Student 2", 1.0)]
    assert competition.shown_version == 3
    assert standings.board(competition).metric == "mae"
    assert not Scoring.objects.filter(truth_version=2).exists()
    assert competition.metric_at(1) == ("rmse", {})


def test_revision_without_entries_holds_at_once(competition, professor):
    services.revise(competition=competition, by=professor, reason="x", metric="mae")
    competition.refresh_from_db()
    assert competition.shown_version == 2
    assert not Job.objects.exists()


def test_rescoring_goes_on_in_the_next_job_when_its_time_is_up(
    competition, professor, entered, run_jobs, monkeypatch
):
    class Handle:
        def progress(self, *_arguments, **_options) -> None: ...

    services.revise(competition=competition, by=professor, reason="x", truth_stream=truth_table())
    Job.objects.filter(task="competitions.rescore").delete()
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "RESCORE_SECONDS", -1.0)
        tasks.rescore(Handle(), competition_id=competition.pk, truth_version=2)
    assert not Scoring.objects.filter(truth_version=2).exists()
    assert Job.objects.get(task="competitions.rescore").arguments["since"] == 1
    run_jobs()
    assert scores(competition) == [("Student 1", 0.0), ("Student 2", 1.0)]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, RevisionRefused),
        ({"metric": "rmse"}, RevisionRefused),
        ({"metric": "accuracy"}, RevisionRefused),
        ({"metric_options": {"depth": 3}}, OptionInvalid),
        ({"truth_stream": io.BytesIO(b"")}, TableUnreadable),
        ({"truth_stream": truth_table(header="id,y")}, RevisionRefused),
        ({"truth_stream": truth_table(ids=[*IDS[:-1], "new"])}, RevisionRefused),
        ({"truth_stream": truth_table(ids=[*IDS[:-1], IDS[0]])}, RevisionRefused),
        ({"truth_stream": truth_table(values=["x"] * N_ROWS)}, SpecInvalid),
        ({"truth_stream": truth_table(values=[1.0] * N_ROWS), "metric": "r2"}, MetricUndefined),
    ],
    ids=lambda value: getattr(value, "__name__", "-"),
)
def test_revision_that_does_not_fit_changes_nothing(competition, professor, entered, given, error):
    if "truth_stream" in given:
        given["truth_stream"].seek(0)
    with pytest.raises(error):
        services.revise(competition=competition, by=professor, reason="x", **given)
    competition.refresh_from_db()
    assert (competition.truth_version, competition.metric) == (1, "rmse")
    assert not Revision.objects.exists()
    assert not Job.objects.filter(task="competitions.rescore").exists()


def test_revision_needs_a_reason_an_instructor_and_data(competition, professor, assistant, make_competition):
    with pytest.raises(RevisionRefused):
        services.revise(competition=competition, by=professor, reason=" ", metric="mae")
    with pytest.raises(PermissionDenied):
        services.revise(competition=competition, by=assistant, reason="x", metric="mae")
    with pytest.raises(CompetitionNotReady):
        services.revise(competition=make_competition(state="draft"), by=professor, reason="x", metric="mae")


def test_late_score_under_an_old_version_does_not_reach_the_new_board(competition, professor, entered, run_jobs):
    services.revise(competition=competition, by=professor, reason="x", truth_stream=truth_table())
    run_jobs()
    fresh = Competition.objects.get()
    services.record_scoring(entry=entered[0], truth_version=1, metric="rmse", public_score=-9.0, private_score=-9.0)
    assert scores(fresh) == [("Student 1", 0.0), ("Student 2", 1.0)]


def test_replicates_are_drawn_alike_within_a_version_and_anew_in_the_next():
    assert tasks.resampling_seed(1, 1) == tasks.resampling_seed(1, 1)
    assert len({tasks.resampling_seed(c, v) for c in range(1, 5) for v in range(1, 5)}) == 16


def test_prediction_of_the_fixture_is_off_by_what_it_says():
    assert prediction(1.0).splitlines()[1] == b"r00,1.0"
