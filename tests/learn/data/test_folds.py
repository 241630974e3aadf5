"""Who learns from which rows and is judged on which."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seodang.learn.data.folds import make_folds, usual_n_folds
from seodang.learn.errors import ChoiceInvalid
from seodang.learn.task import Task


def homes(folds, n_rows):
    judged = np.concatenate([valid for _, valid in folds])
    assert sorted(judged.tolist()) == list(range(n_rows))
    for train, valid in folds:
        assert not set(train.tolist()) & set(valid.tolist())
        assert len(train) + len(valid) == n_rows


@settings(max_examples=30, deadline=None)
@given(
    n_rows=st.integers(4, 80),
    n_classes=st.integers(2, 5),
    n_folds=st.integers(2, 4),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_row_is_judged_once_and_classes_are_spread_evenly(n_rows, n_classes, n_folds, seed):
    y = np.random.default_rng(seed).integers(0, n_classes, n_rows)
    y[:4] = [0, 1, 0, 1]
    folds = make_folds(y, Task.CLASSES, n_folds=n_folds, seed=seed)
    if len(folds) == n_folds:
        homes(folds, n_rows)
    for code in range(n_classes):
        counts = [int((y[valid] == code).sum()) for _, valid in folds]
        assert max(counts) - min(counts) <= 2


def test_a_class_of_one_row_is_missing_from_one_training_part():
    y = np.array([0] * 10 + [1] * 10 + [2])
    folds = make_folds(y, Task.CLASSES, n_folds=5)
    assert sum(2 not in y[train] for train, _ in folds) == 1


def test_numbers_are_stratified_by_rank():
    y = np.random.default_rng(0).exponential(size=1_000)
    means = [y[valid].mean() for _, valid in make_folds(y, Task.REGRESSION, n_folds=5)]
    assert np.std(means) < 0.02


def test_no_group_stands_on_both_sides():
    rng = np.random.default_rng(0)
    groups, y = rng.integers(0, 30, 500), rng.integers(0, 2, 500)
    folds = make_folds(y, Task.BINARY, groups=groups, n_folds=5)
    homes(folds, 500)
    for train, valid in folds:
        assert not set(groups[train].tolist()) & set(groups[valid].tolist())
        assert 70 <= len(valid) <= 130


def test_folds_in_time_learn_from_the_past_only():
    times = np.random.default_rng(0).integers(0, 50, 300).astype(float)
    folds = make_folds(np.zeros(300), Task.REGRESSION, times=times, n_folds=4)
    assert len(folds) == 4
    for train, valid in folds:
        assert times[train].max() < times[valid].min()


def test_the_seed_decides():
    y = np.arange(100) % 3
    one, two, other = (make_folds(y, Task.CLASSES, seed=seed)[0][1].tolist() for seed in (4, 4, 5))
    assert one == two != other


def test_small_tables_get_more_folds():
    assert [usual_n_folds(n) for n in (6, 999, 1_000)] == [6, 10, 5]


@pytest.mark.parametrize(
    "choice",
    [
        {"n_folds": 1},
        {"n_folds": 50},
        {"groups": np.zeros(20)},
        {"times": np.zeros(20)},
    ],
)
def test_what_cannot_be_cut_is_refused(choice):
    with pytest.raises(ChoiceInvalid):
        make_folds(np.arange(20) % 2, Task.BINARY, **choice)


def test_groups_of_one_class_each_leave_nothing_to_learn():
    y = np.array([0] * 10 + [1] * 10)
    with pytest.raises(ChoiceInvalid, match="two classes"):
        make_folds(y, Task.BINARY, groups=y, n_folds=2)
