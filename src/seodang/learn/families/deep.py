"""The family of deep networks for tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seodang.i18n import N_
from seodang.learn.families import register
from seodang.learn.families._base import Family, Settings
from seodang.learn.task import Facts, Feature, Task, View

if TYPE_CHECKING:
    from seodang.learn.rungs import Said


@register
class Deep(Family):
    """Several dense layers, with what makes them work on tables: columns scaled robustly and bent in smoothly,
    numbers seen through learnt waves, a learnt weight for each column, SELU or Mish with a learnt share, a learning
    rate that falls and rises again. A few such networks, each begun elsewhere, are trained together and averaged.
    Good where the target changes smoothly with many columns; trees are better at jumps and at columns without use.
    Source: RealMLP, Holzmüller, Grinsztajn and Steinwart 2024, arXiv 2407.04491."""

    name = "deep"
    title = N_("Deep network")
    order = 80
    view = View.MATRIX
    needs_keras = True

    def why_not(self, facts: Facts) -> Said | None:
        from seodang.learn.networks.reasons import too_wide

        return too_wide(facts)

    def estimator(
        self, facts: Facts, features: Sequence[Feature], settings: Settings, *, seed: int, threads: int
    ) -> Any:
        from seodang.learn.networks.backend import prepare_backend
        from seodang.learn.networks.deep import DeepClassifier, DeepRegressor

        prepare_backend(threads)
        kind = DeepRegressor if facts.task is Task.REGRESSION else DeepClassifier
        return kind(**settings, random_state=seed)

    def portfolio(self, facts: Facts) -> list[dict[str, Any]]:
        from seodang.learn.networks.plan import epochs_for

        first, second = ({"epochs": epochs_for(facts.n_train, passes)} for passes in (400_000, 1_200_000))
        if facts.task is Task.REGRESSION:
            return [
                {**first, "learning_rate": 0.05, "dropout": 0.0},
                {**second, "hidden": [256, 256], "learning_rate": 0.05, "dropout": 0.05, "members": 4},
            ]
        smoothing = 0.1 if facts.metric in ("accuracy", "balanced_accuracy", "f1", "macro_f1") else 0.0
        return [
            {**first, "learning_rate": 0.03, "label_smoothing": smoothing},
            {**second, "learning_rate": 0.03, "dropout": 0.4, "weight_decay": 0.1, "label_smoothing": smoothing},
        ]

    def suggest(self, trial: Any, facts: Facts) -> dict[str, Any]:
        first = self.portfolio(facts)[0]
        return {
            **first,
            "hidden": [trial.suggest_categorical("units", [64, 128, 256])] * trial.suggest_int("layers", 1, 3),
            "learning_rate": trial.suggest_float("learning_rate", 0.005, 0.1, log=True),
            "dropout": trial.suggest_float("dropout", 0.0, 0.5),
            "weight_decay": trial.suggest_float("weight_decay", 0.005, 0.3, log=True),
            "waves": trial.suggest_categorical("waves", [0, 16]),
        }

    def save(self, estimator: Any, folder: Path) -> None:
        from seodang.learn.networks.store import save

        save(estimator, folder)

    def load(self, folder: Path) -> Any:
        from seodang.learn.networks.deep import DeepClassifier, DeepRegressor
        from seodang.learn.networks.store import load

        return load(folder, DeepClassifier, DeepRegressor)
