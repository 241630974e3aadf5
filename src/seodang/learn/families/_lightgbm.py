"""Boosted estimators in files: LightGBM's own text format, and JSON for what stands around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from seodang.i18n import N_
from seodang.learn.errors import ModelUnreadable
from seodang.learn.families._common import TargetScale

_MODEL, _STATE = "booster.txt", "state.json"


def save(estimator: Any, folder: Path) -> None:
    state = {
        "settings": estimator.get_params(),
        "n_features": int(estimator.n_features_in_),
        "stage": int(estimator.stage_),
        "stages": [int(stage) for stage in estimator.stages_ if stage <= estimator.stage_],
        "classes": estimator.classes_.tolist() if hasattr(estimator, "classes_") else None,
        "target": vars(estimator.target_) if hasattr(estimator, "target_") else None,
    }
    (folder / _STATE).write_text(json.dumps(state), encoding="utf-8")
    if hasattr(estimator, "booster_"):
        estimator.booster_.save_model(folder / _MODEL, num_iteration=estimator.stage_)


def load(folder: Path, classifier: type, regressor: type) -> Any:
    """
    Raises:
        ModelUnreadable: a file is missing or is not what `save` writes.
    """
    import lightgbm

    try:
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        settings = {**state["settings"], "categorical": tuple(state["settings"]["categorical"])}
        estimator = (regressor if state["classes"] is None else classifier)(**settings)
        estimator.n_features_in_ = state["n_features"]
        estimator.stages_, estimator.stage_ = state["stages"], state["stage"]
        if state["classes"] is None:
            estimator.target_ = TargetScale()
            vars(estimator.target_).update(state["target"])
        else:
            estimator.classes_ = np.asarray(state["classes"])
        if (folder / _MODEL).exists():
            estimator.booster_ = lightgbm.Booster(model_file=folder / _MODEL)
    except (OSError, ValueError, KeyError, TypeError, lightgbm.basic.LightGBMError) as error:
        raise ModelUnreadable(N_("The saved model cannot be read: %(why)s"), why=str(error)) from error
    return estimator
