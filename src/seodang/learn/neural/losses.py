"""How wrong an answer is, and in which direction to mend it: each gives the loss and its slope along the answer.

The cross-entropies take logits, not probabilities: the logarithm and the exponential cancel on paper instead of
overflowing in the machine, and the slope is simply what was said less what is true.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from seodang.learn.neural.activations import sigmoid
from seodang.learn.neural.dice import Array

Loss = Callable[[Array, Array], tuple[float, Array]]


def squared_error(answers: Array, y: Array) -> tuple[float, Array]:
    """Mean of (answer - y)² over examples and outputs. Both (n, n_outputs)."""
    error = answers - y
    return float((error**2).mean()), 2 * error / error.size


def binary_cross_entropy(logits: Array, y: Array) -> tuple[float, Array]:
    """Mean of -log p(y), p(1) = sigmoid(logit). Both (n, 1), y is 0 or 1."""
    losses = np.logaddexp(0, logits) - y * logits  # log(1 + e^z) - y z
    return float(losses.mean()), (sigmoid(logits) - y) / y.size


def categorical_cross_entropy(logits: Array, y: Array) -> tuple[float, Array]:
    """Mean of -log p(true class), p = softmax(logits). Both (n, n_classes), y one-hot."""
    z = logits - logits.max(axis=1, keepdims=True)  # softmax does not feel a shift
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))  # (n, n_classes)
    return float(-(y * log_p).sum(axis=1).mean()), (np.exp(log_p) - y) / len(y)
