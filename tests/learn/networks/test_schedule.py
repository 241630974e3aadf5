import numpy as np

from seodang.learn.networks.schedule import coslog, cycle_ends, flat_cos, one_cycle


def test_cosine_log_is_zero_at_the_end_of_each_cycle_and_one_in_its_middle():
    assert np.allclose(coslog(np.array([0, *cycle_ends()])), 0, atol=1e-12)
    assert coslog((2**0.5 - 1) / 15) > 0.999


def test_each_cycle_lasts_twice_as_long_as_the_one_before():
    lengths = np.diff([0, *cycle_ends()])
    assert np.allclose(lengths[1:] / lengths[:-1], 2)


def test_flat_cosine_keeps_half_of_the_training_and_ends_at_zero():
    assert np.allclose(flat_cos([0, 0.25, 0.5]), 1)
    assert np.isclose(flat_cos(0.75), 0.5)
    assert np.isclose(flat_cos(1), 0)


def test_one_cycle_rises_then_falls_to_zero():
    assert np.allclose(one_cycle([0, 0.05, 0.1, 1]), [0, 0.5, 1, 0])
