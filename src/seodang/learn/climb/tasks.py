"""What a worker is asked to do, and what it answers: plain values that travel by pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.learn.families import Family

Floats = NDArray[np.float32]


# --- to the launcher --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hello:
    """The first message. paths: where the climb finds modules; searched last, as its families may lie there.
    number: of the worker, where it is started without a launcher."""

    folder: Path
    seed: int
    paths: tuple[str, ...]
    number: int = 0


@dataclass(frozen=True)
class Fork:
    """One more worker; its connection follows as a descriptor."""

    number: int


@dataclass(frozen=True)
class Goodbye:
    """The climb is over; its folder stays."""


# --- to a worker ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prepare:
    """Read a table, look at it, cut folds, and write all of it into `folder` for the other workers.

    source: a path, or None where the frame was laid into the folder. options: of `handover.prepare`.
    """

    folder: Path
    source: Path | None
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Look:
    """Warnings about the prepared table: leakage, duplicates."""

    folder: Path
    seed: int


@dataclass(frozen=True)
class WakeKeras:
    """Import Keras now, while there is nothing else to do."""


@dataclass(frozen=True)
class Fit:
    """Fit one candidate on one fold. model: where to lay the fitted estimator, for a `Keep` that may come."""

    folder: Path
    family: Family
    settings: Mapping[str, Any]
    fold: int
    seed: int
    model: Path


@dataclass(frozen=True)
class Keeping:
    """One fitted fold model to be written in its lasting format: `folder`/encoder and `folder`/estimator."""

    family: Family
    model: Path
    fold: int
    stage: int | None
    folder: Path


@dataclass(frozen=True)
class Keep:
    """Write several models. data: the climb's prepared table."""

    data: Path
    models: tuple[Keeping, ...]


Task = Prepare | Look | WakeKeras | Fit | Keep


@dataclass(frozen=True)
class Fitted:
    """
    predictions: of the validation rows, one array for each checkpoint (one alone where there are none): (m,) values
        or (m, n_classes) probabilities. held: the same of the rows that are held out, or empty.
    stages: numbers of the checkpoints, or empty. seconds: fitting and predicting; encode_seconds: what encoding
        took on top. model_bytes: the size of the fitted estimator as laid down.
    """

    predictions: tuple[Floats, ...]
    held: tuple[Floats, ...] = ()
    stages: tuple[int, ...] = ()
    seconds: float = 0.0
    encode_seconds: float = 0.0
    model_bytes: int = 0
    curve: Mapping[str, list[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What became of a task. error: the exception where it failed, `reason` its text in one line."""

    number: int
    value: Any = None
    error: BaseException | None = None
    reason: str = ""
    peak_bytes: int = 0


@dataclass(frozen=True)
class Numbered:
    number: int
    task: Task
