"""What the classic families share: input checks, a lone class, checkpoints, a logarithmic target.

A family's estimator says only how it learns (`_learn`) and how it predicts (`_probabilities` or `_values`);
scikit-learn's contract (validation, `classes_`, tags) is kept here once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

Floats = NDArray[np.floating[Any]]
Codes = NDArray[np.int64]
ABSOLUTE_METRICS = frozenset({"mae", "mape", "smape"})  # a median serves them better than a mean


def softmax(scores: Floats) -> Floats:
    """(n, k) scores to probabilities."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def log_sum_exp(scores: Floats) -> Floats:
    """log Σ exp(scores) over each row of (n, k), as (n, 1)."""
    top = scores.max(axis=1, keepdims=True)
    return np.asarray(top + np.log(np.exp(scores - top).sum(axis=1, keepdims=True)))


class _Checked(BaseEstimator):  # type: ignore[misc]
    _allows_missing: ClassVar[bool] = False

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._allows_missing
        return tags

    def _how(self) -> dict[str, Any]:
        finite: bool | str = "allow-nan" if self._allows_missing else True
        return {"dtype": [np.float32, np.float64], "order": "C", "ensure_all_finite": finite}

    def _checked(self, X: Any) -> Any:
        check_is_fitted(self)
        return validate_data(self, X, reset=False, **self._how())

    def _checked_pair(self, X: Any, y: Any, **how: Any) -> Any:
        return validate_data(self, X, y, **self._how(), **how)


class FamilyClassifier(ClassifierMixin, _Checked):  # type: ignore[misc]
    """A classifier of which a subclass writes `_learn(X, codes, n_classes)` and `_probabilities(X)`.

    Where the training rows hold one class only (a small fold may), that class is predicted with certainty and
    `_learn` is not called.
    """

    classes_: NDArray[Any]

    def fit(self, X: Any, y: Any) -> FamilyClassifier:
        X, y = self._checked_pair(X, y)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) > 1:
            self._learn(X, codes.astype(np.int64), len(self.classes_))
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities (n, n_classes), columns as in `classes_`; each row sums to one."""
        X = self._checked(X)
        if len(self.classes_) == 1:
            return np.ones((len(X), 1))
        return self._probabilities(X)

    def predict(self, X: Any) -> NDArray[Any]:
        probabilities = self.predict_proba(X)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    def _learn(self, X: Floats, codes: Codes, n_classes: int) -> None:
        raise NotImplementedError

    def _probabilities(self, X: Floats) -> Floats:
        raise NotImplementedError


class FamilyRegressor(RegressorMixin, _Checked):  # type: ignore[misc]
    """A regressor of which a subclass writes `_learn(X, y)` and `_values(X)`."""

    def fit(self, X: Any, y: Any) -> FamilyRegressor:
        X, y = self._checked_pair(X, y, y_numeric=True)
        self._learn(X, y.astype(np.float64))
        return self

    def predict(self, X: Any) -> Floats:
        """Values (n,), float64."""
        return self._values(self._checked(X))

    def _learn(self, X: Floats, y: Floats) -> None:
        raise NotImplementedError

    def _values(self, X: Floats) -> Floats:
        raise NotImplementedError


class Staged:
    """Checkpoints of an estimator that yields all of them for little more than the cost of one.

    `stages_`: their numbers in the order in which they are yielded; `stage_`: the one that predicts.
    They depend on the settings alone, so that every fold has the same. A subclass writes `_staged(X)`, and
    `_checkpoints()`, which returns them all and the one that predicts at first.
    """

    stages_: list[int]
    stage_: int

    def _checkpoints(self) -> tuple[list[int], int]:
        raise NotImplementedError

    def _staged(self, X: Floats) -> Iterator[Floats]:
        raise NotImplementedError

    def _at_stage(self, X: Floats) -> Floats:
        for stage, prediction in zip(self.stages_, self._staged(X), strict=True):
            if stage == self.stage_:
                return prediction
        raise AssertionError(f"no stage {self.stage_} among {self.stages_}")

    def truncate(self, stage: int) -> Any:
        """Predict with this checkpoint from now on; returns self.

        Raises:
            ValueError: not one of `stages_`.
        """
        check_is_fitted(self)
        if stage not in self.stages_:
            raise ValueError(f"stage must be one of {self.stages_}. Received: stage={stage}")
        self.stage_ = stage
        return self


class StagedClassifier(Staged, FamilyClassifier):
    """A classifier with checkpoints."""

    def fit(self, X: Any, y: Any) -> StagedClassifier:
        self.stages_, self.stage_ = self._checkpoints()
        super().fit(X, y)
        return self

    def _probabilities(self, X: Floats) -> Floats:
        return self._at_stage(X)

    def staged_predict_proba(self, X: Any) -> Iterator[Floats]:
        """The probabilities (n, n_classes) at each of `stages_`."""
        X = self._checked(X)
        if len(self.classes_) == 1:
            yield from (np.ones((len(X), 1)) for _ in self.stages_)
        else:
            yield from self._staged(X)


class StagedRegressor(Staged, FamilyRegressor):
    """A regressor with checkpoints."""

    def fit(self, X: Any, y: Any) -> StagedRegressor:
        self.stages_, self.stage_ = self._checkpoints()
        super().fit(X, y)
        return self

    def _values(self, X: Floats) -> Floats:
        return self._at_stage(X)

    def staged_predict(self, X: Any) -> Iterator[Floats]:
        """The values (n,) at each of `stages_`."""
        yield from self._staged(self._checked(X))


class Standardiser:
    """Columns to comparable sizes, wild values drawn in: z = (x − median) / interquartile range, then
    z / √(1 + (z / 3)²), which stays within ± 3 (Holzmüller, Grinsztajn, Steinwart 2024, section 3), then mean 0
    and standard deviation 1. Half of the range stands in for a quartile range of 0; a constant column becomes 0.
    """

    def fit(self, X: Floats) -> Standardiser:
        X = X.astype(np.float64)
        low, self.middle, high = np.quantile(X, [0.25, 0.5, 0.75], axis=0)
        half = (X.max(axis=0) - X.min(axis=0)) / 2
        width = np.where(high - low > 1e-10 * (1 + np.abs(self.middle)), high - low, half)
        self.width = np.where(width > 1e-10 * (1 + np.abs(self.middle)), width, np.inf)
        Z = self._drawn_in(X)
        self.mean, spread = Z.mean(axis=0), Z.std(axis=0)
        self.spread = np.where(spread > 1e-10, spread, np.inf)
        return self

    def _drawn_in(self, X: Floats) -> Floats:
        Z = (X - self.middle) / self.width
        return np.asarray(Z / np.sqrt(1.0 + (Z / 3.0) ** 2))

    def transform(self, X: Floats) -> Floats:
        return np.asarray((self._drawn_in(X) - self.mean) / self.spread)


def told(X: Floats, about: Floats) -> Floats:
    """How much each column alone tells of the target: (p,), mean square 1.

    The share of variance that the means of ten groups of the column's ranks explain, less what chance explains;
    its square root, at least a tenth of the greatest. about: (n, m) numbers, an indicator for each class.
    Ranks alone count, so X need not be scaled.
    """
    n = len(X)
    about = (about - about.mean(axis=0)) / np.maximum(about.std(axis=0), 1e-12)
    explained = np.zeros(X.shape[1])
    for j, column in enumerate(X.T):
        edges = np.unique(np.quantile(column, np.linspace(0, 1, 11)[1:-1]))
        groups = np.searchsorted(edges, column, side="right")
        counts = np.bincount(groups, minlength=len(edges) + 1)
        chance = (np.sum(counts > 0) - 1) / n
        for values in about.T:
            sums = np.bincount(groups, weights=values, minlength=len(edges) + 1)
            explained[j] += float(np.sum(sums**2 / np.maximum(counts, 1))) / n - chance
    strength = np.sqrt(np.maximum(explained, 0.0))
    if strength.max() <= 0:
        return np.ones(X.shape[1])
    strength = np.maximum(strength, 0.1 * strength.max())
    return np.asarray(strength / np.sqrt(np.mean(strength**2)))


class TargetScale:
    """A regression's target as the model sees it, and the way back.

    "plain": standardised. "log": z = sign(y) · log(1 + |y| / s), s half of the median of |y| (of a target of many
    zeros: of the others), standardised; it suits targets whose spread grows with their size. What is predicted is
    then a mean of logarithms, the exponential of which lies below the mean: `way_back` multiplies by the factor
    that makes the predictions' sum that of the truth on the rows that were learnt from
    (after N. Duan, "Smearing estimate", JASA 78, 1983, with one factor in place of residuals).
    """

    def __init__(self, shape: str = "plain") -> None:
        if shape not in ("plain", "log"):
            raise ValueError(f'target must be "plain" or "log". Received: target={shape!r}')
        self.shape = shape
        self.factor = 1.0

    def fit(self, y: Floats) -> TargetScale:
        sizes = np.abs(y[y != 0])
        self.unit = 0.5 * float(np.median(sizes)) if len(sizes) else 1.0
        bent = self._bend(y)
        self.mean, spread = float(bent.mean()), float(bent.std())
        self.spread = spread if spread > 0 else 1.0
        self.low, self.high = float(bent.min()), float(bent.max())
        return self

    def _bend(self, y: Floats) -> Floats:
        return y if self.shape == "plain" else np.sign(y) * np.log1p(np.abs(y) / self.unit)

    def there(self, y: Floats) -> Floats:
        return (self._bend(y) - self.mean) / self.spread

    def back(self, z: Floats) -> Floats:
        bent = z * self.spread + self.mean
        if self.shape == "plain":
            return bent
        room = self.high - self.low  # an exponential of a wild value would be wilder still
        bent = np.clip(bent, self.low - 0.2 * room, self.high + 0.2 * room)
        return np.asarray(self.factor * np.sign(bent) * np.expm1(np.abs(bent)) * self.unit)

    def smear(self, z: Floats, y: Floats) -> TargetScale:
        """Learn the factor from predictions z of rows that were held out, and their truth y."""
        if self.shape == "log" and len(y) >= 20:
            self.factor = 1.0
            guess = self.back(z)
            total = float(guess @ guess)
            if total > 0:
                self.factor = float(np.clip(float(guess @ y) / total, 0.5, 2.0))
        return self
