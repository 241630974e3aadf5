"""A network's architecture with its compiled functions, kept for all networks of the same shape in this process.

An architecture is described by a plain JSON object, its *spec*; equal specs share one Keras model, which serves
as a template: weights go in and come out as NumPy arrays, so folds and candidates of one shape compile once. The
model gives logits (or standardised targets), float32 (n, outputs), or (members, n, outputs) where it has members.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.learn.networks.backend import active_backend, prepare_backend

Spec = Mapping[str, Any]
ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class Weights:
    """The arrays of a model, in the order of its `trainable_variables` and `non_trainable_variables`."""

    trained: list[NDArray[Any]]
    fixed: list[NDArray[Any]]


class Program:
    """The Keras model of a spec, and what has been compiled for it so far (`compiled`)."""

    def __init__(self, spec: Spec) -> None:
        prepare_backend()
        self.backend = active_backend()
        self.spec = spec
        self.model = _builder(spec["kind"])(spec)
        self.compiled: dict[Any, Any] = {}

    def draw(self, seed: int) -> Weights:
        """Fresh weights, the same on every backend."""
        rng = np.random.default_rng(seed)
        return Weights(
            [_start(variable, rng) for variable in self.model.trainable_variables],
            [_start(variable, rng) for variable in self.model.non_trainable_variables],
        )

    def fill(self, weights: Weights) -> Any:
        """The template with these weights in it: the Keras model itself, to be used or saved at once."""
        for variable, value in zip(self.model.trainable_variables, weights.trained, strict=True):
            variable.assign(value)
        for variable, value in zip(self.model.non_trainable_variables, weights.fixed, strict=True):
            variable.assign(value)
        return self.model

    def held(self) -> Weights:
        """The weights that the template holds now."""
        return Weights(
            [_as_numpy(variable).copy() for variable in self.model.trainable_variables],
            [_as_numpy(variable).copy() for variable in self.model.non_trainable_variables],
        )

    def output(self, weights: Weights, X: NDArray[Any]) -> NDArray[np.float32]:
        """What the model gives for X (n, …), in blocks of one fixed shape, so that it compiles once."""
        forward = self._forward(weights)
        blocks = []
        for start in range(0, len(X), ROWS_AT_ONCE):
            block = X[start : start + ROWS_AT_ONCE]
            padding = np.zeros((ROWS_AT_ONCE - len(block), *X.shape[1:]), X.dtype)
            blocks.append(np.asarray(forward(np.concatenate([block, padding])))[..., : len(block), :])
        return np.concatenate(blocks, axis=-2)

    def _forward(self, weights: Weights) -> Callable[[NDArray[Any]], Any]:
        if self.backend != "jax":
            model = self.fill(weights)
            return lambda block: _as_numpy(model(block, training=False))
        if "forward" not in self.compiled:
            import jax

            self.compiled["forward"] = jax.jit(
                lambda trained, fixed, x: self.model.stateless_call(trained, fixed, x, training=False)[0]
            )
        compiled = self.compiled["forward"]
        return lambda block: compiled(weights.trained, weights.fixed, block)


def program_of(spec: Spec) -> Program:
    """The one program of this spec in this process."""
    return _program_of(json.dumps(spec, sort_keys=True))


@lru_cache(maxsize=16)
def _program_of(spec_text: str) -> Program:
    return Program(json.loads(spec_text))


def _builder(kind: str) -> Callable[[Spec], Any]:
    from seodang.learn.networks import architectures

    return architectures.BUILDERS[kind]


def _as_numpy(tensor: Any) -> NDArray[Any]:
    import keras

    return np.asarray(keras.ops.convert_to_numpy(tensor))


def _start(variable: Any, rng: np.random.Generator) -> NDArray[Any]:
    """How a variable begins, by its name: He's normal for kernels, ones for scales, mostly zeros else."""
    shape, name = tuple(variable.shape), variable.name
    if name in ("kernel", "member_kernel"):
        fan_in = shape[-2] if name == "member_kernel" else int(np.prod(shape[:-1]))
        return rng.normal(size=shape, scale=(2 / max(fan_in, 1)) ** 0.5).astype(np.float32)
    if name in ("gamma", "moving_variance", "scale", "share"):
        return np.ones(shape, np.float32)
    if name == "frequency":
        return rng.normal(size=shape, scale=0.2).astype(np.float32)
    if name == "mixing":
        return rng.uniform(-1, 1, size=shape).astype(np.float32) * np.float32(shape[1] ** -0.5)
    if name == "phase":
        return rng.uniform(-0.5, 0.5, size=shape).astype(np.float32)
    return np.zeros(shape, np.dtype(str(variable.dtype)))
