"""What a unit does with its sum z, and the slope of that, told from the answer a = f(z).

Without them a deep network would be a single matrix: a product of matrices is a matrix.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from seodang.learn.neural.dice import Array


def tanh(z: Array) -> Array:
    return np.tanh(z)


def tanh_slope(a: Array) -> Array:
    return 1 - a * a


def relu(z: Array) -> Array:
    return np.maximum(z, 0)


def relu_slope(a: Array) -> Array:
    return (a > 0).astype(float)  # at the kink either side would do; all libraries take 0


def sigmoid(z: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * z))  # 1 / (1 + exp(-z)), which would overflow


def sigmoid_slope(a: Array) -> Array:
    return a * (1 - a)


def linear(z: Array) -> Array:
    return z


def linear_slope(a: Array) -> Array:
    return np.ones_like(a)


ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "tanh": (tanh, tanh_slope),
    "relu": (relu, relu_slope),
    "sigmoid": (sigmoid, sigmoid_slope),
    "linear": (linear, linear_slope),
}
