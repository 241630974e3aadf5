"""Large weights cost something, so that the network prefers simple answers. Biases are free.

L2 draws every weight towards zero in proportion to its size (weight decay); L1 draws all equally, so that those of
little use end at zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seodang.learn.neural.dice import Array

Penalty = Callable[[Sequence[Array], float], tuple[float, list[Array]]]


def none(weights: Sequence[Array], strength: float) -> tuple[float, list[Array]]:
    return 0.0, [np.zeros_like(W) for W in weights]


def l1(weights: Sequence[Array], strength: float) -> tuple[float, list[Array]]:
    """Strength × Σ|w|."""
    return strength * float(sum(np.abs(W).sum() for W in weights)), [strength * np.sign(W) for W in weights]


def l2(weights: Sequence[Array], strength: float) -> tuple[float, list[Array]]:
    """Strength × Σ w² / 2."""
    return strength * float(sum((W * W).sum() for W in weights)) / 2, [strength * W for W in weights]


PENALTIES: dict[str, Penalty] = {"none": none, "l1": l1, "l2": l2}
