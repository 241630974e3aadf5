"""Fitting one candidate on one fold: what a worker does most of its life.

The encoder is fitted on the fold's training rows alone. Encoded folds are kept in memory, the latest used first, up
to a bound, since every candidate of a view needs the same ones.
"""

from __future__ import annotations

import os
import shutil
import time
import zlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.climb import handover
from seodang.learn.climb.handover import Outline
from seodang.learn.climb.tasks import Fit, Fitted, Floats, Keeping
from seodang.learn.errors import LearnError
from seodang.learn.task import Feature, View

# Of encoded folds, per worker.
CACHE_BYTES = 192 * 2**20
# Of one fold's predictions at all checkpoints together, float32.
STAGE_CELLS = 4_000_000


class NotFinite(LearnError):
    code = "not_finite"


def seed_of(seed: int, *parts: Any) -> int:
    """A seed for one purpose, 0 … 2³¹ − 1: it depends on what it is for, never on when it is drawn."""
    text = "/".join(str(part) for part in (seed, *parts))
    return zlib.crc32(text.encode()) & 0x7FFFFFFF


@dataclass(frozen=True)
class EncodedFold:
    """One fold as one view shows it. held: the rows that are held out, or None."""

    train: NDArray[Any]
    valid: NDArray[Any]
    held: NDArray[Any] | None
    features: Sequence[Feature]
    encoder: Any

    @property
    def n_bytes(self) -> int:
        parts = [self.train, self.valid, *([] if self.held is None else [self.held])]
        return sum(int(part.nbytes) for part in parts)


class Bench:
    """The table as one worker holds it, and its encoded folds."""

    def __init__(self, folder: Path, seed: int, cache_bytes: int = CACHE_BYTES) -> None:
        self.folder = folder
        self.seed = seed
        self.outline: Outline = handover.load(folder / handover.OUTLINE)
        self.prepared = handover.load(folder / handover.LEARN)
        self._held = handover.load(folder / handover.HELD) if (folder / handover.HELD).exists() else None
        self._cache: OrderedDict[tuple[int, View], EncodedFold] = OrderedDict()
        self._cache_bytes = cache_bytes

    # --- a fit -----------------------------------------------------------------------------------------------

    def fit(self, task: Fit) -> Fitted:
        """
        Raises:
            NotFinite: the fitted model predicts what is no number.
            Exception: whatever the family's estimator raises.
        """
        begun = time.perf_counter()
        fold = self.encoded(task.fold, task.family.view)
        encoded = time.perf_counter()
        train, _ = self.outline.folds[task.fold]
        estimator = task.family.estimator(
            self.outline.facts, fold.features, task.settings, seed=task.seed, threads=1
        )
        estimator.fit(fold.train, self.outline.y[train])
        stages = tuple(int(stage) for stage in getattr(estimator, "stages_", ()) or ())
        told = told_stages(stages, len(fold.valid) * max(1, self.outline.facts.n_classes))
        predictions = self._predictions(estimator, fold.valid, stages, told)
        held = () if fold.held is None else self._predictions(estimator, fold.held, stages, told)
        fitted = time.perf_counter()
        return Fitted(
            predictions=predictions,
            held=held,
            stages=told,
            seconds=fitted - encoded,
            encode_seconds=encoded - begun,
            model_bytes=_lay_down(task, estimator),
            curve=_curve(estimator),
        )

    def _predictions(
        self, estimator: Any, X: NDArray[Any], stages: Sequence[int], told: Sequence[int]
    ) -> tuple[Floats, ...]:
        name = "predict_proba" if self.outline.facts.task.has_classes else "predict"
        if not stages:
            return (self._checked(getattr(estimator, name)(X), estimator),)
        found = zip(stages, getattr(estimator, f"staged_{name}")(X), strict=True)
        return tuple(self._checked(prediction, estimator) for stage, prediction in found if stage in told)

    def _checked(self, prediction: NDArray[Any], estimator: Any) -> Floats:
        """float32 in a candidate's shape, all classes in their places.

        Raises:
            NotFinite
        """
        values = np.asarray(prediction, dtype=np.float32)
        if not np.isfinite(values).all():
            raise NotFinite(N_("It predicted something that is not a finite number."))
        if not self.outline.facts.task.has_classes:
            return values.reshape(len(values))
        return all_classes(values, getattr(estimator, "classes_", None), self.outline.facts.n_classes)

    # --- encoded folds ---------------------------------------------------------------------------------------

    def encoded(self, fold: int, view: View) -> EncodedFold:
        key = (fold, view)
        if key not in self._cache:
            made = self._encode(fold, view)
            self._make_room(made.n_bytes)
            self._cache[key] = made
        self._cache.move_to_end(key)
        return self._cache[key]

    def _make_room(self, n_bytes: int) -> None:
        while self._cache and sum(kept.n_bytes for kept in self._cache.values()) + n_bytes > self._cache_bytes:
            self._cache.popitem(last=False)

    def _encode(self, fold: int, view: View) -> EncodedFold:
        train, valid = self.outline.folds[fold]
        encoder = new_encoder(self.outline, view, seed_of(self.seed, "encoder", fold))
        X = self.prepared.X
        encoded = encoder.fit_transform(X.take(train), self.outline.y[train])
        made = EncodedFold(
            train=encoded,
            valid=encoder.transform(X.take(valid)),
            held=None if self._held is None else encoder.transform(self._held),
            features=encoder.features_,
            encoder=encoder,
        )
        self._save_encoder(encoder, fold, view)
        return made

    def _save_encoder(self, encoder: Any, fold: int, view: View) -> None:
        """Once for all workers: the folder appears whole or not at all."""
        folder = encoder_folder(self.folder, fold, view)
        if folder.exists():
            return
        mine = folder.with_name(f"{folder.name}-{os.getpid()}")
        mine.mkdir(parents=True)
        encoder.save(mine)
        try:
            mine.rename(folder)
        except OSError:  # the other worker was quicker
            shutil.rmtree(mine, ignore_errors=True)

    # --- keeping a model -------------------------------------------------------------------------------------

    def keep(self, task: Keeping) -> float:
        """Write encoder and estimator in their lasting formats; seconds that it took. The folder appears whole or
        not at all."""
        begun = time.perf_counter()
        if task.folder.exists():
            return 0.0
        estimator = handover.load(task.model)
        if task.stage is not None:
            estimator.truncate(task.stage)
        mine = task.folder.with_name(f"{task.folder.name}-{os.getpid()}")
        shutil.rmtree(mine, ignore_errors=True)
        (mine / "estimator").mkdir(parents=True)
        task.family.save(estimator, mine / "estimator")
        encoder = encoder_folder(self.folder, task.fold, task.family.view)
        if not encoder.exists():
            self.encoded(task.fold, task.family.view)
        _link_folder(encoder, mine / "encoder")
        mine.rename(task.folder)
        return time.perf_counter() - begun


def told_stages(stages: Sequence[int], n_cells: int) -> tuple[int, ...]:
    """Checkpoints that a worker tells of: all, or where many classes make them large, some and the last.

    Args:
        n_cells: numbers that the prediction of one checkpoint has.
    """
    most = max(1, STAGE_CELLS // max(1, n_cells))
    if len(stages) <= most:
        return tuple(stages)
    places = np.unique(np.linspace(len(stages) - 1, 0, most).round().astype(int))
    return tuple(stages[place] for place in places)


def new_encoder(outline: Outline, view: View, seed: int) -> Any:
    if outline.facts.are_images:
        from seodang.learn.data.images import ImageEncoder

        return ImageEncoder(outline.schema, view, seed)
    from seodang.learn.data.encode import Encoder

    return Encoder(outline.schema, view, seed)


def encoder_folder(folder: Path, fold: int, view: View) -> Path:
    return folder / "encoders" / f"{fold}-{view}"


def all_classes(probabilities: Floats, classes: Any, n_classes: int) -> Floats:
    """Columns in their places where a fold lacked some classes; rows that sum to one, nothing below 0."""
    placed = np.zeros((len(probabilities), n_classes), dtype=np.float32)
    present = np.arange(probabilities.shape[1]) if classes is None else np.asarray(classes, dtype=np.int64)
    placed[:, present] = np.clip(probabilities, 0.0, 1.0)
    total = placed.sum(axis=1, keepdims=True)
    return np.where(total > 0, placed / np.where(total > 0, total, 1), np.float32(1 / n_classes)).astype(np.float32)


def _lay_down(task: Fit, estimator: Any) -> int:
    handover.dump(estimator, task.model)
    return handover.size_of(task.model)


def _curve(estimator: Any) -> Mapping[str, list[float]]:
    found = getattr(estimator, "curve_", None) or {}
    return {str(name): [float(value) for value in values] for name, values in dict(found).items()}


def _link_folder(source: Path, target: Path) -> None:
    """The same files under another name, without a copy where the file system can."""

    def link(here: str, there: str) -> None:
        try:
            os.link(here, there)
        except OSError:
            shutil.copy2(here, there)

    shutil.copytree(source, target, copy_function=link)
