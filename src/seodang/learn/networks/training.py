"""The training loop: many steps in one compiled call, data in memory, no callbacks, time known beforehand.

`learn` cuts the training into chunks of a fixed number of steps. A chunk's batches are gathered by NumPy and go to
one compiled function that scans over them (JAX: `jax.lax.scan` over `stateless_call`; TensorFlow: a `tf.function`
with a loop). Its shape depends on batch size and number of columns only, not on the number of rows, so that folds
and candidates share it. The optimiser is AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.learn.networks.program import Program, Weights
from seodang.learn.networks.schedule import SCHEDULES

EPSILON = 1e-8


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    loss: "squared" (standardised target) or "cross_entropy" (class codes).
    width_aware: divide a kernel's rate by √fan-in, which is what the NTK parametrisation does under Adam.
    decay: decoupled weight decay of kernels, times the learning rate.
    """

    loss: str
    steps: int
    batch: int
    chunk: int
    rate: float = 1e-3
    schedule: str = "coslog"
    decay: float = 0.0
    decay_schedule: str = "flat_cos"
    dropout: float = 0.0
    dropout_schedule: str = "flat_cos"
    smoothing: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.95
    width_aware: bool = False


@dataclass(frozen=True)
class Learnt:
    """weights: one for each share of the training asked for. epochs, losses: mean training loss by epoch."""

    weights: list[Weights]
    epochs: list[float]
    losses: list[float]


def learn(
    program: Program,
    X: NDArray[Any],
    y: NDArray[Any],
    recipe: Recipe,
    *,
    seed: int,
    keep_at: Sequence[float] = (1.0,),
    start: Weights | None = None,
) -> Learnt:
    """Train the program's network on X (n, …) and y (n,): class codes, or standardised targets.

    Args:
        keep_at: shares of the training, ascending, after which the weights are kept; rounded to whole chunks.
        start: weights to begin with; drawn from `seed` otherwise.
    """
    rng = np.random.default_rng(seed)
    loop = _loop(program, recipe)
    state = loop.begin(start or program.draw(seed))
    keep = [max(1, round(share * recipe.steps / recipe.chunk)) for share in keep_at]
    order = _batches(len(X), recipe.batch, rng)
    losses: list[float] = []
    kept: dict[int, Weights] = {}
    targets = y.astype(np.int32 if recipe.loss == "cross_entropy" else np.float32)
    for number in range(1, recipe.steps // recipe.chunk + 1):
        rows = np.stack([next(order) for _ in range(recipe.chunk)])
        dials = _dials(recipe, (number - 1) * recipe.chunk, rng)
        state, chunk_losses = loop.run(state, X[rows], targets[rows], dials)
        losses.extend(np.asarray(chunk_losses, np.float64).tolist())
        if number in keep:
            kept[number] = loop.weights(state)
    return Learnt([kept[number] for number in keep], *_by_epoch(losses, recipe.batch / len(X)))


def _batches(n: int, size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Rows of one batch after another; every row once before any row again."""
    pool = rng.permutation(n)
    while True:
        while len(pool) < size:
            pool = np.concatenate([pool, rng.permutation(n)])
        yield pool[:size]
        pool = pool[size:]


def _dials(recipe: Recipe, first: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """What changes from step to step, for one chunk: arrays (chunk,)."""
    step = np.arange(first, first + recipe.chunk)
    t = (step + 0.5) / recipe.steps
    return {
        "rate": (recipe.rate * SCHEDULES[recipe.schedule](t)).astype(np.float32),
        "decay": (recipe.decay * SCHEDULES[recipe.decay_schedule](t)).astype(np.float32),
        "dropout": (recipe.dropout * SCHEDULES[recipe.dropout_schedule](t)).astype(np.float32),
        "unbias1": (1 / (1 - recipe.beta1 ** (step + 1.0))).astype(np.float32),
        "unbias2": (1 / (1 - recipe.beta2 ** (step + 1.0))).astype(np.float32),
        "noise": rng.integers(1, 2**31 - 1, recipe.chunk).astype(np.int32),
    }


def _by_epoch(losses: list[float], epochs_per_step: float) -> tuple[list[float], list[float]]:
    """Mean loss by epoch (the last one may be cut short); one number a step where a step is more than an epoch."""
    epoch = np.floor(np.arange(len(losses)) * epochs_per_step + 1e-9).astype(int)
    numbers = np.unique(epoch)
    means = [float(np.mean(np.asarray(losses)[epoch == number])) for number in numbers]
    return [float(number + 1) for number in numbers], means


def _loop(program: Program, recipe: Recipe) -> Any:
    if program.backend == "jax":
        from seodang.learn.networks._jax_loop import JaxLoop

        return JaxLoop(program, recipe)
    from seodang.learn.networks._tensorflow_loop import TensorFlowLoop

    return TensorFlowLoop(program, recipe)
