import numpy as np
import pytest


@pytest.fixture
def ops():
    from keras import ops

    return ops


def as_numpy(tensor):
    from keras import ops

    return ops.convert_to_numpy(tensor)


def test_cheap_cosine_is_a_cosine(ops):
    from seodang.learn.networks.layers import cosine_of_turns

    turns = np.linspace(-7, 7, 2_001).astype("float32")
    assert np.allclose(
        as_numpy(cosine_of_turns(ops.convert_to_tensor(turns))), np.cos(2 * np.pi * turns), atol=2e-5
    )


def test_mish_is_mish(ops):
    from seodang.learn.networks.layers import mish

    x = np.linspace(-30, 60, 500).astype("float32")
    wanted = x * np.tanh(np.logaddexp(0, x.astype("float64")))
    assert np.allclose(as_numpy(mish(ops.convert_to_tensor(x))), wanted, atol=1e-5)


def test_each_member_is_a_dense_layer_of_its_own():
    from seodang.learn.networks.layers import MemberDense

    rng = np.random.default_rng(0)
    layer = MemberDense(3, members=2)
    x = rng.normal(size=(5, 4)).astype("float32")
    layer.build(x.shape)
    kernels, bias = rng.normal(size=(2, 4, 3)).astype("float32"), rng.normal(size=(2, 1, 3)).astype("float32")
    layer.set_weights([kernels, bias])
    wanted = np.stack([x @ kernel for kernel in kernels]) + bias
    assert np.allclose(as_numpy(layer(x)), wanted, atol=1e-5)
    second = MemberDense(3, members=2)
    second.build((2, 5, 4))
    second.set_weights([kernels, bias])
    assert np.allclose(as_numpy(second(np.stack([x, x]))), wanted, atol=1e-5)


def test_embedding_keeps_the_number_and_what_is_no_number():
    from seodang.learn.networks.layers import PeriodicEmbedding

    layer = PeriodicEmbedding(2, waves=3, width=4)
    x = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    out = as_numpy(layer(x))
    assert out.shape == (5, 2 * 4 + 1)
    assert np.allclose(out[:, [0, 4, 8]], x)


def test_bins_say_how_far_a_number_has_come_through_each():
    from seodang.learn.networks.layers import PiecewiseEmbedding

    layer = PiecewiseEmbedding(1, bins=2, width=3)
    layer.build((None, 2))
    layer.edges.assign([[0.0, 1.0, 3.0]])
    layer.mixing.assign(np.eye(2)[None])
    out = as_numpy(layer(np.array([[-1, 5], [0.5, 5], [2, 5], [9, 5]], "float32")))
    assert np.allclose(out, [[-1, 0, 0, 5], [0.5, 0.5, 0, 5], [2, 1, 0.5, 5], [9, 1, 1, 5]])


def test_dropout_drops_its_share_only_in_training_and_anew_in_each_step():
    from seodang.learn.networks.layers import ScheduledDropout

    layer, x = ScheduledDropout(salt=1), np.ones((4, 50, 100), "float32")
    layer.build(x.shape)
    layer.dropout.assign(0.3)
    layer.noise.assign(12345)
    first = as_numpy(layer(x, training=True))
    assert np.array_equal(as_numpy(layer(x, training=False)), x)
    assert abs((first == 0).mean() - 0.3) < 0.02
    assert abs(first.mean() - 1) < 0.02
    assert np.array_equal(first, as_numpy(layer(x, training=True)))
    layer.noise.assign(12346)
    again = as_numpy(layer(x, training=True))
    assert abs(((first == 0) & (again == 0)).mean() - 0.09) < 0.02


def test_positions_of_a_mask_are_independent_of_each_other():
    from seodang.learn.networks.layers import uniform

    dice = as_numpy(uniform((400, 100), np.int32(99), 3))
    assert dice.min() >= 0
    assert dice.max() < 1
    assert abs(dice.mean() - 0.5) < 0.01
    assert np.abs(np.corrcoef(dice.T) - np.eye(100)).max() < 0.25
    assert np.allclose(np.histogram(dice, 10, (0, 1))[0] / dice.size, 0.1, atol=0.01)


def test_activation_is_linear_where_its_share_is_nought():
    from seodang.learn.networks.layers import LearntActivation

    layer, x = LearntActivation("selu"), np.linspace(-2, 2, 12).reshape(1, 4, 3).astype("float32")
    assert not np.allclose(as_numpy(layer(x)), x, atol=0.1)
    layer.set_weights([np.zeros((1, 1, 3), "float32")])
    assert np.allclose(as_numpy(layer(x)), x, atol=1e-6)
