import numpy as np

from seodang.learn.networks.pictures import shrink


def test_each_new_pixel_is_the_mean_of_the_area_it_covers():
    pictures = np.zeros((1, 4, 4, 1), np.uint8)
    pictures[0, :2, :2, 0] = [[0, 40], [80, 120]]
    assert shrink(pictures, 2)[0, :, :, 0].tolist() == [[60, 0], [0, 0]]


def test_grey_stays_grey_at_any_size():
    pictures = np.full((3, 50, 33, 3), 77, np.uint8)
    small = shrink(pictures, 24)
    assert small.shape == (3, 24, 24, 3)
    assert np.all(small == 77)


def test_pictures_of_the_right_size_are_left_alone():
    pictures = np.random.default_rng(0).integers(0, 255, (2, 8, 8, 3)).astype(np.uint8)
    assert shrink(pictures, 8) is pictures
