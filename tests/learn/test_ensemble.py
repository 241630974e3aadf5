from __future__ import annotations

import numpy as np
import pytest

from seodang.learn._resample import Judge
from seodang.learn.ensemble import (
    AnyMetric,
    Recipe,
    best_temperature,
    blend,
    loss_of,
    objective_of,
    select,
    tempered,
)


def folds_of(n, k=5):
    home = np.arange(n) % k
    return [(np.flatnonzero(home != f), np.flatnonzero(home == f)) for f in range(k)]


@pytest.fixture
def numbers():
    """Three members with errors of their own, and one that is no good."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=600)
    members = [y + rng.normal(scale=0.5, size=600) for _ in range(3)] + [rng.normal(size=600)]
    return y, [np.asarray(m, dtype=np.float32) for m in members]


@pytest.fixture
def probabilities():
    """Overconfident members: logits of the truth, with errors of their own, times 3."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, size=900)

    def member(noise):
        logits = np.eye(3)[y] + noise * rng.normal(size=(900, 3))
        return tempered(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), 1 / 3).astype(np.float32)

    return y, [member(noise) for noise in (1.0, 1.0, 1.2)]


def rmse(y, p):
    return float(np.sqrt(np.mean((y - p) ** 2)))


def test_a_mix_is_better_than_each_of_its_members(numbers):
    y, members = numbers
    found = blend(members, y, folds_of(len(y)), "rmse")
    assert rmse(y, found.oof) < 0.8 * min(rmse(y, member) for member in members)


def test_weights_sum_to_one_and_what_is_no_good_gets_next_to_none(numbers):
    y, members = numbers
    weights = blend(members, y, folds_of(len(y)), "rmse").recipe.weights
    assert sum(weights.values()) == pytest.approx(1)
    assert weights.get(3, 0) < 0.1


def test_the_same_library_gives_the_same_weights(numbers):
    y, members = numbers
    one, other = (blend(members, y, folds_of(len(y)), "rmse") for _ in range(2))
    assert one.recipe == other.recipe
    assert np.array_equal(one.oof, other.oof)


def test_rows_of_a_fold_are_predicted_with_weights_chosen_on_the_others():
    """With truth that is pure chance no mix can help; weights chosen on the same rows would seem to."""
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, size=60)
    p = rng.uniform(0.05, 0.95, size=(40, 60))
    members = [np.column_stack([1 - q, q]).astype(np.float32) for q in p]
    found = blend(members, y, folds_of(60), "log_loss", ("a", "b"))
    judge = Judge.of("log_loss", y, ("a", "b"))
    chosen_on_the_same = found.recipe.apply({k: members[k] for k in found.recipe.weights})
    assert loss_of(judge, found.oof) > loss_of(judge, chosen_on_the_same)


def test_rows_without_a_prediction_stay_without(numbers):
    y, members = numbers
    for member in members:
        member[:100] = np.nan
    folds = [(train[train >= 100], valid[valid >= 100]) for train, valid in folds_of(len(y))]
    found = blend(members, y, folds, "rmse")
    assert np.isnan(found.oof[:100]).all()
    assert np.isfinite(found.oof[100:]).all()


def test_one_member_is_no_ensemble(numbers):
    y, members = numbers
    assert blend(members[:1], y, folds_of(len(y)), "rmse") is None
    assert blend([], y, folds_of(len(y)), "rmse") is None


def test_past_its_deadline_it_still_answers(numbers):
    y, members = numbers
    assert blend(members, y, folds_of(len(y)), "rmse", deadline=0.0) is not None


@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_the_quick_way_for_squares_gives_the_metric(numbers, metric):
    check_against_the_metric(metric, *numbers, ())


@pytest.mark.parametrize("metric", ["log_loss", "brier"])
def test_the_quick_way_for_probabilities_gives_the_metric(probabilities, metric):
    check_against_the_metric(metric, *probabilities, ("a", "b", "c"))


def check_against_the_metric(metric, y, members, labels):
    """Same order of all next members as the metric itself, from several beginnings."""
    judge = Judge.of(metric, y, labels)
    rows = np.ones(len(y), dtype=bool)
    quick, slow = objective_of(judge, members, rows), AnyMetric(judge, members, rows)
    assert not isinstance(quick, AnyMetric)
    for counts in (np.zeros(len(members)), np.arange(len(members), dtype=float)):
        assert list(np.argsort(quick.next_losses(counts))) == list(np.argsort(slow.next_losses(counts)))


def test_accuracy_is_chosen_for_too(probabilities):
    y, members = probabilities
    found = blend(members, y, folds_of(len(y)), "accuracy", ("a", "b", "c"))
    best = max(float((m.argmax(axis=1) == y).mean()) for m in members)
    assert (found.oof.argmax(axis=1) == y).mean() > best


def test_selection_takes_at_least_one_member(numbers):
    y, members = numbers
    judge = Judge.of("rmse", y)
    assert select(objective_of(judge, members[:1], np.ones(len(y), dtype=bool)), 10).sum() >= 1


def test_overconfident_probabilities_are_softened(probabilities):
    y, members = probabilities
    temperature = best_temperature(members[0], y)
    assert temperature > 1.2
    judge = Judge.of("log_loss", y, ("a", "b", "c"))
    assert loss_of(judge, tempered(members[0], temperature)) < loss_of(judge, members[0])


def test_few_rows_move_the_temperature_less(probabilities):
    y, members = probabilities
    all_rows, few = best_temperature(members[0], y), best_temperature(members[0][:60], y[:60])
    assert 1 < few < all_rows


def test_one_member_alone_is_a_rung_only_where_its_temperature_matters():
    assert not Recipe({0: 1.0}).is_more_than_a_member
    assert Recipe({0: 1.0}, 0.9).is_more_than_a_member
    assert Recipe({0: 0.5, 1: 0.5}).is_more_than_a_member


def test_a_recipe_gives_probabilities(probabilities):
    _, members = probabilities
    made = Recipe({0: 0.25, 2: 0.75}, 1.4).apply({0: members[0], 2: members[2]})
    assert np.allclose(made.sum(axis=1), 1, atol=1e-5)


def test_temperature_leaves_numbers_alone():
    assert tempered(np.array([1.0, -3.0]), 2.0).tolist() == [1.0, -3.0]
