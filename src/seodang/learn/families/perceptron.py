"""The family of networks with one hidden layer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seodang.i18n import N_
from seodang.learn.families import register
from seodang.learn.families._base import Family, Settings
from seodang.learn.task import Facts, Feature, Task, View


@register
class Perceptron(Family):
    """One hidden layer: every hidden unit weighs all columns, keeps what is positive (ReLU), and the output weighs
    the hidden units. Enough units approximate any continuous function; in practice deep networks and boosting come
    closer with less. Needs scaled columns; forgets nothing it has seen too often, hence weight decay.
    Source: Rumelhart, Hinton and Williams 1986, Nature 323."""

    name = "perceptron"
    title = N_("One hidden layer")
    order = 70
    view = View.MATRIX
    needs_keras = True

    def estimator(
        self, facts: Facts, features: Sequence[Feature], settings: Settings, *, seed: int, threads: int
    ) -> Any:
        from seodang.learn.networks.backend import prepare_backend
        from seodang.learn.networks.perceptron import PerceptronClassifier, PerceptronRegressor

        prepare_backend(threads)
        kind = PerceptronRegressor if facts.task is Task.REGRESSION else PerceptronClassifier
        return kind(**settings, random_state=seed)

    def portfolio(self, facts: Facts) -> list[dict[str, Any]]:
        return [{"hidden": 64}, {"hidden": 256, "learning_rate": 1e-3, "weight_decay": 0.1}]

    def save(self, estimator: Any, folder: Path) -> None:
        from seodang.learn.networks.store import save

        save(estimator, folder)

    def load(self, folder: Path) -> Any:
        from seodang.learn.networks.perceptron import PerceptronClassifier, PerceptronRegressor
        from seodang.learn.networks.store import load

        return load(folder, PerceptronClassifier, PerceptronRegressor)
