"""Decisions on plain numbers: no process runs here."""

from __future__ import annotations

import math

import pytest

from seodang.learn.climb.schedule import (
    Continue,
    Schedule,
    Start,
    TooSlow,
    Track,
    Trial,
    broken_off,
    makespan,
    weight,
)


def schedule(*names, n_folds=5, n_workers=2, keras=()):
    return Schedule([Track(name, name in keras) for name in names], n_folds, n_workers, 1)


def started(plan, name, settings=None):
    track = plan[name]
    track.active = Trial(name, track.n_started, settings or {}, plan.n_folds)
    track.n_started += 1
    track.active.running.add(0)
    return track.active


def fold_done(trial, fold, loss=1.0, seconds=1.0):
    trial.running.discard(fold)
    trial.losses[fold], trial.seconds[fold] = loss, seconds


def complete(plan, name, losses, seconds=1.0):
    trial = started(plan, name)
    trial.running.clear()
    for fold, loss in enumerate(losses):
        fold_done(trial, fold, loss, seconds)
    track = plan[name]
    track.completed(trial)
    track.fold_seconds, track.active = seconds, None
    return track


def test_families_begin_in_the_order_of_the_ladder():
    plan = schedule("baseline", "linear")
    assert plan.next_move(60, has_keras=False) == Start("baseline")
    started(plan, "baseline")
    assert plan.next_move(60, has_keras=False) == Start("linear")


def test_cheap_folds_follow_the_first_at_once():
    plan = schedule("baseline", "linear")
    trial = started(plan, "baseline")
    fold_done(trial, 0, seconds=0.1)
    plan.has_shown_cost(plan["baseline"], 0.1, 60)
    assert plan.next_move(60, has_keras=False) == Continue("baseline", 1)


def test_dear_folds_wait_until_every_family_has_shown_its_first():
    plan = schedule("forest", "boosting")
    fold_done(started(plan, "forest"), 0, loss=1.0, seconds=6.0)
    plan.has_shown_cost(plan["forest"], 6.0, 60)
    assert plan.next_move(50, has_keras=False) == Start("boosting")
    fold_done(started(plan, "boosting"), 0, loss=0.5, seconds=6.0)
    plan.has_shown_cost(plan["boosting"], 6.0, 50)
    # All have shown theirs: the better one goes on first.
    assert plan.next_move(44, has_keras=False) == Continue("boosting", 1)


def test_what_does_not_fit_any_more_is_given_up_with_its_cost():
    plan = schedule("forest")
    fold_done(started(plan, "forest"), 0, seconds=20.0)
    plan.has_shown_cost(plan["forest"], 20.0, 60)
    assert plan.next_move(40, has_keras=False) == TooSlow("forest", 20.0)


def test_while_first_folds_are_at_work_the_cheap_go_on():
    plan = schedule("forest", "neighbours", "boosting")
    for name, loss, seconds in (("forest", 0.5, 6.0), ("neighbours", 1.0, 4.0)):
        fold_done(started(plan, name), 0, loss=loss, seconds=seconds)
        plan.has_shown_cost(plan[name], seconds, 60)
    started(plan, "boosting")
    assert plan.next_move(44, has_keras=False) == Continue("neighbours", 1)


def test_after_the_promising_come_the_cheap():
    plan = schedule("forest", "neighbours", "boosting")
    for name, loss, seconds in (("forest", 0.8, 6.0), ("neighbours", 1.0, 4.0), ("boosting", 0.5, 8.0)):
        fold_done(started(plan, name), 0, loss=loss, seconds=seconds)
        plan.has_shown_cost(plan[name], seconds, 60)
    order = []
    for _ in range(3):
        move = plan.next_move(44, has_keras=False)
        order.append(move.family)
        plan[move.family].active.running.update(range(1, 5))
    assert order == ["boosting", "neighbours", "forest"]


def test_what_others_are_still_at_counts():
    plan = schedule("forest")
    fold_done(started(plan, "forest"), 0, seconds=6.0)
    plan.has_shown_cost(plan["forest"], 6.0, 40)
    assert plan.next_move(15, has_keras=False, busy=[10.0]) is None
    assert plan.next_move(15, has_keras=False, busy=[0.0]) == Continue("forest", 1)


def test_a_worker_with_keras_leaves_unknown_costs_to_others_while_networks_wait():
    plan = schedule("forest", "deep", keras=("deep",))
    fold_done(started(plan, "deep"), 0, seconds=4.0)
    plan.has_shown_cost(plan["deep"], 4.0, 60)
    assert plan.next_move(56, has_keras=True) == Continue("deep", 1)
    assert plan.next_move(56, has_keras=False) == Start("forest")


def test_folds_are_spread_over_workers_as_they_become_free():
    assert makespan(4, 2.0, [0.0, 0.0]) == 4.0
    assert makespan(4, 2.0, [0.0, 5.0]) == 7.0
    assert makespan(0, 2.0, [0.0]) == 0.0


def test_networks_wait_for_a_worker_with_keras():
    plan = schedule("linear", "deep", keras=("deep",))
    assert plan.next_move(60, has_keras=True) == Start("deep")
    assert plan.next_move(60, has_keras=False) == Start("linear")
    started(plan, "linear")
    assert plan.next_move(60, has_keras=False) is None


def test_a_worker_prefers_folds_that_it_has_encoded():
    plan = schedule("linear")
    fold_done(started(plan, "linear"), 0, seconds=0.1)
    plan.has_shown_cost(plan["linear"], 0.1, 60)
    assert plan.next_move(60, has_keras=False, prefers=(0, 2, 4)) == Continue("linear", 2)


def test_tuning_goes_to_the_better_family_first_and_to_others_in_turn():
    plan = schedule("tree", "boosting")
    complete(plan, "tree", [1.0] * 5)
    complete(plan, "boosting", [0.5] * 5)
    plan["tree"].spent = plan["boosting"].spent = 1.0
    assert plan.next_move(60, has_keras=False) == Start("boosting")
    plan["boosting"].spent = 10.0
    assert plan.next_move(60, has_keras=False) == Start("tree")


def test_nothing_begins_that_would_not_end_in_time():
    plan = schedule("boosting")
    complete(plan, "boosting", [0.5] * 5, seconds=3.0)
    assert plan.next_move(11, has_keras=False) is None
    assert plan.next_move(12, has_keras=False) == Start("boosting")


def test_a_first_fold_of_unknown_cost_may_take_what_leaves_room_for_the_others():
    plan = schedule("baseline", "svm", "boosting")
    complete(plan, "baseline", [1.0] * 5)
    started(plan, "svm")
    # Five folds on two workers take three rounds; 40 % of the time is for the families that come after.
    assert plan.most_seconds(plan["svm"], 60) == pytest.approx(12)
    started(plan, "boosting")
    assert plan.most_seconds(plan["boosting"], 60) == pytest.approx(20)


def test_the_first_rung_of_all_may_take_all_the_time():
    plan = schedule("baseline", "linear")
    started(plan, "baseline")
    assert plan.most_seconds(plan["baseline"], 60) == 60


def test_a_much_worse_candidate_is_broken_off_by_its_first_folds():
    plan = schedule("boosting")
    track = complete(plan, "boosting", [1.0, 1.0, 1.0, 1.0, 1.0])
    trial = started(plan, "boosting")
    fold_done(trial, 0, loss=1.2)
    assert broken_off(trial, track, n_valid=200) == pytest.approx(1.2)
    trial.losses[0] = 1.05
    assert broken_off(trial, track, n_valid=200) is None


def test_breaking_off_does_not_depend_on_the_order_of_answers():
    plan = schedule("boosting")
    track = complete(plan, "boosting", [1.0] * 5)
    trial = started(plan, "boosting")
    for fold in (1, 2, 3, 4):
        fold_done(trial, fold, loss=0.9)
    assert broken_off(trial, track, n_valid=200) is None  # fold 0 is not known yet
    fold_done(trial, 0, loss=1.2)
    assert broken_off(trial, track, n_valid=200) == pytest.approx(1.2)


def test_few_rows_break_nothing_off():
    plan = schedule("boosting")
    track = complete(plan, "boosting", [1.0] * 5)
    trial = started(plan, "boosting")
    fold_done(trial, 0, loss=3.0)
    assert broken_off(trial, track, n_valid=15) is None


def test_folds_without_a_value_are_left_out_of_the_mean():
    trial = Trial("linear", 0, {}, 3, losses={0: 1.0, 1: math.nan, 2: 3.0})
    assert trial.mean_loss() == 2.0


def test_weight_falls_with_rank_and_with_tries_that_brought_nothing():
    assert weight(0, 0) == 1.0
    assert weight(1, 0) < weight(0, 0)
    assert weight(0, 5) < weight(0, 0)
