"""The network in NumPy: its arithmetic by hand, its gradients by differences, and that it learns."""

from __future__ import annotations

import numpy as np
import pytest

from seodang.learn.neural.activations import ACTIVATIONS
from seodang.learn.neural.data import CLASSES, REACH, SETS, points
from seodang.learn.neural.dice import WEIGHTS, Dice
from seodang.learn.neural.differences import largest_difference
from seodang.learn.neural.experiment import Experiment
from seodang.learn.neural.features import FEATURES, shown
from seodang.learn.neural.losses import binary_cross_entropy, categorical_cross_entropy, squared_error
from seodang.learn.neural.network import Network
from seodang.learn.neural.optimizers import OPTIMIZERS, SGD, Adam, Momentum
from seodang.learn.neural.penalties import PENALTIES, l1, l2
from seodang.learn.neural.perceptron import Perceptron
from seodang.learn.neural.proofs import without_keras
from seodang.learn.neural.training import gradients_of


def column(*numbers):
    return np.array(numbers, dtype=float)[:, None]


def test_dice_fall_evenly_and_do_not_remember():
    thrown = Dice(0).uniform(20_000)
    assert thrown.min() >= 0
    assert thrown.max() < 1
    assert np.histogram(thrown, bins=10)[0].min() > 1850
    assert abs(np.corrcoef(thrown[1:], thrown[:-1])[0, 1]) < 0.02
    normal = Dice(1).normal(20_000)
    assert abs(normal.mean()) < 0.03
    assert abs(normal.std() - 1) < 0.03


def test_dice_of_one_seed_fall_alike_and_those_of_another_use_do_not():
    one, other = Dice(5), Dice(5)
    assert np.array_equal(np.concatenate([one.uniform(3), one.uniform(4)]), other.uniform(7))
    assert not np.array_equal(Dice(5).uniform(7), Dice(5, WEIGHTS).uniform(7))
    assert sorted(Dice(5).order(50)) == list(range(50))


@pytest.mark.parametrize("name", SETS)
def test_every_set_lies_in_the_square_and_depends_on_its_seed_alone(name):
    X, y = points(name, seed=4, noise=0.0)
    again, _y = points(name, seed=4, noise=0.0)
    other, _y = points(name, seed=5, noise=0.0)
    assert X.shape == (400, 2)
    assert y.shape == (400, 1)
    assert np.abs(X).max() <= REACH
    assert np.array_equal(X, again)
    assert not np.array_equal(X, other)
    if name in CLASSES:
        assert set(np.unique(y)) == {0.0, 1.0}
        assert 0.4 < y.mean() < 0.6


def test_noise_moves_the_points_of_classes_and_the_answers_of_regression():
    for name in SETS:
        (X, y), (blurred, y_blurred) = points(name, 1, 0.0), points(name, 1, 0.5)
        moved, answered = np.abs(X - blurred).max(), np.abs(y - y_blurred).max()
        assert (moved > 0.5, answered > 0.5) == ((True, False) if name in CLASSES else (False, True))


def test_features_are_those_that_their_names_say():
    X = np.array([[2.0, -3.0]])
    assert shown(X, list(FEATURES))[0] == pytest.approx([2, -3, 4, 9, -6, np.sin(4), np.sin(-6)])


def test_a_perceptron_moves_only_when_it_errs():
    perceptron = Perceptron(2)
    X = np.array([[1.0, 2.0]])
    assert perceptron.learn(X, np.array([1.0]), epochs=5) == [1, 0]
    assert perceptron.w.tolist() == [1.0, 2.0]
    assert perceptron.b == 1.0


def test_a_perceptron_parts_clouds_and_never_xor():
    X, y = points("gaussians", 0)
    perceptron = Perceptron(2)
    assert perceptron.learn(X, y[:, 0])[-1] == 0
    assert np.array_equal(perceptron.predict(X), y[:, 0])
    X, y = points("xor", 0)
    assert min(Perceptron(2).learn(X, y[:, 0], epochs=50)) > 0


def test_a_small_network_answers_as_by_hand():
    network = Network((2, 2, 1), "relu")
    network.weights = [np.array([[1.0, -1.0], [2.0, 1.0]]), np.array([[1.0], [3.0]])]
    network.biases = [np.array([0.5, 0.0]), np.array([-1.0])]
    # (1, 1): hidden sums 3.5 and 0; answer 3.5 - 1.  (1, 3): 7.5 and 2; 7.5 + 6 - 1.
    assert network.forward(np.array([[1.0, 1.0], [1.0, 3.0]]))[-1].tolist() == [[2.5], [12.5]]


def test_losses_are_those_of_the_book_and_do_not_overflow():
    assert squared_error(column(1, 3), column(0, 0))[0] == 5.0
    assert binary_cross_entropy(column(0, 0), column(0, 1))[0] == pytest.approx(np.log(2))
    assert binary_cross_entropy(column(1000, -1000), column(0, 1))[0] == pytest.approx(1000)
    logits = np.array([[1000.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    loss, slope = categorical_cross_entropy(logits, np.eye(3)[[0, 1]])
    assert loss == pytest.approx(np.log(3) / 2)
    assert slope[1] == pytest.approx(np.array([1, -2, 1]) / 6)


def test_backpropagation_agrees_with_finite_differences():
    made = list(without_keras())
    assert len(made) == 12
    for proof in made:
        assert proof.holds, proof.text


@pytest.mark.parametrize("penalty", PENALTIES)
def test_gradients_of_penalties_agree_with_finite_differences(penalty):
    dice = Dice(2)
    network = Network((2, 3, 1), "tanh", 2)
    X, y = dice.normal(8, 2), dice.normal(8, 1)
    assert largest_difference(network, X, y, squared_error, PENALTIES[penalty], 0.3) < 1e-8


def test_a_wrong_gradient_does_not_pass_for_a_right_one(monkeypatch):
    value, _slope = ACTIVATIONS["tanh"]
    monkeypatch.setitem(ACTIVATIONS, "tanh", (value, lambda a: 1 - a))
    dice = Dice(2)
    network = Network((2, 3, 1), "tanh", 2)
    assert largest_difference(network, dice.normal(8, 2), dice.normal(8, 1), squared_error) > 1e-3


def test_penalties_cost_what_they_say():
    weights = [np.array([[1.0, -2.0]])]
    assert l1(weights, 0.5)[0] == 1.5
    assert l2(weights, 0.5)[0] == 1.25
    assert l1(weights, 0.5)[1][0].tolist() == [[0.5, -0.5]]
    assert l2(weights, 0.5)[1][0].tolist() == [[0.5, -1.0]]


def test_optimizers_take_the_steps_of_their_papers():
    for optimizer, steps in ((SGD(0.1), [-0.1, -0.1]), (Momentum(0.1), [-0.1, -0.19]), (Adam(0.1), [-0.1, -0.1])):
        p = np.zeros(1)
        for step in steps:
            before = p.copy()
            optimizer.step([p], [np.ones(1)])
            assert (p - before)[0] == pytest.approx(step, rel=1e-5)


def test_units_of_a_new_network_differ_and_biases_are_zero():
    network = Network((2, 8, 1), "tanh", 0)
    assert len(np.unique(network.weights[0])) == 16
    assert all((b == 0).all() for b in network.biases)
    assert np.abs(network.weights[0]).max() <= np.sqrt(6 / 10)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_learns_the_circle(optimizer):
    experiment = Experiment(optimizer=optimizer, rate={"sgd": 0.3, "momentum": 0.03, "adam": 0.01}[optimizer])
    *_before, last = experiment.run(experiment.network(), 60)
    assert last.loss < 0.1
    assert last.test_loss < 0.15


@pytest.mark.parametrize("name", ["circle", "xor", "gaussians", "moons"])
def test_the_settings_one_begins_with_learn_every_plain_set(name):
    experiment = Experiment(data=name)
    *_before, last = experiment.run(experiment.network(), 80)
    assert last.loss < 0.1
    assert last.test_loss < 0.15


def test_two_layers_of_eight_learn_the_spiral_and_one_unit_does_not():
    deep, single = Experiment(data="spiral", layers=(8, 8)), Experiment(data="spiral", layers=())
    *_before, last = deep.run(deep.network(), 250)
    assert last.loss < 0.1
    *_before, last = single.run(single.network(), 100)
    assert last.loss > 0.55


@pytest.mark.parametrize("name", ["plane", "gauss"])
def test_regression_comes_near_its_noise(name):
    experiment = Experiment(data=name, noise=10)
    *_before, last = experiment.run(experiment.network(), 80)
    assert last.test_loss < 0.04  # the noise alone is 0.01


def test_one_seed_gives_one_curve():
    experiment = Experiment(data="moons", noise=20)
    one, other = (list(experiment.run(experiment.network(), 3)) for _ in range(2))
    assert one == other


def test_one_class_of_the_categorical_loss_is_learnt():
    dice = Dice(0)
    X = dice.normal(60, 2)
    y = np.eye(3)[(np.arctan2(X[:, 1], X[:, 0]) // (2 * np.pi / 3)).astype(int) + 1]
    network, adam = Network((2, 8, 3), "tanh", 0), Adam(0.05)
    first, _gradients = gradients_of(network, X, y, categorical_cross_entropy)
    for _step in range(150):
        last, gradients = gradients_of(network, X, y, categorical_cross_entropy)
        adam.step(network.parameters, gradients.all)
    assert last < 0.1 < first
