"""A candidate: one family with one choice of settings, judged on rows that it did not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Candidate:
    """
    oof: out-of-fold prediction, float32, aligned with all rows: (n,) values of a regression, (n, n_classes)
        probabilities of classes (binary too). NaN in rows that no fold validates.
    fold_scores: the metric on each fold's validation rows, in its own direction.
    stage: the checkpoint where training stops; None for an estimator without checkpoints.
    curves: for each fold what a network's training looked like: lists "epoch", "loss", and "val_loss" where known.
    models: for each fold the folder with encoder and estimator.
    """

    family: str
    settings: Mapping[str, Any]
    oof: NDArray[np.float32]
    fold_scores: tuple[float, ...]
    stage: int | None = None
    seconds: float = 0.0
    fold_seconds: tuple[float, ...] = ()
    curves: tuple[Mapping[str, list[float]], ...] = ()
    models: tuple[Path, ...] = field(default=(), repr=False)
