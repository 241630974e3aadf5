"""The baseline: a prediction that ignores the inputs.

How it predicts: every row gets the same answer, the shares of the classes in the training rows, or the target's
mean (its median where the metric counts absolute errors). Good at: being right about how hard a task is; a model
that is not clearly better has learnt nothing. Bad at: everything else, by design. The shares are smoothed by one
imagined row of each class (Laplace's rule of succession, 1774), so that no class is called impossible.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seodang.i18n import N_
from seodang.learn.families import Family, _skops, register
from seodang.learn.families._common import ABSOLUTE_METRICS, Codes, FamilyClassifier, FamilyRegressor, Floats
from seodang.learn.task import Facts, Feature, Task, View


class BaselineClassifier(FamilyClassifier):
    """Predicts p_c = (n_c + 1) / (n + n_classes) for every row."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags

    def _learn(self, X: Floats, codes: Codes, n_classes: int) -> None:
        self.shares_ = (np.bincount(codes, minlength=n_classes) + 1.0) / (len(codes) + n_classes)

    def _probabilities(self, X: Floats) -> Floats:
        return np.tile(self.shares_, (len(X), 1))


class BaselineRegressor(FamilyRegressor):
    """Predicts one number for every row. statistic: "mean" or "median" of the training target."""

    def __init__(self, statistic: str = "mean") -> None:
        self.statistic = statistic

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags

    def _learn(self, X: Floats, y: Floats) -> None:
        if self.statistic not in ("mean", "median"):
            raise ValueError(f'statistic must be "mean" or "median". Received: statistic={self.statistic!r}')
        self.value_ = float(np.mean(y) if self.statistic == "mean" else np.median(y))

    def _values(self, X: Floats) -> Floats:
        return np.full(len(X), self.value_)


@register
class Baseline(Family):
    """The same answer for every row: the classes' shares, or the target's mean or median."""

    name = "baseline"
    title = N_("Baseline")
    order = 0
    view = View.MATRIX

    def estimator(
        self, facts: Facts, features: Sequence[Feature], settings: Any, *, seed: int, threads: int
    ) -> Any:
        return (BaselineClassifier if facts.task.has_classes else BaselineRegressor)(**settings)

    def portfolio(self, facts: Facts) -> list[dict[str, Any]]:
        if facts.task is Task.REGRESSION and facts.metric in ABSOLUTE_METRICS:
            return [{"statistic": "median"}]
        return [{}]

    def save(self, estimator: Any, folder: Path) -> None:
        _skops.save(estimator, folder)

    def load(self, folder: Path) -> Any:
        return _skops.load(folder)
