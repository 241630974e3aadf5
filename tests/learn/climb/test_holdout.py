from __future__ import annotations

import numpy as np
import pytest

from seodang.learn.climb.holdout import holdout_rows
from seodang.learn.errors import ChoiceInvalid
from seodang.learn.task import Task


def test_without_a_share_no_row_is_held_out():
    learn, held = holdout_rows(np.arange(10.0), Task.REGRESSION, 0.0)
    assert len(learn) == 10
    assert len(held) == 0


def test_rows_are_held_out_evenly_over_the_classes():
    y = np.repeat([0, 1], [80, 20])
    learn, held = holdout_rows(y, Task.BINARY, 0.25, seed=1)
    assert sorted([*learn, *held]) == list(range(100))
    assert len(held) == 25
    assert y[held].sum() == 5


def test_groups_are_held_out_whole():
    groups = np.repeat(np.arange(20), 5)
    learn, held = holdout_rows(np.zeros(100), Task.REGRESSION, 0.2, groups=groups)
    assert not set(groups[learn]) & set(groups[held])
    assert len(held) == 20


def test_with_times_the_latest_rows_are_held_out():
    times = np.random.default_rng(0).permutation(50).astype(float)
    learn, held = holdout_rows(np.zeros(50), Task.REGRESSION, 0.2, times=times)
    assert times[learn].max() < times[held].min()


@pytest.mark.parametrize("share", [-0.1, 0.6, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ChoiceInvalid):
        holdout_rows(np.zeros(10), Task.REGRESSION, share)
