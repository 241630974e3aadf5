"""The gradient again, by wiggling one weight at a time: slow, simple, and the judge of backpropagation.

The central difference (L(w + h) - L(w - h)) / 2h errs by h² times the third derivative; h = 1e-5 balances that
against rounding, which errs by about 1e-16 / h. Where ReLU bends (a sum of exactly 0) there is no one slope, and
the two ways rightly differ.
"""

from __future__ import annotations

import numpy as np

from seodang.learn.neural.dice import Array
from seodang.learn.neural.losses import Loss
from seodang.learn.neural.network import Network
from seodang.learn.neural.penalties import Penalty, none
from seodang.learn.neural.training import gradients_of


def gradients_by_differences(
    network: Network,
    X: Array,
    y: Array,
    loss: Loss,
    penalty: Penalty = none,
    strength: float = 0.0,
    h: float = 1e-5,
) -> list[Array]:
    """One array for each of the network's parameters, shaped like it. Two forward passes for every number."""

    def value() -> float:
        return loss(network.forward(X)[-1], y)[0] + penalty(network.weights, strength)[0]

    found = []
    for p in network.parameters:
        slope = np.zeros_like(p)
        for place in np.ndindex(p.shape):
            kept = p[place]
            p[place] = kept + h
            above = value()
            p[place] = kept - h
            below = value()
            p[place] = kept
            slope[place] = (above - below) / (2 * h)
        found.append(slope)
    return found


def largest_difference(
    network: Network, X: Array, y: Array, loss: Loss, penalty: Penalty = none, strength: float = 0.0
) -> float:
    """Between backpropagation and differences, over all parameters: about 1e-9 when both are right."""
    _value, gradients = gradients_of(network, X, y, loss, penalty, strength)
    wiggled = gradients_by_differences(network, X, y, loss, penalty, strength)
    return max(float(np.abs(a - b).max()) for a, b in zip(gradients.all, wiggled, strict=True))
