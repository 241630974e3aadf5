"""Fold models as predictors: folders in, predictions out. What a ladder and a saved model share."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.learn.climb.fitting import all_classes
from seodang.learn.data.schema import Schema
from seodang.learn.ensemble import tempered
from seodang.learn.families import FAMILIES, Family

# Files of fold models that stay in memory between predictions.
MOST_LOADED_BYTES = 2**30
# Rows that are encoded and predicted at once.
ROWS_AT_ONCE = 100_000


@dataclass(frozen=True)
class Member:
    """One candidate of a model: its family, a folder for each fold (`encoder`, `estimator`), its weight."""

    family: str
    folders: tuple[Path, ...]
    weight: float = 1.0


class Predictor:
    """Predicts canonical rows as the weighted mean of members, each the mean of its fold models.

    Args:
        members: weights that sum to one.
        temperature: of the mean's probabilities, see `ensemble.Recipe`.
        limits: a regression's predictions are clipped to these.
    """

    def __init__(
        self,
        schema: Schema,
        members: Sequence[Member],
        temperature: float = 1.0,
        limits: tuple[float, float] = (-np.inf, np.inf),
        families: dict[str, Family] | None = None,
    ) -> None:
        self.schema = schema
        self.members = tuple(members)
        self.temperature = temperature
        self.limits = limits
        self._families = families or {}
        self._loaded: OrderedDict[Path, tuple[Any, int]] = OrderedDict()

    def predict(self, X: Any) -> NDArray[np.float64]:
        """(n,) values, or (n, n_classes) probabilities, of canonical rows X (a frame, or `Pictures`)."""
        starts = range(0, max(1, len(X)), ROWS_AT_ONCE)
        parts = [self._part(X.take(np.arange(start, min(start + ROWS_AT_ONCE, len(X))))) for start in starts]
        return np.concatenate(parts)

    def _part(self, X: Any) -> NDArray[np.float64]:
        total: Any = 0.0
        encoded: dict[tuple[int, str], NDArray[Any]] = {}
        for member in self.members:
            view = str(self._family(member.family).view)
            for fold, folder in enumerate(member.folders):
                # All candidates of a view share a fold's encoder.
                if (fold, view) not in encoded:
                    encoded[fold, view] = self._encoder(folder / "encoder").transform(X)
                predicted = self._predicted(member, folder / "estimator", encoded[fold, view])
                total = total + predicted * (member.weight / len(member.folders))
        mixed = np.asarray(tempered(np.asarray(total, dtype=np.float64), self.temperature))
        return mixed if self.schema.task.has_classes else np.clip(mixed, *self.limits)

    def _predicted(self, member: Member, folder: Path, X: NDArray[Any]) -> NDArray[np.float64]:
        family = self._family(member.family)
        estimator = self._once(folder, lambda: family.load(folder))
        if not self.schema.task.has_classes:
            return np.asarray(estimator.predict(X), dtype=np.float64).reshape(len(X))
        probabilities = np.asarray(estimator.predict_proba(X), dtype=np.float32)
        classes = getattr(estimator, "classes_", None)
        return all_classes(probabilities, classes, len(self.schema.labels)).astype(np.float64)

    def _encoder(self, folder: Path) -> Any:
        return self._once(folder, lambda: load_encoder(self.schema, folder))

    def _family(self, name: str) -> Family:
        return self._families.get(name) or FAMILIES.get(name)

    def _once(self, folder: Path, load: Any) -> Any:
        if folder not in self._loaded:
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            while self._loaded and size + sum(kept for _, kept in self._loaded.values()) > MOST_LOADED_BYTES:
                self._loaded.popitem(last=False)
            self._loaded[folder] = (load(), size)
        self._loaded.move_to_end(folder)
        return self._loaded[folder][0]


def load_encoder(schema: Schema, folder: Path) -> Any:
    if schema.picture_shape is not None:
        from seodang.learn.data.images import ImageEncoder

        return ImageEncoder.load(folder)
    from seodang.learn.data.encode import Encoder

    return Encoder.load(folder)
