"""The boards: ranks, ties, baselines, final entries, and when they are computed."""

from __future__ import annotations

import threading
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from seodang.site.competitions import services, standings
from seodang.site.competitions.models import Competition, Entry, Team
from seodang.site.courses import access as courses_access

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(competition):
    def make(name: str, *, is_baseline: bool = False) -> Team:
        return Team.objects.create(competition=competition, name=name, is_baseline=is_baseline)

    return make


def seen(board: standings.Board) -> list[tuple]:
    return [(row.rank, row.team_name, row.score) for row in board.rows]


def test_board_of_nobody_is_empty(competition):
    board = standings.board(competition)
    assert (board.rows, board.n_teams, board.domain) == ((), 0, (0.0, 1.0))


def test_equal_shown_scores_share_a_rank_and_baselines_take_none(competition, team, add_scored):
    for name, score in (("A", 2.0), ("B", 1.0), ("C", 1.0000001), ("D", 3.0)):
        add_scored(team(name), score)
    add_scored(team("Mean", is_baseline=True), 1.5)
    board = standings.board(competition)
    assert [(rank, name) for rank, name, _score in seen(board)] == [
        (1, "B"),
        (1, "C"),
        (None, "Mean"),
        (3, "A"),
        (4, "D"),
    ]
    assert board.n_teams == 4


def test_best_entry_stands_for_a_team_and_the_others_are_its_history(competition, team, add_scored):
    a = team("A")
    for score in (3.0, 1.0, 2.0):
        add_scored(a, score)
    row = standings.board(competition).standing_of(a.pk)
    assert (row.score, row.n_entries, row.entry_ordinal) == (1.0, 3, 2)
    assert [score for _when, score in row.history] == [3.0, 1.0, 2.0]
    assert row.last_at == row.history[-1][0]


def test_direction_is_the_metrics(make_competition, add_scored):
    competition = make_competition(metric="r2")
    for name, score in (("A", 0.2), ("B", 0.9)):
        add_scored(Team.objects.create(competition=competition, name=name), score)
    assert [row.team_name for row in standings.board(competition).rows] == ["B", "A"]


def test_withdrawn_and_failed_entries_are_not_on_the_board(competition, student, enter, run_jobs):
    good, better = enter(competition, student, off=2.0), enter(competition, student, off=1.0)
    run_jobs()
    services.withdraw(entry=better, by=student)
    competition.refresh_from_db()
    assert seen(standings.board(competition)) == [(1, "Student", 2.0)]
    services.withdraw(entry=good, by=student)
    competition.refresh_from_db()
    assert standings.board(competition).rows == ()


def test_private_board_counts_the_picked_entries_alone(competition, team, add_scored):
    a, b = team("A"), team("B")
    add_scored(a, 1.0, private=9.0, is_final_pick=True)
    add_scored(a, 2.0, private=1.0)
    add_scored(b, 3.0, private=5.0, is_final_pick=True)
    add_scored(b, 4.0, private=4.0, is_final_pick=True)
    add_scored(b, 2.5, private=0.0)
    board = standings.board(competition, part="private")
    assert seen(board) == [(1, "B", 4.0), (2, "A", 9.0)]
    assert [score for _when, score in board.standing_of(b.pk).history] == [5.0, 4.0]
    assert [row.n_entries for row in board.rows] == [3, 2]


def test_without_picks_the_best_public_entries_count(competition, team, add_scored):
    a = team("A")
    for public, private in ((1.0, 8.0), (2.0, 7.0), (3.0, 1.0)):
        add_scored(a, public, private=private)
    assert seen(standings.board(competition, part="private")) == [(1, "A", 7.0)]


def test_private_board_says_how_far_a_team_moved(competition, team, add_scored):
    for name, public, private in (("A", 1.0, 3.0), ("B", 2.0, 1.0), ("C", 3.0, 2.0)):
        add_scored(team(name), public, private=private)
    add_scored(team("Mean", is_baseline=True), 0.5)
    moved = {row.team_name: row.moved for row in standings.board(competition, part="private").rows}
    assert moved == {"B": 1, "C": 1, "A": -2, "Mean": None}
    assert all(row.moved is None for row in standings.board(competition).rows)


def test_teams_that_cannot_be_told_from_the_leader_share_its_band(competition, team, add_scored):
    noise = np.random.default_rng(0).normal(0, 0.1, size=(3, 500))
    for name, score, spread in (("A", 1.00, noise[0]), ("B", 1.01, noise[1]), ("C", 9.0, noise[2])):
        add_scored(team(name), score, replicates=score + spread)
    add_scored(team("Unmeasured"), 1.02)
    bands = {row.team_name: (row.band, row.in_leading_band) for row in standings.board(competition).rows}
    assert bands == {"A": (1, True), "B": (1, True), "C": (2, False), "Unmeasured": (0, False)}


def test_domain_holds_every_interval(competition, student, enter, run_jobs):
    enter(competition, student, content=None, off=1.0)
    run_jobs()
    competition.refresh_from_db()
    board = standings.board(competition)
    row = board.rows[0]
    assert board.domain == (row.low, row.high)
    assert row.low <= row.score <= row.high


def test_private_board_is_for_staff_until_it_opens(competition, course, assistant, student, outsider):
    def may(person) -> bool:
        return standings.may_see_private(competition, courses_access.of(person, course))

    assert [may(person) for person in (assistant, student, outsider)] == [True, False, False]
    competition.private_opened_at = timezone.now()
    assert [may(person) for person in (assistant, student, outsider)] == [True, True, False]


def test_board_needs_few_queries_however_many_entries(competition, team, add_scored, django_assert_num_queries):
    for name in "ABCDEFGH":
        for _number in range(3):
            add_scored(team(name) if _number == 0 else Team.objects.get(name=name), 1.0)
    with django_assert_num_queries(4):
        standings.compute(competition, "public")


def test_board_is_computed_once_for_each_version(competition, team, add_scored, django_assert_num_queries):
    a = team("A")
    add_scored(a, 2.0)
    first = standings.board(competition)
    with django_assert_num_queries(0):
        assert standings.board(competition) is first
    add_scored(a, 1.0)
    competition.refresh_from_db()
    assert first.is_behind(competition)
    assert standings.board(competition).rows[0].score == 1.0


def test_costly_board_rests_and_says_that_it_is_behind(competition, team, add_scored, monkeypatch):
    a = team("A")
    add_scored(a, 2.0)
    first = standings.board(competition)
    standings._slot(competition, "public").cost_seconds = 10.0  # as if it had taken so long
    add_scored(a, 1.0)
    competition.refresh_from_db()
    assert standings.board(competition) is first
    assert first.is_behind(competition)
    monkeypatch.setattr(standings, "LONGEST_REST_SECONDS", 0.0)
    assert standings.board(competition).rows[0].score == 1.0


@pytest.mark.django_db(transaction=True)
def test_many_readers_at_once_make_one_computation(competition, team, add_scored, monkeypatch):
    add_scored(team("A"), 1.0)
    computed = []
    compute = standings.compute

    def counted(*arguments):
        computed.append(arguments)
        return compute(*arguments)

    monkeypatch.setattr(standings, "compute", counted)
    boards, start = [], threading.Barrier(20)

    def read() -> None:
        start.wait(timeout=30)
        boards.append(standings.board(competition))
        connection.close()

    threads = [threading.Thread(target=read) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(boards) == 20
    assert len(computed) == 1


def test_number_given_again_by_the_database_does_not_show_the_old_board(make_competition, add_scored):
    competition = make_competition()
    add_scored(Team.objects.create(competition=competition, name="Old"), 1.0)
    standings.board(competition)
    number, version = competition.pk, competition.board_version
    Entry.objects.all().delete()
    competition.delete()
    again = make_competition(id=number, board_version=version)
    assert standings.board(again).rows == ()


def test_team_history_holds_standing_entries_scored_or_not(competition, student, enter, run_jobs):
    first = enter(competition, student, off=3.0)
    run_jobs()
    enter(competition, student)
    gone = enter(competition, student)
    services.withdraw(entry=gone, by=student)
    points = standings.team_history(first.team)
    assert [(point.ordinal, point.score) for point in points] == [(1, 3.0), (2, None)]


# --- the private board opens --------------------------------------------------------------------------------


def test_private_board_opens_after_the_close_when_the_last_score_is_there(competition, student, enter, run_jobs):
    enter(competition, student)
    assert services.open_private_boards() == []
    Competition.objects.update(closes_at=timezone.now())
    assert services.open_private_boards() == []  # an entry still waits
    run_jobs()
    before = Competition.objects.get().board_version
    assert services.open_private_boards() == [competition]
    assert services.open_private_boards() == []
    competition.refresh_from_db()
    assert competition.private_opened_at is not None
    assert competition.board_version > before


def test_private_board_does_not_wait_for_ever(competition, student, enter):
    enter(competition, student)
    Competition.objects.update(closes_at=timezone.now() - timedelta(minutes=11))
    assert services.open_private_boards() == [competition]


def test_private_board_of_an_unpublished_competition_stays_closed(make_competition):
    make_competition(state="ready", closes_at=timezone.now())
    assert services.open_private_boards() == []
