"""A multi-layer network: forward and backward through its layers. The chain rule, and nothing else.

Layer l holds weights W (n_in, n_out) and biases b (n_out,). The last layer is linear: what it says are logits for
classes (the losses do the rest) or the answer itself for regression.

Source: Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, Nature 323 (1986).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from seodang.learn.neural import initial
from seodang.learn.neural.activations import ACTIVATIONS
from seodang.learn.neural.dice import WEIGHTS, Array, Dice


@dataclass
class Gradients:
    """The slope of the loss along every weight and bias: shapes as in the network."""

    weights: list[Array]
    biases: list[Array]

    @property
    def all(self) -> list[Array]:
        return [*self.weights, *self.biases]


class Network:
    def __init__(self, sizes: Sequence[int], activation: str = "tanh", seed: int = 0) -> None:
        """Sizes: units of each layer from the inputs to the outputs, such as (2, 8, 8, 1)."""
        self.activation = activation
        dice = Dice(seed, WEIGHTS)
        self.weights: list[Array] = []
        self.biases: list[Array] = []
        last = len(sizes) - 2
        for layer, (n_in, n_out) in enumerate(pairwise(sizes)):
            kind = "linear" if layer == last else activation
            self.weights.append(initial.weights(n_in, n_out, kind, dice))
            self.biases.append(initial.biases(n_out))

    @property
    def parameters(self) -> list[Array]:
        """All that is learnt; optimizers change these arrays in place."""
        return [*self.weights, *self.biases]

    def forward(self, X: Array) -> list[Array]:
        """What every layer answers to X (n, n_inputs): first X itself, then (n, units) each, last the logits."""
        f, _slope = ACTIVATIONS[self.activation]
        answers = [X]
        last = len(self.weights) - 1
        for layer, (W, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = answers[-1] @ W + b  # (n, n_in) @ (n_in, n_out) + (n_out,) = (n, n_out)
            answers.append(z if layer == last else f(z))
        return answers

    def backward(self, answers: list[Array], blame: Array) -> Gradients:
        """From the slope of the loss along the logits, `blame` (n, n_outputs), to that along every parameter."""
        _f, slope = ACTIVATIONS[self.activation]
        gradients = Gradients([], [])
        for layer in reversed(range(len(self.weights))):
            a = answers[layer]  # what came in: (n, n_in)
            gradients.weights.insert(0, a.T @ blame)  # (n_in, n) @ (n, n_out) = (n_in, n_out)
            gradients.biases.insert(0, blame.sum(axis=0))  # (n_out,)
            if layer > 0:
                blame = (blame @ self.weights[layer].T) * slope(a)  # (n, n_out) @ (n_out, n_in) = (n, n_in)
        return gradients
