"""The training loop on TensorFlow, for a process where Keras already runs on it: a `tf.function` for each chunk."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from seodang.learn.networks.program import Program, Weights
from seodang.learn.networks.steps import adamw, dial_places, loss_of, pace_of
from seodang.learn.networks.training import Recipe


class TensorFlowLoop:
    """The state lives in the template's variables and the moments'."""

    def __init__(self, program: Program, recipe: Recipe) -> None:
        self._program = program
        key = ("train", recipe)
        if key not in program.compiled:
            program.compiled[key] = _compiled(program.model, recipe)
        self._run, self._moments = program.compiled[key]

    def begin(self, start: Weights) -> None:
        self._program.fill(start)
        for moment in self._moments:
            moment.assign(tf.zeros_like(moment))

    def run(self, state: None, X: Any, y: Any, dials: Any) -> tuple[None, Any]:
        return state, self._run(tf.constant(X), tf.constant(y), {name: tf.constant(d) for name, d in dials.items()})

    def weights(self, state: None) -> Weights:
        return self._program.held()


def _compiled(model: Any, recipe: Recipe) -> tuple[Any, list[Any]]:
    variables = model.trainable_variables
    paces = [pace_of(variable, recipe) for variable in variables]
    moments = [[tf.Variable(tf.zeros(variable.shape)) for variable in variables] for _ in range(2)]
    dialled = [
        (model.non_trainable_variables[place], dial)
        for dial, where in dial_places(model).items()
        for place in where
    ]

    def step(x: Any, y: Any, dials: dict[str, Any]) -> Any:
        for variable, dial in dialled:
            variable.assign(tf.cast(dials[dial], variable.dtype))
        with tf.GradientTape() as tape:
            loss = loss_of(recipe, model(x, training=True), y)
        slopes = tape.gradient(loss, [variable.value for variable in variables])
        for pace, variable, slope, first, second in zip(paces, variables, slopes, *moments, strict=True):
            moved, m, v = adamw(recipe, pace, dials, variable.value, slope, first, second)
            variable.assign(moved)
            first.assign(m)
            second.assign(v)
        return loss

    @tf.function  # type: ignore[untyped-decorator]
    def run(X: Any, y: Any, dials: dict[str, Any]) -> Any:
        losses = tf.TensorArray(tf.float32, size=tf.shape(X)[0])
        for i in tf.range(tf.shape(X)[0]):
            losses = losses.write(i, step(X[i], y[i], {name: dial[i] for name, dial in dials.items()}))
        return losses.stack()

    return run, [*moments[0], *moments[1]]
