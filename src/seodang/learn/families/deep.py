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

_COUNTING_METRICS = ("accuracy", "balanced_accuracy", "error_rate", "f1", "macro_f1", "micro_f1", "kappa", "mcc")


@register
class Deep(Family):
    """Several dense layers, with what makes them work on tables: columns scaled robustly and bent in smoothly,
    numbers seen through bins or learnt waves, a learnt weight for each column, SELU or Mish with a learnt share, a
    learning rate that falls and rises again. A few such networks, each begun elsewhere, are trained together and
    averaged.
    Good where the target changes smoothly with many columns; trees are better at jumps and at columns without use.
    Sources: RealMLP, Holzmüller, Grinsztajn and Steinwart 2024, arXiv 2407.04491; bins: Gorishniy, Rubachev and
    Babenko 2022, arXiv 2203.05556."""

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
        """Bins first: they win on most tables. Waves suit columns that are measured smoothly, pixels say."""
        from seodang.learn.networks.plan import epochs_for

        shown, most = (350_000, 40.0) if facts.task is Task.REGRESSION else (300_000, 24.0)
        epochs = epochs_for(facts.n_train, shown, most=most)
        small, broad = {"epochs": epochs, "hidden": [64, 64, 64]}, {"epochs": epochs, "hidden": [128, 128]}
        if facts.task is Task.REGRESSION:
            return [
                {**small, "dropout": 0.0, "learning_rate": 0.03},
                {**broad, "dropout": 0.15, "learning_rate": 0.06, "epochs": round(1.4 * epochs, 1)},
                {**broad, "dropout": 0.0, "learning_rate": 0.06, "embedding": "waves"},
            ]
        smoothing = 0.1 if facts.metric in _COUNTING_METRICS else 0.0
        return [
            {**small, "label_smoothing": max(smoothing, 0.02)},
            {**broad, "embedding": "waves", "learning_rate": 0.04, "dropout": 0.2, "label_smoothing": smoothing},
            {**broad, "dropout": 0.5, "weight_decay": 0.1, "label_smoothing": max(smoothing, 0.01)},
        ]

    def suggest(self, trial: Any, facts: Facts) -> dict[str, Any]:
        units, layers = trial.suggest_categorical("units", [32, 64, 128, 256]), trial.suggest_int("layers", 1, 4)
        suggested = {
            **self.portfolio(facts)[0],
            "hidden": [units] * layers,
            "activation": trial.suggest_categorical("activation", ["selu", "mish"]),
            "embedding": trial.suggest_categorical("embedding", ["bins", "waves", "none"]),
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.15, log=True),
            "dropout": trial.suggest_float("dropout", 0.0, 0.5),
            "weight_decay": trial.suggest_float("weight_decay", 0.005, 0.3, log=True),
        }
        if facts.task.has_classes:
            suggested["label_smoothing"] = trial.suggest_float("label_smoothing", 0.0, 0.1)
        return suggested

    def save(self, estimator: Any, folder: Path) -> None:
        from seodang.learn.networks.store import save

        save(estimator, folder)

    def load(self, folder: Path) -> Any:
        from seodang.learn.networks.deep import DeepClassifier, DeepRegressor
        from seodang.learn.networks.store import load

        return load(folder, DeepClassifier, DeepRegressor)
