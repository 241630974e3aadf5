"""Spec → Keras model. Every architecture stands in one function and is made of Keras's layers and `layers`.

A spec holds "kind", "inputs" (columns), "outputs" (classes, or 1) and what its function reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from seodang.learn.networks.augment import Augment
from seodang.learn.networks.layers import (
    LearntActivation,
    MemberDense,
    PeriodicEmbedding,
    PiecewiseEmbedding,
    Scale,
    ScheduledDropout,
)
from seodang.learn.networks.program import Spec

BUILDERS: dict[str, Callable[[Spec], Any]] = {}


def builds(kind: str) -> Callable[[Callable[[Spec], Any]], Callable[[Spec], Any]]:
    """Decorate the function that builds networks of that kind."""

    def keep(builder: Callable[[Spec], Any]) -> Callable[[Spec], Any]:
        BUILDERS[kind] = builder
        return builder

    return keep


@builds("dense")
def dense(spec: Spec) -> Any:
    """inputs → hidden (ReLU) … → outputs, nothing else."""
    hidden = [keras.layers.Dense(units, activation="relu") for units in spec["hidden"]]
    return keras.Sequential([keras.Input((spec["inputs"],)), *hidden, keras.layers.Dense(spec["outputs"])])


@builds("deep")
def deep(spec: Spec) -> Any:
    """Columns (numbers embedded by waves or by bins) → learnt scale → [dense → activation → dropout] … → dense, for
    several members."""
    inputs = x = keras.Input((spec["inputs"],))
    if spec["numeric"] and spec["embedding"] == "waves":
        x = PeriodicEmbedding(spec["numeric"], spec["parts"], spec["width"])(x)
    if spec["numeric"] and spec["embedding"] == "bins":
        x = PiecewiseEmbedding(spec["numeric"], spec["parts"], spec["width"])(x)
    x = Scale()(x)
    for place, units in enumerate(spec["hidden"]):
        x = MemberDense(units, spec["members"])(x)
        x = LearntActivation(spec["activation"])(x)
        x = ScheduledDropout(salt=place + 1)(x)
    return keras.Model(inputs, MemberDense(spec["outputs"], spec["members"])(x))


@builds("cnn")
def cnn(spec: Spec) -> Any:
    """Pictures → augmented → [convolution, stride 2 → batch norm → ReLU → the same at stride 1, added] … →
    mean over the plane → dropout → dense."""
    inputs = keras.Input((spec["side"], spec["side"], spec["channels"]), dtype="uint8")
    x = Augment(**spec["augment"])(inputs)
    for place, filters in enumerate(spec["filters"]):
        x = _convolution(x, filters, size=5 if place == 0 else 3, stride=2)
        if place and spec["residual"]:
            x = keras.layers.Add()([x, _convolution(x, filters, size=3, stride=1)])
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = ScheduledDropout()(x)
    return keras.Model(inputs, keras.layers.Dense(spec["outputs"])(x))


def _convolution(x: Any, filters: int, *, size: int, stride: int) -> Any:
    x = keras.layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False)(x)
    # Moving averages must follow a training of a few hundred steps.
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    return keras.layers.Activation("relu")(x)
