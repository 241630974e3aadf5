"""The perceptron with one hidden layer, as scikit-learn estimators."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from seodang.learn.networks.estimators import Network, NetworkClassifier, NetworkRegressor
from seodang.learn.networks.plan import plan
from seodang.learn.networks.training import Recipe


class _Perceptron(Network):
    _loss = "cross_entropy"

    def __init__(
        self,
        hidden: int = 64,
        epochs: float = 60,
        batch_size: int = 64,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-2,
        random_state: int | None = 0,
    ) -> None:
        self.hidden = hidden
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.random_state = random_state

    def _spec(self, X: NDArray[Any], outputs: int) -> dict[str, Any]:
        return {"kind": "dense", "inputs": X.shape[1], "outputs": outputs, "hidden": [int(self.hidden)]}

    def _recipe(self, n_rows: int) -> Recipe:
        when = plan(n_rows, epochs=self.epochs, batch=self.batch_size)
        return Recipe(
            loss=self._loss,
            steps=when.steps,
            batch=when.batch,
            chunk=when.chunk,
            rate=self.learning_rate,
            schedule="one_cycle",
            decay=self.weight_decay,
        )


class PerceptronClassifier(NetworkClassifier, _Perceptron):
    """Classes by one hidden layer and a softmax."""


class PerceptronRegressor(NetworkRegressor, _Perceptron):
    """A number by one hidden layer."""

    _loss = "squared"
