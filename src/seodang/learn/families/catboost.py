"""Gradient boosting of symmetric trees, by CatBoost; only where that package is installed.

How it predicts: as boosting does, with trees that ask the same question in all branches of a level, so that a row's
answers are the bits of its leaf's number; categories become means of the target over rows that stand before in a
random order. Good at: tables of categories, few surprises with settings. Bad at: speed where categories are many,
size (its package weighs 270 MB, hence the extra `seodang[catboost]`).

Does it earn that? Losses of a greedy ensemble of the other classic families, without it → with it, out of fold (and
on held-out rows), one split, at most 2,500 rows: churn 0.172 → 0.162 (0.175 → 0.163), insurance 4468 → 4448
(4564 → 4550), adult 0.2960 → 0.2951 (0.3028 → 0.3034), abalone 2.0468 → 2.0465 (2.159 → 2.162), german and car
unchanged. One clear gain in six tables, for one to nine times LightGBM's time: so it is here for whoever installs
it, and nothing else depends on it.
Source: Prokhorenkova et al. 2018.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.errors import ModelUnreadable
from seodang.learn.families import Family, register
from seodang.learn.families._common import (
    ABSOLUTE_METRICS,
    Codes,
    Floats,
    StagedClassifier,
    StagedRegressor,
    TargetScale,
)
from seodang.learn.families.boosting import checkpoints
from seodang.learn.rungs import Said
from seodang.learn.task import Facts, Feature, View

_MODEL, _STATE = "catboost.cbm", "state.json"


class _Symmetric:
    """What the classifier and the regressor share."""

    rounds: int
    learning_rate: float
    depth: int
    l2: float
    categorical: tuple[int, ...]
    random_state: int | None
    n_jobs: int | None
    stages_: list[int]
    stage_: int
    model_: Any

    def _checkpoints(self) -> tuple[list[int], int]:
        return checkpoints(self.rounds), self.rounds

    def _shown(self, X: Floats) -> Any:
        """Numbers as they are; codes as whole numbers, −1 where missing, which CatBoost takes for categories."""
        if not self.categorical:
            return np.ascontiguousarray(X)
        import pandas

        frame = pandas.DataFrame(X)
        for place in self.categorical:
            frame[place] = np.nan_to_num(X[:, place], nan=-1.0).astype(np.int64)
        return frame

    def _train(self, X: Floats, y: NDArray[Any], loss: str) -> None:
        from catboost import CatBoost

        self.model_ = None
        if np.ptp(y) == 0 or not _varies(X):  # CatBoost refuses both
            return
        model = CatBoost(
            {
                "loss_function": loss,
                "iterations": self.rounds,
                "learning_rate": self.learning_rate,
                "depth": self.depth,
                "l2_leaf_reg": self.l2,
                "boosting_type": "Plain",
                "cat_features": list(self.categorical),
                "random_seed": 0 if self.random_state is None else self.random_state % 2**31,
                "thread_count": self.n_jobs or 1,
                "verbose": False,
                "allow_writing_files": False,
            }
        )
        self.model_ = model.fit(self._shown(X), y)

    def _predicted(self, X: Floats, stage: int, kind: str) -> Floats:
        return np.asarray(
            self.model_.predict(
                self._shown(X), prediction_type=kind, ntree_end=stage, thread_count=self.n_jobs or 1
            )
        )


def _varies(X: Floats) -> bool:
    return bool(np.any((X[:1] != X) & ~(np.isnan(X) & np.isnan(X[:1]))))


class CatBoostClassifier(_Symmetric, StagedClassifier):
    """Boosted symmetric trees for classes.

    Args:
        rounds: trees.
        learning_rate: what each tree counts.
        depth: questions of a tree, one for each level.
        l2: draws the leaves to zero.
        categorical: places of the columns that hold codes.
        random_state, n_jobs: as in scikit-learn.
    """

    _allows_missing = True

    def __init__(
        self,
        rounds: int = 300,
        learning_rate: float = 0.1,
        depth: int = 6,
        l2: float = 3.0,
        categorical: tuple[int, ...] = (),
        random_state: int | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.depth = depth
        self.l2 = l2
        self.categorical = categorical
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _learn(self, X: Floats, codes: Codes, n_classes: int) -> None:
        self.shares_ = np.bincount(codes, minlength=n_classes) / len(codes)
        self._train(X, codes, "Logloss" if n_classes == 2 else "MultiClass")

    def _at(self, X: Floats, stage: int) -> Floats:
        if self.model_ is None:
            return np.tile(self.shares_, (len(X), 1))
        return self._predicted(X, stage, "Probability")

    def _staged(self, X: Floats) -> Iterator[Floats]:
        return (self._at(X, stage) for stage in self.stages_)

    def _at_stage(self, X: Floats) -> Floats:
        return self._at(X, self.stage_)


class CatBoostRegressor(_Symmetric, StagedRegressor):
    """Boosted symmetric trees for numbers. Arguments as for `CatBoostClassifier`, and

    loss: "squared" or "absolute".
    target: "plain" or "log" (see `TargetScale`).
    """

    _allows_missing = True

    def __init__(
        self,
        rounds: int = 300,
        learning_rate: float = 0.1,
        depth: int = 6,
        l2: float = 3.0,
        loss: str = "squared",
        target: str = "plain",
        categorical: tuple[int, ...] = (),
        random_state: int | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.depth = depth
        self.l2 = l2
        self.loss = loss
        self.target = target
        self.categorical = categorical
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _learn(self, X: Floats, y: Floats) -> None:
        if self.loss not in ("squared", "absolute"):
            raise ValueError(f'loss must be "squared" or "absolute". Received: loss={self.loss!r}')
        self.target_ = TargetScale(self.target).fit(y)
        self._train(X, self.target_.there(y), "RMSE" if self.loss == "squared" else "MAE")
        if self.target == "log":
            self.target_.smear(self._raw(X, self.stage_), y)

    def _raw(self, X: Floats, stage: int) -> Floats:
        return np.zeros(len(X)) if self.model_ is None else self._predicted(X, stage, "RawFormulaVal")

    def _staged(self, X: Floats) -> Iterator[Floats]:
        return (self.target_.back(self._raw(X, stage)) for stage in self.stages_)

    def _at_stage(self, X: Floats) -> Floats:
        return self.target_.back(self._raw(X, self.stage_))


@register
class SymmetricBoosting(Family):
    """Boosting whose trees ask one question on each level; at home among categories."""

    name = "catboost"
    title = N_("CatBoost")
    order = 65
    view = View.CODES

    def why_not(self, facts: Facts) -> Said | None:
        if importlib.util.find_spec("catboost") is None:
            return Said(
                "not_installed",
                N_("CatBoost is not installed; `pip install 'seodang[catboost]'` adds it (270 MB)."),
            )
        return None

    def estimator(
        self, facts: Facts, features: Sequence[Feature], settings: Any, *, seed: int, threads: int
    ) -> Any:
        categorical = tuple(place for place, feature in enumerate(features) if feature.n_categories)
        kind = CatBoostClassifier if facts.task.has_classes else CatBoostRegressor
        return kind(**settings, categorical=categorical, random_state=seed, n_jobs=threads)

    def portfolio(self, facts: Facts) -> list[dict[str, Any]]:
        rounds = 300 if facts.n_classes > 2 or facts.n_train > 20_000 else 400
        shallow = {"rounds": rounds, "learning_rate": 0.1, "depth": 4}
        found: list[dict[str, Any]] = [shallow, {"rounds": rounds, "learning_rate": 0.08, "depth": 6}]
        if facts.metric in ABSOLUTE_METRICS:
            found.insert(0, {**shallow, "loss": "absolute"})
        return found

    def suggest(self, trial: Any, facts: Facts) -> dict[str, Any] | None:
        rate = trial.suggest_float("learning_rate", 0.04, 0.2, log=True)
        return {
            "rounds": int(min(500, 30 / rate)),
            "learning_rate": rate,
            "depth": trial.suggest_int("depth", 3, 8),
            "l2": trial.suggest_float("l2", 1.0, 30.0, log=True),
        }

    def save(self, estimator: Any, folder: Path) -> None:
        state = {
            "settings": estimator.get_params(),
            "n_features": int(estimator.n_features_in_),
            "stage": int(estimator.stage_),
            "stages": [int(stage) for stage in estimator.stages_ if stage <= estimator.stage_],
            "classes": estimator.classes_.tolist() if hasattr(estimator, "classes_") else None,
            "shares": estimator.shares_.tolist() if hasattr(estimator, "shares_") else None,
            "target": vars(estimator.target_) if hasattr(estimator, "target_") else None,
        }
        (folder / _STATE).write_text(json.dumps(state), encoding="utf-8")
        if getattr(estimator, "model_", None) is not None:
            estimator.model_.save_model(str(folder / _MODEL), format="cbm")

    def load(self, folder: Path) -> Any:
        try:
            state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
            settings = {**state["settings"], "categorical": tuple(state["settings"]["categorical"])}
            estimator = (CatBoostRegressor if state["classes"] is None else CatBoostClassifier)(**settings)
            estimator.n_features_in_ = state["n_features"]
            estimator.stages_, estimator.stage_ = state["stages"], state["stage"]
            if state["classes"] is None:
                estimator.target_ = TargetScale()
                vars(estimator.target_).update(state["target"])
            else:
                estimator.classes_ = np.asarray(state["classes"])
            if state["shares"] is not None:
                estimator.shares_ = np.asarray(state["shares"])
            estimator.model_ = _read(folder / _MODEL) if (folder / _MODEL).exists() else None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnreadable(N_("The saved model cannot be read: %(why)s"), why=str(error)) from error
        return estimator


def _read(path: Path) -> Any:
    try:
        from catboost import CatBoost, CatBoostError
    except ImportError as error:
        raise ModelUnreadable(
            N_("This model was made by CatBoost, which is not installed."),
            hint=N_("Install it: pip install 'seodang[catboost]'."),
        ) from error
    try:
        return CatBoost().load_model(str(path), format="cbm")
    except CatBoostError as error:
        raise ValueError(str(error)) from error
