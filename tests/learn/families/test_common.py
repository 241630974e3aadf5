from __future__ import annotations

import numpy as np
import pytest

from seodang.learn.families._common import Standardiser, TargetScale, log_sum_exp, softmax, told


def test_softmax_and_its_logarithm_stand_huge_scores() -> None:
    scores = np.array([[1000.0, 1000.0], [-1000.0, 0.0]])
    np.testing.assert_allclose(softmax(scores), [[0.5, 0.5], [0.0, 1.0]])
    np.testing.assert_allclose(log_sum_exp(scores), [[1000.0 + np.log(2)], [0.0]])


def test_one_wild_value_moves_the_others_little() -> None:
    X = np.linspace(0, 1, 101)[:, None]
    wild = X.copy()
    wild[-1] = 1e9
    tame, torn = (Standardiser().fit(part).transform(part)[:-1, 0] for part in (X, wild))
    assert np.abs(tame - torn).max() < 0.3  # divided by the plain standard deviation all would stand at 0: 1.7


def test_constant_column_becomes_zero_and_stays_so() -> None:
    scale = Standardiser().fit(np.full((10, 1), 7.0))
    np.testing.assert_array_equal(scale.transform(np.array([[7.0], [1e6]])), 0.0)


@pytest.mark.parametrize("shape", ["plain", "log"])
def test_target_comes_back_as_it_went(shape: str) -> None:
    y = np.array([-5.0, 0.0, 0.5, 3.0, 1e6])
    scale = TargetScale(shape).fit(y)
    np.testing.assert_allclose(scale.back(scale.there(y)), y, rtol=1e-9, atol=1e-9)


def test_prediction_far_beyond_the_target_is_held_back_before_the_exponential() -> None:
    y = np.exp(np.linspace(0, 5, 50))
    assert TargetScale("log").fit(y).back(np.array([1e3]))[0] < 10 * y.max()


def test_smearing_mends_the_mean_of_logarithms() -> None:
    rng = np.random.default_rng(0)
    y = np.exp(rng.normal(0, 0.5, 20_000))
    scale = TargetScale("log").fit(y)
    z = np.zeros(len(y))  # the mean of the logarithms, the best guess without inputs
    assert scale.back(z)[0] < 0.95 * y.mean()
    assert scale.smear(z, y).back(z)[0] == pytest.approx(y.mean(), rel=1e-6)


def test_column_that_tells_of_the_target_counts_more() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3))
    weight = told(X, X[:, :1] ** 2)
    assert weight[0] > 5 * weight[1:].max()
    assert np.mean(weight**2) == pytest.approx(1.0)
