"""One contestant of `benchmarks/fit.py` on one split, in its own environment: fits, predicts, and says how long.

    python _fit_contestant.py TOOL TRAIN.csv TEST.csv TARGET classes|numbers BUDGET SEED FOLDER

Leaves FOLDER/prediction.csv (`prediction`, or one `p(label)` per class) and FOLDER/told.json. Every tool is used as
its own documentation begins; what has no time limit (LazyPredict) gets none but the harness's.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import metadata
from pathlib import Path

CORES = 2

# A tool is a generator: {} when it is imported, what it fitted when it is fitted, then its prediction.


def frames(train: str, test: str):
    import pandas as pd

    return tuple(pd.read_csv(path, na_values=["?"], skipinitialspace=True) for path in (train, test))


def shares(probabilities, labels):
    import pandas as pd

    return pd.DataFrame({f"p({label})": probabilities[:, place] for place, label in enumerate(labels)})


def seodang(train, test, target, has_classes, budget, seed, folder):
    from seodang.learn import fit

    yield {}
    ladder = fit(train, target, budget=budget, seed=seed, task=None if has_classes else "regression")
    yield {"best": ladder.best.name}
    found = ladder.predict(test)
    yield found.drop(columns="prediction") if has_classes else found


def autogluon(train, test, target, has_classes, budget, seed, folder, presets):
    import pandas as pd
    from autogluon.tabular import TabularPredictor

    yield {}
    learn, ask = frames(train, test)
    problem = "regression"
    if has_classes:
        problem = "binary" if learn[target].nunique() == 2 else "multiclass"
    predictor = TabularPredictor(
        label=target,
        problem_type=problem,
        eval_metric="log_loss" if has_classes else "root_mean_squared_error",
        path=str(Path(folder) / "autogluon"),
        verbosity=1,
    )
    predictor.fit(learn, presets=presets, time_limit=budget, num_cpus=CORES, num_gpus=0)
    yield {"best": predictor.model_best}
    if has_classes:
        found = predictor.predict_proba(ask)
        yield shares(found.to_numpy(), found.columns)
    else:
        yield pd.DataFrame({"prediction": predictor.predict(ask).to_numpy()})


def flaml(train, test, target, has_classes, budget, seed, folder):
    import pandas as pd
    from flaml import AutoML

    yield {}
    learn, ask = frames(train, test)
    automl = AutoML()
    automl.fit(
        X_train=learn.drop(columns=target),
        y_train=learn[target],
        task="classification" if has_classes else "regression",
        metric="log_loss" if has_classes else "rmse",
        time_budget=budget,
        n_jobs=CORES,
        seed=seed,
        verbose=0,
    )
    yield {"best": automl.best_estimator}
    if has_classes:
        yield shares(automl.predict_proba(ask), automl.classes_)
    else:
        yield pd.DataFrame({"prediction": automl.predict(ask)})


def lazypredict(train, test, target, has_classes, budget, seed, folder):
    """It ranks models on rows it is shown, so a fifth of the training rows is kept for that; the first in its own
    ranking predicts. One without probabilities is as sure as its mistakes on that fifth allow."""
    import numpy as np
    import pandas as pd
    from lazypredict.Supervised import LazyClassifier, LazyRegressor
    from sklearn.model_selection import train_test_split

    yield {}
    learn, ask = frames(train, test)
    X, y = learn.drop(columns=target), learn[target]
    by = y if has_classes and y.value_counts().min() >= 2 else None
    X_fit, X_rank, y_fit, y_rank = train_test_split(X, y, test_size=0.2, random_state=seed, stratify=by)
    lazy = (LazyClassifier if has_classes else LazyRegressor)(verbose=0, ignore_warnings=True, random_state=seed)
    ranking, _ = lazy.fit(X_fit, X_rank, y_fit, y_rank)
    name = ranking.index[0]
    model = lazy.models[name]
    yield {"best": str(name)}
    if not has_classes:
        yield pd.DataFrame({"prediction": np.asarray(model.predict(ask), dtype=float)})
        return
    labels = np.unique(y_fit)
    try:
        yield shares(model.predict_proba(ask), labels)
    except AttributeError:
        right = float(np.mean(np.asarray(model.predict(X_rank)) == y_rank.to_numpy()))
        right = min(max(right, 1 / len(labels)), 1 - 1 / (len(y_rank) + 1))
        said = np.asarray(model.predict(ask))
        sure = np.where(said[:, None] == labels, right, (1 - right) / max(1, len(labels) - 1))
        yield shares(sure, labels)


TOOLS = {
    "seodang": (seodang, {}, ("seodang", "scikit-learn", "lightgbm", "keras", "jax")),
    "autogluon-medium": (autogluon, {"presets": "medium_quality"}, ("autogluon.tabular", "torch", "lightgbm")),
    "autogluon-best": (autogluon, {"presets": "best_quality"}, ("autogluon.tabular", "torch", "lightgbm")),
    "flaml": (flaml, {}, ("flaml", "scikit-learn", "lightgbm", "xgboost")),
    "lazypredict": (lazypredict, {}, ("lazypredict", "scikit-learn", "lightgbm", "xgboost")),
}


def version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "-"


def main() -> None:
    tool, train, test, target, kind, budget, seed, folder = sys.argv[1:]
    function, more, packages = TOOLS[tool]
    started = time.monotonic()
    steps = function(train, test, target, kind == "classes", float(budget), int(seed), folder, **more)
    next(steps)
    begun = time.monotonic()
    told = next(steps)
    fitted = time.monotonic()
    predicted = next(steps)
    told |= {
        "import_seconds": round(begun - started, 2),
        "fit_seconds": round(fitted - begun, 2),
        "predict_seconds": round(time.monotonic() - fitted, 2),
        "versions": {name: version(name) for name in packages},
    }
    predicted.to_csv(Path(folder) / "prediction.csv", index=False)
    (Path(folder) / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main()
