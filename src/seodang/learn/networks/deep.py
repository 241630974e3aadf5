"""The deep network for tables, as scikit-learn estimators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.learn.networks.estimators import Network, NetworkClassifier, NetworkRegressor, with_room
from seodang.learn.networks.plan import plan
from seodang.learn.networks.schedule import cycle_ends
from seodang.learn.networks.training import Recipe


class _Deep(Network):
    _loss = "cross_entropy"
    _activation = "selu"

    def __init__(
        self,
        hidden: Sequence[int] = (128, 128),
        members: int = 4,
        epochs: float = 60,
        batch_size: int = 128,
        learning_rate: float = 0.04,
        weight_decay: float = 0.02,
        dropout: float = 0.15,
        label_smoothing: float = 0.1,
        waves: int = 16,
        width: int = 4,
        random_state: int | None = 0,
    ) -> None:
        self.hidden = hidden
        self.members = members
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.waves = waves
        self.width = width
        self.random_state = random_state

    def _begin(self, X: NDArray[Any]) -> None:
        """Columns of more than two values come first: those are embedded."""
        super()._begin(X)
        low, high = X.min(axis=0), X.max(axis=0)
        rich = ((low < X) & (high > X)).any(axis=0)
        embedded = with_room(np.flatnonzero(rich), 4)
        self.columns_ = with_room(np.concatenate([embedded, np.flatnonzero(~rich)]))
        self.n_embedded_ = len(embedded)

    def _spec(self, X: NDArray[Any], outputs: int) -> dict[str, Any]:
        return {
            "kind": "deep",
            "inputs": X.shape[1],
            "outputs": outputs,
            "numeric": self.n_embedded_,
            "hidden": [int(units) for units in self.hidden],
            "members": self.members,
            "activation": self._activation,
            "waves": self.waves,
            "width": self.width,
        }

    def _recipe(self, n_rows: int) -> Recipe:
        when = plan(n_rows, epochs=self.epochs, batch=self.batch_size)
        return Recipe(
            loss=self._loss,
            steps=when.steps,
            batch=when.batch,
            chunk=when.chunk,
            rate=self.learning_rate,
            decay=self.weight_decay,
            dropout=self.dropout,
            smoothing=self.label_smoothing if self._loss == "cross_entropy" else 0.0,
            width_aware=True,
        )

    def _keep_at(self) -> Sequence[float]:
        return cycle_ends()[1:]


class DeepClassifier(NetworkClassifier, _Deep):
    """Classes by a small ensemble of deep networks."""


class DeepRegressor(NetworkRegressor, _Deep):
    """A number by a small ensemble of deep networks."""

    _loss = "squared"
    _activation = "mish"
