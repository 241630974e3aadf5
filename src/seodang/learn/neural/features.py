"""What the network is shown of a point (x1, x2). With the right feature a hard problem is an easy one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seodang.learn.neural.dice import Array

FEATURES: dict[str, Callable[[Array, Array], Array]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1^2": lambda x1, x2: x1 * x1,
    "x2^2": lambda x1, x2: x2 * x2,
    "x1x2": lambda x1, x2: x1 * x2,
    "sin2x1": lambda x1, x2: np.sin(2 * x1),
    "sin2x2": lambda x1, x2: np.sin(2 * x2),
}


def shown(X: Array, names: Sequence[str]) -> Array:
    """X (n, 2) → (n, n_features), one column for each name."""
    return np.stack([FEATURES[name](X[:, 0], X[:, 1]) for name in names], axis=1)
