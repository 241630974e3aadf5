import numpy as np


def augmented(x, training=True, noise=777, **how):
    from keras import ops

    from seodang.learn.networks.augment import Augment

    layer = Augment(**how)
    layer.build(x.shape)
    layer.noise.assign(noise)
    return ops.convert_to_numpy(layer(x, training=training))


def picture():
    return np.random.default_rng(0).integers(0, 256, (4, 9, 12, 3)).astype("uint8")


def test_pictures_are_only_rescaled_outside_training():
    assert np.allclose(augmented(picture(), training=False), picture() / 127.5 - 1, atol=1e-6)


def test_nothing_moves_where_nothing_may():
    still = augmented(picture(), turn=0, zoom=0, shift=0, light=0)
    assert np.allclose(still, picture() / 127.5 - 1, atol=1e-4)


def test_half_of_the_pictures_are_mirrored():
    x = np.tile(picture()[:1], (200, 1, 1, 1))
    flipped = augmented(x, turn=0, zoom=0, shift=0, light=0, flip=True)
    plain = x[0] / 127.5 - 1
    are_plain = np.array([np.allclose(one, plain, atol=1e-4) for one in flipped])
    are_mirrored = np.array([np.allclose(one, plain[:, ::-1], atol=1e-4) for one in flipped])
    assert np.all(are_plain ^ are_mirrored)
    assert 60 < are_mirrored.sum() < 140


def test_a_shifted_picture_is_the_picture_elsewhere():
    x = np.zeros((1, 21, 21, 1), "uint8")
    x[0, 10, 10, 0] = 255
    moved = augmented(np.tile(x, (50, 1, 1, 1)), turn=0, zoom=0, shift=0.2, light=0)[..., 0] + 1
    assert np.allclose(moved.sum(axis=(1, 2)), 2, atol=1e-3)
    peaks = moved.reshape(50, -1).argmax(axis=1)
    assert len(set(peaks.tolist())) > 20
    assert np.all(np.abs(np.stack(np.divmod(peaks, 21)) - 10) <= 5)


def test_a_turned_picture_stays_in_its_frame():
    turned = augmented(np.full((8, 16, 16, 1), 200, "uint8"), turn=45, light=0)
    assert np.allclose(turned, 200 / 127.5 - 1, atol=1e-4)
