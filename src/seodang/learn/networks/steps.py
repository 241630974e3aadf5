"""One step's arithmetic, for every backend: loss and AdamW. Imports Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import ops

from seodang.learn.networks.training import EPSILON, Recipe


def loss_of(recipe: Recipe, output: Any, y: Any) -> Any:
    """Mean over the batch, summed over members. output: (batch, k) or (members, batch, k); y: (batch,)."""
    if recipe.loss == "squared":
        return ops.sum(ops.mean(ops.square(output[..., 0] - y), axis=-1))
    logs = output - ops.logsumexp(output, axis=-1, keepdims=True)
    share = recipe.smoothing / output.shape[-1]
    wanted = ops.one_hot(y, output.shape[-1]) * (1 - recipe.smoothing) + share
    return -ops.sum(ops.mean(ops.sum(logs * wanted, axis=-1), axis=-1))


@dataclass(frozen=True)
class Pace:
    """rate: factor of the learning rate. decay: factor of the weight decay."""

    rate: float
    decay: float


def pace_of(variable: Any, recipe: Recipe) -> Pace:
    """How fast a variable learns beside the others, by its name (RealMLP, arXiv 2407.04491, table A.1)."""
    name, shape = variable.name, tuple(variable.shape)
    is_kernel = name in ("kernel", "member_kernel")
    if not recipe.width_aware:
        return Pace(1.0, float(is_kernel))
    if is_kernel:
        fan_in = shape[-2] if name == "member_kernel" else _product(shape[:-1])
        return Pace(float(max(fan_in, 1)) ** -0.5, float(max(fan_in, 1)) ** 0.5)
    if name == "scale":
        return Pace(6.0, 1.0)
    if name in ("mixing", "mixing_bias", "frequency", "phase"):
        return Pace(1.0, 0.0)
    return Pace(0.1, 0.0)


def adamw(
    recipe: Recipe, pace: Pace, dials: dict[str, Any], w: Any, g: Any, m: Any, v: Any
) -> tuple[Any, Any, Any]:
    """Weight, first and second moment after one step (arXiv 1711.05101, algorithm 2)."""
    m = recipe.beta1 * m + (1 - recipe.beta1) * g
    v = recipe.beta2 * v + (1 - recipe.beta2) * g * g
    rate = dials["rate"] * pace.rate
    step = m * dials["unbias1"] / ((v * dials["unbias2"]) ** 0.5 + EPSILON)
    return w - rate * (step + dials["decay"] * pace.decay * w), m, v


def _product(numbers: tuple[int, ...]) -> int:
    product = 1
    for number in numbers:
        product *= number
    return product


def dial_places(model: Any) -> dict[str, list[int]]:
    """Where in `non_trainable_variables` the dials stand that the loop turns: "dropout" and "noise"."""
    names = [variable.name for variable in model.non_trainable_variables]
    return {dial: [place for place, name in enumerate(names) if name == dial] for dial in ("dropout", "noise")}
