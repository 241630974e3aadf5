"""The same network in Keras: same weights, so the same loss, the same gradient, the same step.

Keras tells its gradient without a word of any backend: plain SGD with rate 1 moves every weight by exactly that.
Keras computes in float32 here as it does by default, so about seven digits agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from seodang.learn.neural.dice import Array, Dice
from seodang.learn.neural.losses import Loss, binary_cross_entropy, categorical_cross_entropy, squared_error
from seodang.learn.neural.network import Network
from seodang.learn.neural.optimizers import OPTIMIZERS
from seodang.learn.neural.training import gradients_of

TOLERANCE = 1e-5
LOSSES: dict[str, tuple[Loss, int]] = {  # with the number of outputs to try
    "squared_error": (squared_error, 2),
    "binary_cross_entropy": (binary_cross_entropy, 1),
    "categorical_cross_entropy": (categorical_cross_entropy, 3),
}


@dataclass(frozen=True)
class Parity:
    """The largest absolute difference between Keras and NumPy: of the loss, of any gradient, of any parameter after
    one step of each optimizer."""

    loss: str
    activation: str
    of_loss: float
    of_gradients: float
    of_steps: dict[str, float]

    @property
    def worst(self) -> float:
        return max(self.of_loss, self.of_gradients, *self.of_steps.values())


def compare(loss_name: str, activation: str, seed: int = 0) -> Parity:
    """A network of 3 inputs and two hidden layers on 16 random examples."""
    loss, n_outputs = LOSSES[loss_name]
    dice = Dice(seed)
    X = dice.normal(16, 3)
    y = targets(loss_name, dice.normal(16, n_outputs))
    sizes = (3, 5, 4, n_outputs)
    network = Network(sizes, activation, seed)
    value, gradients = gradients_of(network, X, y, loss)

    keras_value, moved = keras_step(sizes, network, loss_name, X, y, "sgd", 1.0)
    of_gradients = largest(network.parameters, moved, gradients.all)
    of_steps = {}
    for name, optimizer in OPTIMIZERS.items():
        _value, after = keras_step(sizes, network, loss_name, X, y, name, 0.1)
        stepped = Network(sizes, activation, seed)
        optimizer(0.1).step(stepped.parameters, gradients.all)
        of_steps[name] = max(float(np.abs(a - b).max()) for a, b in zip(after, stepped.parameters, strict=True))
    return Parity(loss_name, activation, abs(keras_value - value), of_gradients, of_steps)


def targets(loss_name: str, thrown: Array) -> Array:
    """Answers to learn that fit the loss, of random numbers (n, n_outputs)."""
    if loss_name == "binary_cross_entropy":
        return (thrown > 0).astype(float)
    if loss_name == "categorical_cross_entropy":
        return np.asarray(thrown == thrown.max(axis=1, keepdims=True), dtype=np.float64)
    return thrown


def largest(before: list[Array], moved: list[Array], gradients: list[Array]) -> float:
    """After a step of rate 1, before - after is the gradient."""
    return max(float(np.abs((b - m) - g).max()) for b, m, g in zip(before, moved, gradients, strict=True))


def keras_step(
    sizes: tuple[int, ...], network: Network, loss_name: str, X: Array, y: Array, optimizer: str, rate: float
) -> tuple[float, list[Array]]:
    """Keras's loss before one step, and its parameters after it in our order: all weights, then all biases."""
    import keras

    losses: dict[str, Any] = {
        "squared_error": keras.losses.MeanSquaredError(),
        "binary_cross_entropy": keras.losses.BinaryCrossentropy(from_logits=True),
        "categorical_cross_entropy": keras.losses.CategoricalCrossentropy(from_logits=True),
    }
    optimizers: dict[str, Any] = {
        "sgd": keras.optimizers.SGD(rate),
        "momentum": keras.optimizers.SGD(rate, momentum=0.9),
        "adam": keras.optimizers.Adam(rate),
    }
    layers = [keras.layers.Dense(n, network.activation) for n in sizes[1:-1]]
    model = keras.Sequential([keras.Input((sizes[0],)), *layers, keras.layers.Dense(sizes[-1])])
    pairs = zip(network.weights, network.biases, strict=True)
    model.set_weights([array for pair in pairs for array in pair])
    # Compiling would take longer than the one step that follows.
    model.compile(optimizer=optimizers[optimizer], loss=losses[loss_name], run_eagerly=True)
    value = float(model.train_on_batch(X.astype("float32"), y.astype("float32")))
    after = model.get_weights()
    return value, [*after[0::2], *after[1::2]]
