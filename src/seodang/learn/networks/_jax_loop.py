"""The training loop on JAX: `lax.scan` over a chunk of batches, compiled once for a recipe's shape.

Networks with convolutions run one compiled step after another instead: within a loop XLA's CPU backend computes
convolutions and their gradients naively, 10 to 100 times slower (measured on jax 0.10), and their steps are long
enough that a call for each costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from seodang.learn.networks.program import Program, Weights
from seodang.learn.networks.steps import adamw, dial_places, loss_of, pace_of
from seodang.learn.networks.training import Recipe


class JaxLoop:
    """State: (trained, fixed, first moments, second moments), each a list of arrays."""

    def __init__(self, program: Program, recipe: Recipe) -> None:
        key = ("train", recipe.loss, recipe.smoothing, recipe.beta1, recipe.beta2, recipe.width_aware)
        if key not in program.compiled:
            program.compiled[key] = _compiled(program.model, recipe)
        self._run = program.compiled[key]

    def begin(self, start: Weights) -> Any:
        trained = [jax.numpy.asarray(array) for array in start.trained]
        zeros = [[jax.numpy.zeros_like(array) for array in trained] for _ in range(2)]
        return trained, [jax.numpy.asarray(array) for array in start.fixed], *zeros

    def run(self, state: Any, X: Any, y: Any, dials: Any) -> tuple[Any, Any]:
        return self._run(state, X, y, dials)  # type: ignore[no-any-return]

    def weights(self, state: Any) -> Weights:
        return Weights([np.array(array) for array in state[0]], [np.array(array) for array in state[1]])


def _compiled(model: Any, recipe: Recipe) -> Callable[..., tuple[Any, Any]]:
    paces = [pace_of(variable, recipe) for variable in model.trainable_variables]
    places = dial_places(model)

    def objective(trained: Any, fixed: Any, x: Any, y: Any) -> tuple[Any, Any]:
        output, fixed = model.stateless_call(trained, fixed, x, training=True)
        return loss_of(recipe, output, y), fixed

    def step(state: Any, batch: Any) -> tuple[Any, Any]:
        trained, fixed, first, second = state
        x, y, dials = batch
        for dial, where in places.items():
            for place in where:
                fixed[place] = dials[dial].astype(fixed[place].dtype)
        (loss, fixed), slopes = jax.value_and_grad(objective, has_aux=True)(trained, fixed, x, y)
        moved = [
            adamw(recipe, *parts[:1], dials, *parts[1:])
            for parts in zip(paces, trained, slopes, first, second, strict=True)
        ]
        trained, first, second = ([part[i] for part in moved] for i in range(3))
        return (trained, list(fixed), first, second), loss

    if any(variable.name == "kernel" and len(variable.shape) == 4 for variable in model.trainable_variables):
        return _one_by_one(jax.jit(step, donate_argnums=0))
    return jax.jit(lambda state, X, y, dials: jax.lax.scan(step, state, (X, y, dials)), donate_argnums=0)


def _one_by_one(step: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    def run(state: Any, X: Any, y: Any, dials: dict[str, Any]) -> tuple[Any, Any]:
        losses = []
        for place in range(len(X)):
            batch = (X[place], y[place], {name: dial[place] for name, dial in dials.items()})
            state, loss = step(state, batch)
            losses.append(loss)
        return state, np.asarray(losses)

    return run
