"""Epochs, batches, curves: show examples, measure the error, send the blame back, take a step; again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seodang.learn.neural.dice import ORDER, Array, Dice
from seodang.learn.neural.losses import Loss
from seodang.learn.neural.network import Gradients, Network
from seodang.learn.neural.optimizers import Optimizer
from seodang.learn.neural.penalties import Penalty, none


@dataclass(frozen=True)
class Epoch:
    """Losses over all examples after an epoch, without the penalty. NaN where there are no test examples."""

    epoch: int
    loss: float
    test_loss: float


def gradients_of(
    network: Network, X: Array, y: Array, loss: Loss, penalty: Penalty = none, strength: float = 0.0
) -> tuple[float, Gradients]:
    """Loss with its penalty, and its slope along every parameter, on one batch.

    X (n, n_inputs), y (n, n_outputs)."""
    answers = network.forward(X)
    value, blame = loss(answers[-1], y)
    gradients = network.backward(answers, blame)
    extra, slopes = penalty(network.weights, strength)
    gradients.weights = [g + slope for g, slope in zip(gradients.weights, slopes, strict=True)]
    return value + extra, gradients


def train(
    network: Network,
    X: Array,
    y: Array,
    loss: Loss,
    optimizer: Optimizer,
    *,
    epochs: int,
    batch_size: int = 10,
    penalty: Penalty = none,
    strength: float = 0.0,
    test: tuple[Array, Array] | None = None,
    seed: int = 0,
) -> Iterator[Epoch]:
    """Change the network in place; after each epoch say how it stands, first of all before any (epoch 0)."""
    dice = Dice(seed, ORDER)
    for epoch in range(epochs + 1):
        if epoch > 0:
            order = dice.order(len(X))
            for start in range(0, len(X), batch_size):
                batch = order[start : start + batch_size]
                _value, gradients = gradients_of(network, X[batch], y[batch], loss, penalty, strength)
                optimizer.step(network.parameters, gradients.all)
        test_loss = loss(network.forward(test[0])[-1], test[1])[0] if test is not None else float("nan")
        yield Epoch(epoch, loss(network.forward(X)[-1], y)[0], test_loss)
