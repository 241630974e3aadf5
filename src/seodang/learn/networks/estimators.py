"""What all network estimators share: scikit-learn's contract around a program, its weights and its scaling.

A subclass says its constructor's parameters, `_spec` and `_recipe`. Learnt state is NumPy and JSON only, so
pickling and cloning need no Keras.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from seodang.learn.networks.program import Program, Spec, Weights, program_of
from seodang.learn.networks.scaling import RobustScaling
from seodang.learn.networks.training import Recipe, learn

_TARGET = ("target_mean_", "target_spread_", "target_low_", "target_high_")


class Network(BaseEstimator):  # type: ignore[misc]
    """
    spec_: the architecture. weights_: after the chosen checkpoint. checkpoints_: {stage: weights}.
    scaling_: how columns are scaled. columns_: which column stands where; −1: nothing, zero.
    curve_: {"epoch": [...], "loss": [...]} of the training.
    """

    random_state: int | None
    scaling_: RobustScaling | None
    columns_: NDArray[np.int64]

    def _spec(self, X: NDArray[Any], outputs: int) -> dict[str, Any]:
        raise NotImplementedError

    def _recipe(self, n_rows: int) -> Recipe:
        raise NotImplementedError

    def _checked(self, X: Any) -> NDArray[Any]:
        """X as floats, of as many columns as were fitted."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, dtype=[np.float32, np.float64], reset=False))

    def _checked_pair(self, X: Any, y: Any, **how: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        """X and y to fit on."""
        X, y = validate_data(self, X, y, dtype=[np.float32, np.float64], **how)
        return X, y

    def _begin(self, X: NDArray[Any]) -> None:
        """Learn what is done to the columns before the network sees them."""
        self.scaling_ = RobustScaling.of(X)
        self.columns_ = with_room(np.arange(X.shape[1]))

    def _start(self, program: Program, drawn: Weights, X: NDArray[Any]) -> Weights:
        """The weights that training begins with, after what is to be taken from the data."""
        return drawn

    def _keep_at(self) -> Sequence[float]:
        return (1.0,)

    def _prepared(self, X: NDArray[Any]) -> NDArray[Any]:
        assert self.scaling_ is not None
        scaled = self.scaling_.apply(X)
        return np.hstack([scaled, np.zeros((len(X), 1), np.float32)])[:, self.columns_]

    def _learn(self, X: NDArray[Any], y: NDArray[Any], outputs: int) -> None:
        seed = 0 if self.random_state is None else int(self.random_state)
        self._begin(X)
        prepared = self._prepared(X)
        self.spec_ = self._spec(prepared, outputs)
        recipe = self._recipe(len(X))
        program = program_of(self.spec_)
        start = self._start(program, program.draw(seed), prepared)
        learnt = learn(program, prepared, y, recipe, seed=seed, keep_at=self._keep_at(), start=start)
        self.checkpoints_ = dict(enumerate(learnt.weights, start=1))
        self.stages_ = list(self.checkpoints_)
        self.weights_: Weights = learnt.weights[-1]
        self.curve_ = {"epoch": learnt.epochs, "loss": learnt.losses}
        self.n_iter_ = recipe.steps

    def _output(self, X: Any, weights: Weights | None = None) -> NDArray[np.float32]:
        """(members, n, outputs)"""
        prepared = self._prepared(self._checked(X))
        output = program_of(self.spec_).output(weights or self.weights_, prepared)
        return output if output.ndim == 3 else output[None]

    def state_as_json(self) -> dict[str, Any]:
        """What prediction needs beside spec and weights."""
        return {
            "scaling": None if self.scaling_ is None else self.scaling_.as_json(),
            "columns": self.columns_.tolist(),
            "curve": self.curve_,
        }

    def restore(self, state: Mapping[str, Any], spec: Spec, n_features: int, weights: Weights) -> None:
        """Become the fitted estimator that `state_as_json` was asked of; one checkpoint, the chosen one."""
        self.spec_ = dict(spec)
        self.n_features_in_ = int(n_features)
        self.weights_ = weights
        self.checkpoints_, self.stages_ = {1: weights}, [1]
        self.scaling_ = None if state["scaling"] is None else RobustScaling.from_json(state["scaling"])
        self.columns_ = np.asarray(state["columns"], np.int64)
        self.curve_ = dict(state["curve"])

    def truncate(self, stage: int) -> None:
        """Go back to the weights after that checkpoint, and forget the others."""
        self.weights_ = self.checkpoints_[stage]
        self.checkpoints_ = {stage: self.weights_}
        self.stages_ = [stage]


class NetworkClassifier(ClassifierMixin, Network):  # type: ignore[misc]
    def fit(self, X: Any, y: Any) -> Any:
        X, y = self._checked_pair(X, y)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self._learn(X, codes, len(self.classes_))
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """float64 (n, n_classes): the mean of the members' softmax."""
        return _softmax(self._output(X))

    def staged_predict_proba(self, X: Any) -> Iterator[NDArray[np.float64]]:
        check_is_fitted(self)
        for stage in self.stages_:
            yield _softmax(self._output(X, self.checkpoints_[stage]))

    def predict(self, X: Any) -> NDArray[Any]:
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])

    def state_as_json(self) -> dict[str, Any]:
        return {**super().state_as_json(), "classes": self.classes_.tolist()}

    def restore(self, state: Mapping[str, Any], spec: Spec, n_features: int, weights: Weights) -> None:
        super().restore(state, spec, n_features, weights)
        self.classes_ = np.asarray(state["classes"])


class NetworkRegressor(RegressorMixin, Network):  # type: ignore[misc]
    def fit(self, X: Any, y: Any) -> Any:
        X, y = self._checked_pair(X, y, y_numeric=True)
        y = np.asarray(y, np.float64)
        self.target_mean_, self.target_spread_ = float(y.mean()), float(y.std()) or 1.0
        self.target_low_, self.target_high_ = float(y.min()), float(y.max())
        self._learn(X, (y - self.target_mean_) / self.target_spread_, 1)
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """float64 (n,): the mean of the members, no lower or higher than what was seen."""
        return self._on_scale(self._output(X))

    def staged_predict(self, X: Any) -> Iterator[NDArray[np.float64]]:
        check_is_fitted(self)
        for stage in self.stages_:
            yield self._on_scale(self._output(X, self.checkpoints_[stage]))

    def state_as_json(self) -> dict[str, Any]:
        return {**super().state_as_json(), "target": {name: getattr(self, name) for name in _TARGET}}

    def restore(self, state: Mapping[str, Any], spec: Spec, n_features: int, weights: Weights) -> None:
        super().restore(state, spec, n_features, weights)
        for name in _TARGET:
            setattr(self, name, float(state["target"][name]))

    def _on_scale(self, output: NDArray[np.float32]) -> NDArray[np.float64]:
        members = output[..., 0].astype(np.float64) * self.target_spread_ + self.target_mean_
        return np.asarray(np.clip(members, self.target_low_, self.target_high_).mean(axis=0))


def with_room(columns: NDArray[np.int64], step: int = 8) -> NDArray[np.int64]:
    """The columns and as many −1 as make their number a multiple of `step`: folds whose encoders made a column more
    or less then share one compiled network."""
    return np.concatenate([columns, np.full(-len(columns) % step, -1)])


def _softmax(output: NDArray[np.float32]) -> NDArray[np.float64]:
    logits = output.astype(np.float64)
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares = raised / raised.sum(axis=-1, keepdims=True)
    return np.asarray(shares.mean(axis=0))
