"""What to do with a gradient. Each changes the parameters in place, one step at a time.

`parameters` and `gradients` are lists of arrays of equal shapes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seodang.learn.neural.dice import Array


class SGD:
    """Downhill, one small step."""

    def __init__(self, rate: float = 0.03) -> None:
        self.rate = rate

    def step(self, parameters: Sequence[Array], gradients: Sequence[Array]) -> None:
        for p, g in zip(parameters, gradients, strict=True):
            p -= self.rate * g


class Momentum:
    """A ball that rolls downhill: it keeps nine tenths of its speed (Polyak, 1964)."""

    def __init__(self, rate: float = 0.03, kept: float = 0.9) -> None:
        self.rate, self.kept = rate, kept
        self.speeds: list[Array] = []

    def step(self, parameters: Sequence[Array], gradients: Sequence[Array]) -> None:
        if not self.speeds:
            self.speeds = [np.zeros_like(p) for p in parameters]
        for p, g, speed in zip(parameters, gradients, self.speeds, strict=True):
            speed *= self.kept
            speed -= self.rate * g
            p += speed


class Adam:
    """A step of its own length for every parameter: the gradient's mean over its usual size.

    Source: Kingma and Ba (2015), algorithm 1 in the order of operations at the end of section 2, as in Keras.
    """

    def __init__(self, rate: float = 0.03, beta1: float = 0.9, beta2: float = 0.999, tiny: float = 1e-7) -> None:
        self.rate, self.beta1, self.beta2, self.tiny = rate, beta1, beta2, tiny
        self.steps = 0
        self.means: list[Array] = []
        self.squares: list[Array] = []

    def step(self, parameters: Sequence[Array], gradients: Sequence[Array]) -> None:
        if not self.means:
            self.means = [np.zeros_like(p) for p in parameters]
            self.squares = [np.zeros_like(p) for p in parameters]
        self.steps += 1
        # Both averages begin at zero; this makes good for it.
        rate = self.rate * np.sqrt(1 - self.beta2**self.steps) / (1 - self.beta1**self.steps)
        for p, g, mean, square in zip(parameters, gradients, self.means, self.squares, strict=True):
            mean += (1 - self.beta1) * (g - mean)
            square += (1 - self.beta2) * (g * g - square)
            p -= rate * mean / (np.sqrt(square) + self.tiny)


Optimizer = SGD | Momentum | Adam
OPTIMIZERS: dict[str, type[SGD] | type[Momentum] | type[Adam]] = {"sgd": SGD, "momentum": Momentum, "adam": Adam}
