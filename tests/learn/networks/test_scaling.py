import numpy as np

from seodang.learn.networks.scaling import RobustScaling


def test_columns_are_centred_by_the_median_and_scaled_by_the_quartiles():
    X = np.arange(101.0)[:, None]
    scaled = RobustScaling.of(X).apply(np.array([[50.0], [100.0]]))
    assert np.allclose(scaled, [[0], [1 / np.sqrt(1 + 1 / 9)]])


def test_outliers_are_bent_in_below_three():
    scaling = RobustScaling.of(np.arange(101.0)[:, None])
    assert 2.99 < scaling.apply(np.array([[1e9]]))[0, 0] <= 3


def test_a_constant_column_becomes_zero_whatever_comes_later():
    scaling = RobustScaling.of(np.full((10, 1), 7.0))
    assert np.all(scaling.apply(np.array([[7.0], [1e30]])) == 0)


def test_a_column_of_mostly_one_value_is_scaled_by_its_range():
    X = np.array([[0.0]] * 90 + [[4.0]] * 10)
    assert np.allclose(RobustScaling.of(X).apply(X[-1:]), 2 / np.sqrt(1 + 4 / 9))


def test_scaling_comes_back_from_json():
    scaling = RobustScaling.of(np.random.default_rng(0).normal(size=(50, 3)))
    again = RobustScaling.from_json(scaling.as_json())
    X = np.ones((2, 3))
    assert np.array_equal(scaling.apply(X), again.apply(X))
