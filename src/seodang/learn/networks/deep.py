"""The deep network for tables, as scikit-learn estimators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.learn.networks.estimators import Network, NetworkClassifier, NetworkRegressor, with_room
from seodang.learn.networks.plan import plan
from seodang.learn.networks.program import Program, Weights
from seodang.learn.networks.schedule import cycle_ends
from seodang.learn.networks.training import Recipe

_LEAST_BIN = 1e-4  # columns are scaled to about −3 … 3


class _Deep(Network):
    _loss = "cross_entropy"

    def __init__(
        self,
        hidden: Sequence[int] = (64, 64, 64),
        members: int = 4,
        epochs: float = 24,
        batch_size: int = 128,
        learning_rate: float = 0.06,
        weight_decay: float = 0.02,
        dropout: float = 0.3,
        label_smoothing: float = 0.03,
        activation: str = "mish",
        embedding: str = "bins",
        parts: int = 16,
        width: int = 5,
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
        self.activation = activation
        self.embedding = embedding
        self.parts = parts
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
            "activation": self.activation,
            "embedding": self.embedding,
            "parts": self.parts,
            "width": self.width,
        }

    def _start(self, program: Program, drawn: Weights, X: NDArray[Any]) -> Weights:
        """Edges of the bins: quantiles of each embedded column, apart from each other."""
        names = [variable.name for variable in program.model.non_trainable_variables]
        if "edges" in names:
            shares = np.linspace(0, 1, self.parts + 1)
            edges = np.quantile(X[:, : self.n_embedded_], shares, axis=0).T + np.arange(self.parts + 1) * _LEAST_BIN
            drawn.fixed[names.index("edges")] = edges.astype(np.float32)
        return drawn

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
    """A number by a small ensemble of deep networks. Other defaults suit it: see the family's portfolio."""

    _loss = "squared"
