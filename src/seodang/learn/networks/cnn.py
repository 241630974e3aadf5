"""The convolutional network for pictures, as scikit-learn estimators.

X is uint8 (n, height, width, channels). A float matrix (n, p) is taken, too, each row as a square of
grey pixels, so that the estimators keep scikit-learn's contract on plain tables; nobody should want that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted, validate_data

from seodang.learn.networks.estimators import Network, NetworkClassifier, NetworkRegressor
from seodang.learn.networks.pictures import shrink
from seodang.learn.networks.plan import plan
from seodang.learn.networks.scaling import RobustScaling
from seodang.learn.networks.training import Recipe

_GREY = 127.5


class _Cnn(Network):
    _loss = "cross_entropy"

    def __init__(
        self,
        filters: Sequence[int] = (32, 64, 128),
        residual: bool = True,
        side: int = 32,
        epochs: float = 20,
        batch_size: int = 64,
        learning_rate: float = 3e-3,
        weight_decay: float = 0.05,
        dropout: float = 0.2,
        label_smoothing: float = 0.0,
        turn: float = 10.0,
        zoom: float = 0.1,
        shift: float = 0.1,
        light: float = 0.2,
        flip: bool = False,
        random_state: int | None = 0,
    ) -> None:
        self.filters = filters
        self.residual = residual
        self.side = side
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.turn = turn
        self.zoom = zoom
        self.shift = shift
        self.light = light
        self.flip = flip
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        for kind in (tags.classifier_tags, tags.regressor_tags):
            if kind is not None:
                kind.poor_score = True  # on tables of numbers, which is what scikit-learn's checks hold
        return tags

    def _checked(self, X: Any) -> NDArray[Any]:
        """Pictures uint8 (n, h, w, c); `n_features_in_` counts a picture's values."""
        if not _are_pictures(X):
            return self._as_pictures(super()._checked(X))
        check_is_fitted(self)
        validate_data(self, X.reshape(len(X), -1), dtype=np.uint8, reset=False)
        return np.asarray(X)

    def _checked_pair(self, X: Any, y: Any, **how: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        if _are_pictures(X):
            self.scaling_ = None
            _, y = validate_data(self, X.reshape(len(X), -1), y, dtype=np.uint8, **how)
            return X, y
        matrix, y = super()._checked_pair(X, y, **how)
        self.scaling_ = RobustScaling.of(matrix)
        return self._as_pictures(matrix), y

    def _as_pictures(self, matrix: NDArray[Any]) -> NDArray[np.uint8]:
        """A row as a square of its columns, each a patch of one grey."""
        assert self.scaling_ is not None
        grey = np.clip(self.scaling_.apply(matrix) * (_GREY / 3) + _GREY, 0, 255).astype(np.uint8)
        edge = int(np.ceil(matrix.shape[1] ** 0.5))
        padded = np.pad(grey, ((0, 0), (0, edge * edge - matrix.shape[1])))
        return padded.reshape(-1, edge, edge, 1)

    def _begin(self, X: NDArray[Any]) -> None:
        """Nothing is learnt of pictures beforehand."""
        self.columns_ = np.empty(0, np.int64)

    def _prepared(self, X: NDArray[Any]) -> NDArray[Any]:
        return shrink(X, min(self.side, max(8, *X.shape[1:3])))

    def _spec(self, X: NDArray[Any], outputs: int) -> dict[str, Any]:
        return {
            "kind": "cnn",
            "side": X.shape[1],
            "channels": X.shape[3],
            "outputs": outputs,
            "filters": [int(number) for number in self.filters],
            "residual": bool(self.residual),
            "augment": {
                "turn": self.turn,
                "zoom": self.zoom,
                "shift": self.shift,
                "light": self.light,
                "flip": self.flip,
            },
        }

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
            dropout=self.dropout,
            smoothing=self.label_smoothing if self._loss == "cross_entropy" else 0.0,
        )


def _are_pictures(X: Any) -> bool:
    return getattr(X, "ndim", 2) == 4 and X.dtype == np.uint8


class CnnClassifier(NetworkClassifier, _Cnn):
    """Classes of pictures."""


class CnnRegressor(NetworkRegressor, _Cnn):
    """A number for each picture."""

    _loss = "squared"
