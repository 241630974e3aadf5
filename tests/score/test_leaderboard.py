"""Ranks, ties, finals and bands, on plain values."""

from __future__ import annotations

import itertools
import math
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from seodang.score.leaderboard import (
    Row,
    ScoredEntry,
    bands,
    best_entries,
    final_entries,
    improvements,
    private_bests,
    rank,
    reached_at,
    shown,
    tied_with_leader,
    told_apart,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def row(team: int, score: float, minute: float = 0, **fields) -> Row:
    return Row(team_id=team, score=score, last_at=at(minute), **fields)


def entry(number: int, score: float, *, team: int = 1, **fields) -> ScoredEntry:
    return ScoredEntry(entry_id=number, team_id=team, score=score, at=at(number), **fields)


def board(ranked) -> list[tuple[int | None, int]]:
    return [(place.rank, place.row.team_id) for place in ranked]


# ---------------------------------------------------------------- ranks


def test_equal_shown_scores_share_a_rank_and_the_next_rank_is_skipped():
    rows = [row(1, 0.91), row(2, 0.88004, 5), row(3, 0.88001, 2), row(4, 0.7)]
    assert board(rank(rows, greater_is_better=True, decimals=4)) == [(1, 1), (2, 3), (2, 2), (4, 4)]


def test_a_digit_more_tells_them_apart():
    rows = [row(2, 0.88004, 5), row(3, 0.88001, 2)]
    assert board(rank(rows, greater_is_better=True, decimals=5)) == [(1, 2), (2, 3)]


def test_smaller_is_better_for_a_loss():
    rows = [row(1, 54.1), row(2, 53.9), row(3, 60.0)]
    assert board(rank(rows, greater_is_better=False, decimals=2)) == [(1, 2), (2, 1), (3, 3)]


def test_among_equals_the_first_to_reach_the_score_stands_first():
    rows = [
        Row(1, 0.5, last_at=at(1), reached_at=at(9)),
        Row(2, 0.5, last_at=at(99), reached_at=at(3)),
        Row(3, 0.5, last_at=at(5)),
    ]
    assert board(rank(rows, greater_is_better=True, decimals=3)) == [(1, 2), (1, 3), (1, 1)]


def test_a_baseline_stands_in_its_place_and_takes_no_rank():
    rows = [row(1, 0.9), row(2, 0.8, is_baseline=True), row(3, 0.7), row(4, 0.7, is_baseline=True)]
    assert board(rank(rows, greater_is_better=True, decimals=2)) == [(1, 1), (None, 2), (2, 3), (None, 4)]


def test_a_baseline_above_every_team_leaves_the_first_rank_to_a_team():
    rows = [row(1, 0.9, is_baseline=True), row(2, 0.8)]
    assert board(rank(rows, greater_is_better=True, decimals=2)) == [(None, 1), (1, 2)]


def test_a_team_without_a_finite_score_stands_last_without_rank():
    ranked = rank([row(1, math.nan), row(2, 0.1)], greater_is_better=False, decimals=2)
    assert board(ranked) == [(1, 2), (None, 1)]
    assert ranked[-1].shown is None


@pytest.mark.parametrize(
    ("score", "decimals", "text"),
    [
        (0.88005, 4, "0.8800"),
        (0.5, 0, "0"),
        (2.675, 2, "2.67"),
        (-0.00001, 3, "0.000"),
        (1e20, 1, "1" + "0" * 20 + ".0"),
    ],
)
def test_shown_is_what_the_page_prints(score, decimals, text):
    assert str(shown(score, decimals)) == text
    assert shown(score, decimals) == Decimal(f"{score:.{decimals}f}")


def test_an_empty_board_is_empty():
    assert rank([], greater_is_better=True, decimals=3) == []
    assert tied_with_leader([], greater_is_better=True) == set()
    assert bands([], greater_is_better=True) == []


scores = st.floats(-1, 1, allow_nan=False).map(lambda value: round(value, 2))
some_rows = st.lists(st.tuples(scores, st.integers(0, 5), st.booleans()), max_size=25).map(
    lambda drawn: [row(i, s, m, is_baseline=b) for i, (s, m, b) in enumerate(drawn)]
)


@given(some_rows, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_has_no_influence_on_the_board(rows, greater, shuffler: random.Random):
    mixed = list(rows)
    shuffler.shuffle(mixed)
    assert rank(rows, greater_is_better=greater, decimals=1) == rank(mixed, greater_is_better=greater, decimals=1)


@given(some_rows, st.booleans())
def test_ranks_rise_down_the_board_and_equal_ranks_read_equal(rows, greater):
    ranked = [place for place in rank(rows, greater_is_better=greater, decimals=1) if place.rank]
    assert len(ranked) == sum(not r.is_baseline for r in rows)
    for index, (above, below) in enumerate(itertools.pairwise(ranked), start=1):
        assert (above.rank == below.rank) == (above.shown == below.shown)
        assert below.rank in {above.rank, index + 1}
        assert above.shown >= below.shown if greater else above.shown <= below.shown


# ---------------------------------------------------------------- entries of a team


def test_the_best_entry_of_a_team_is_its_best_public_score_and_the_earliest_of_equals():
    entries = [entry(1, 0.5), entry(2, 0.7), entry(3, 0.7), entry(4, 0.1, team=2)]
    best = best_entries(entries, greater_is_better=True)
    assert {team: found.entry_id for team, found in best.items()} == {1: 2, 2: 4}
    assert best_entries(entries, greater_is_better=False)[1].entry_id == 1


def test_an_undefined_score_is_never_a_teams_best():
    assert best_entries([entry(1, math.nan), entry(2, 9.0)], greater_is_better=False)[1].entry_id == 2


def test_a_score_counts_as_reached_when_it_first_read_the_same():
    entries = [entry(1, 0.5), entry(2, 0.70001), entry(3, 0.70004)]
    assert reached_at(entries, greater_is_better=True, decimals=4) == {1: at(2)}
    assert reached_at(entries, greater_is_better=True, decimals=5) == {1: at(3)}


def test_picked_entries_are_final_even_when_others_are_better_in_public():
    entries = [entry(1, 0.5, is_final_pick=True), entry(2, 0.9), entry(3, 0.8)]
    assert [e.entry_id for e in final_entries(entries, picks=2, greater_is_better=True)[1]] == [1]


def test_without_picks_the_best_public_entries_are_final():
    entries = [entry(1, 0.5), entry(2, 0.9), entry(3, 0.8), entry(4, 0.1, team=2)]
    finals = final_entries(entries, picks=2, greater_is_better=True)
    assert {team: [e.entry_id for e in found] for team, found in finals.items()} == {1: [2, 3], 2: [4]}


def test_no_more_final_entries_than_allowed():
    entries = [entry(n, n / 10, is_final_pick=True) for n in range(1, 5)]
    assert [e.entry_id for e in final_entries(entries, picks=2, greater_is_better=True)[1]] == [4, 3]


def test_the_private_score_is_the_best_of_the_finals_and_not_of_all_entries():
    entries = [
        entry(1, 0.5, private_score=0.99),
        entry(2, 0.9, private_score=0.60),
        entry(3, 0.8, private_score=0.70),
    ]
    finals = final_entries(entries, picks=2, greater_is_better=True)
    assert private_bests(finals, greater_is_better=True)[1].entry_id == 3


def test_a_team_without_private_scores_has_no_private_best():
    finals = final_entries([entry(1, 0.5)], picks=2, greater_is_better=True)
    assert private_bests(finals, greater_is_better=True) == {}


def test_history_holds_improvements_only_in_order_of_time():
    entries = [entry(3, 0.6), entry(1, 0.5), entry(2, 0.4), entry(4, 0.6), entry(5, 0.9), entry(6, math.nan)]
    assert improvements(entries, greater_is_better=True) == ((at(1), 0.5), (at(3), 0.6), (at(5), 0.9))
    assert improvements(entries, greater_is_better=False) == ((at(1), 0.5), (at(2), 0.4))


# ---------------------------------------------------------------- telling teams apart


def replicated(scores, *, noise=0.01, shared=0.05, n=400, seed=0, **fields) -> list[Row]:
    """Rows whose replicates share most of their noise, as paired resamples do."""
    generator = np.random.default_rng(seed)
    common = generator.normal(0, shared, n)
    return [
        row(i, s, i, replicates=(s + common + generator.normal(0, noise, n)).astype(np.float32), **fields)
        for i, s in enumerate(scores)
    ]


def test_a_close_team_is_tied_and_a_distant_one_is_not():
    rows = replicated([0.90, 0.895, 0.70])
    assert tied_with_leader(rows, greater_is_better=True) == {0, 1}


def test_pairing_tells_apart_what_single_intervals_would_not():
    # Each score alone has a standard error of 0.05, yet the differences have one of 0.0014.
    rows = replicated([0.90, 0.89], noise=0.001, shared=0.05)
    assert tied_with_leader(rows, greater_is_better=True) == {0}


def test_bands_go_down_the_board():
    rows = replicated([0.90, 0.895, 0.70, 0.695, 0.5])
    found = bands(rows, greater_is_better=True)
    assert [(band.number, band.leader, band.members) for band in found] == [
        (1, 0, (0, 1)),
        (2, 2, (2, 3)),
        (3, 4, (4,)),
    ]


def test_a_loss_is_led_from_below():
    rows = replicated([0.90, 0.895, 0.70])
    assert [band.members for band in bands(rows, greater_is_better=False)] == [(2,), (1, 0)]


def test_identical_entries_are_tied():
    values = np.linspace(0.4, 0.6, 50, dtype=np.float32)
    rows = [row(1, 0.5, replicates=values), row(2, 0.5, replicates=values), row(3, 0.4, replicates=values - 0.1)]
    assert tied_with_leader(rows, greater_is_better=True) == {1, 2}


def test_teams_that_read_the_same_are_never_told_apart():
    rows = replicated([0.90002, 0.90001], noise=1e-7)
    assert tied_with_leader(rows, greater_is_better=True) == {0}
    assert tied_with_leader(rows, greater_is_better=True, decimals=3) == {0, 1}


def test_with_decimals_the_first_band_begins_where_the_board_begins():
    later, earlier = replicated([0.90001, 0.90002], noise=1e-7)[::-1]
    first = rank([later, earlier], greater_is_better=True, decimals=3)[0].row.team_id
    assert bands([later, earlier], greater_is_better=True, decimals=3)[0].leader == first


def test_baselines_neither_lead_nor_stand_in_a_band():
    rows = replicated([0.90, 0.895, 0.70])
    rows[0] = row(0, 0.9, replicates=rows[0].replicates, is_baseline=True)
    assert [band.members for band in bands(rows, greater_is_better=True)] == [(1,), (2,)]


def test_a_team_whose_interval_is_not_there_yet_stands_in_no_band():
    rows = [*replicated([0.9, 0.895]), row(7, 0.894)]
    assert [band.members for band in bands(rows, greater_is_better=True)] == [(0, 1)]
    assert 7 not in tied_with_leader(rows, greater_is_better=True)


def test_while_the_leader_has_no_interval_nothing_is_said():
    rows = [*replicated([0.9, 0.895]), row(7, 0.99)]
    assert tied_with_leader(rows, greater_is_better=True) == {7}
    assert bands(rows, greater_is_better=True) == []


def test_resamples_on_which_the_metric_is_undefined_are_left_out_for_all():
    rows = replicated([0.90, 0.895, 0.70])
    for found in rows:
        found.replicates[3] = np.nan
    assert tied_with_leader(rows, greater_is_better=True) == {0, 1}


def test_one_entry_without_defined_resamples_does_not_spoil_the_others():
    rows = replicated([0.90, 0.895, 0.70])
    rows[2].replicates[:300] = np.nan
    assert tied_with_leader(rows, greater_is_better=True) == {0, 1}


def test_replicates_of_another_length_are_not_paired():
    rows = [*replicated([0.9, 0.895]), *replicated([0.0, 0.1, 0.894], n=300)[2:]]
    assert tied_with_leader(rows, greater_is_better=True) == {0, 1}


def test_holm_follows_the_worked_example():
    # p = 0.01, 0.04, 0.03, 0.005 at α = 0.05: only the two smallest are significant (0.03 > 0.05/2 ends it).
    z = norm.isf(np.array([0.01, 0.04, 0.03, 0.005]) / 2)
    assert told_apart(z).tolist() == [True, False, False, True]


p_values = st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=40)


@given(p_values)
def test_holm_rejects_no_more_than_plain_tests_and_no_less_than_bonferroni(values):
    p = np.array(values)
    rejected = told_apart(norm.isf(p / 2))
    assert not np.any(rejected & (p > 0.05 * (1 + 1e-6)))
    assert not np.any(~rejected & (p < 0.05 / len(p) * (1 - 1e-6)))


@given(p_values)
def test_holm_rejects_a_set_of_smallest_p_values(values):
    p = np.array(values)
    rejected = told_apart(norm.isf(p / 2))
    if rejected.any() and not rejected.all():
        assert p[rejected].max() <= p[~rejected].min() * (1 + 1e-6)


boards = st.tuples(
    st.lists(st.floats(0, 1).map(lambda value: round(value, 2)), min_size=1, max_size=30), st.integers(0, 99)
).map(lambda drawn: replicated(drawn[0], n=60, seed=drawn[1], noise=0.05))


@settings(max_examples=40)
@given(boards, st.booleans(), st.randoms(use_true_random=False))
def test_bands_partition_the_board_whatever_its_order(rows, greater, shuffler: random.Random):
    found = bands(rows, greater_is_better=greater, decimals=2)
    members = [team for band in found for team in band.members]
    assert sorted(members) == [r.team_id for r in rows]
    assert [band.number for band in found] == list(range(1, len(found) + 1))
    assert all(band.leader == band.members[0] for band in found)
    assert found[0].leader == rank(rows, greater_is_better=greater, decimals=2)[0].row.team_id
    assert set(found[0].members) == tied_with_leader(rows, greater_is_better=greater, decimals=2)
    mixed = list(rows)
    shuffler.shuffle(mixed)
    assert bands(mixed, greater_is_better=greater, decimals=2) == found


def test_a_board_of_very_many_bands_is_cut_like_one_of_few():
    # Past a dozen leaders all products are taken at once; the cut must not depend on it.
    rows = replicated(np.linspace(0.9, 0.1, 60), noise=1e-4, n=80)
    assert [band.members for band in bands(rows, greater_is_better=True)] == [(i,) for i in range(60)]
