"""The weights before the first step: small enough that units do not saturate, large enough that signals survive.

Sources: Glorot and Bengio (2010), equation 16, for tanh, sigmoid and linear; He and others (2015), equation 10, for
ReLU, half of whose answers are zero. Equal weights would stay equal for ever; so they are thrown with dice.
"""

from __future__ import annotations

import math

import numpy as np

from seodang.learn.neural.dice import Array, Dice


def weights(n_in: int, n_out: int, activation: str, dice: Dice) -> Array:
    """(n_in, n_out), even between -limit and limit."""
    limit = math.sqrt(6 / n_in) if activation == "relu" else math.sqrt(6 / (n_in + n_out))
    return limit * (2 * dice.uniform(n_in, n_out) - 1)


def biases(n_out: int) -> Array:
    return np.zeros(n_out)
