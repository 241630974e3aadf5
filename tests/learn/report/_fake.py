"""A ladder made by hand: real models and out-of-fold predictions, without a climb."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from seodang.learn.candidate import Candidate
from seodang.learn.compare import best_rung, rungs_from
from seodang.learn.data.schema import Column, Kind, Schema
from seodang.learn.rungs import Rung, Said
from seodang.learn.task import Task
from seodang.score.metrics import METRICS

FAMILIES = [
    SimpleNamespace(name="baseline", title="Baseline"),
    SimpleNamespace(name="linear", title="Linear model"),
    SimpleNamespace(name="neighbours", title="Nearest neighbours"),
    SimpleNamespace(name="forest", title="Random forest"),
    SimpleNamespace(name="svm", title="Support vector machine"),
    SimpleNamespace(name="perceptron", title="One hidden layer"),
]


@dataclass
class FakeLadder:
    """What the report reads of a `seodang.learn.Ladder`."""

    schema: Schema
    prepared: Any
    folds: list[Any]
    candidates: list[Candidate]
    rungs: list[Rung]
    metric: str
    task: Task
    models: Any = None
    seconds: float = 41.3
    budget: float = 60.0
    seed: int = 0
    warnings: list[Said] = field(default_factory=list)
    notes: list[Said] = field(default_factory=list)
    asked: int = 0

    @property
    def best(self) -> Rung:
        found = best_rung(self.rungs, greater_is_better=METRICS.get(self.metric).greater_is_better)
        assert found is not None
        return found

    def predict_rows(self, X: Any, rung: str | None = None) -> Any:
        self.asked += 1
        return self.models.predict(X) if self.task is Task.REGRESSION else self.models.predict_proba(X)


def table(n: int, seed: int = 0, *, hostile: bool = False) -> tuple[pd.DataFrame, list[Column]]:
    """Numbers, a category, a boolean, a date and words, in canonical form."""
    rng = np.random.default_rng(seed)
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    number = evil if hostile else "소득"
    frame = pd.DataFrame(
        {
            number: rng.normal(size=n),
            "age": rng.integers(18, 80, n).astype(float),
            "city": rng.choice(["서울", evil if hostile else "부산", "Daegu"], n).astype(object),
            "member": (rng.random(n) < 0.3).astype(float),
            "joined": rng.integers(1_400_000_000, 1_700_000_000, n).astype(float),
            "remark": np.array([f"{evil if hostile else 'fine'} {i % 7}" for i in range(n)], dtype=object),
        }
    )
    frame.loc[frame.index[::9], number] = np.nan
    kinds = [Kind.NUMBER, Kind.NUMBER, Kind.CATEGORY, Kind.BOOLEAN, Kind.TIME, Kind.TEXT]
    columns = [Column(name, kind, int(frame[name].nunique())) for name, kind in zip(frame, kinds, strict=True)]
    return frame, columns


def _encoder(frame: pd.DataFrame) -> Any:
    numbers = [name for name in frame if frame[name].dtype == np.float64]
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("words", OneHotEncoder(handle_unknown="ignore", max_categories=20), ["city"]),
        ]
    )


def _models(task: Task) -> dict[str, list[Any]]:
    if task is Task.REGRESSION:
        return {
            "baseline": [DummyRegressor()],
            "linear": [Ridge(a) for a in (0.1, 10.0)],
            "neighbours": [KNeighborsRegressor(k) for k in (5, 25)],
            "forest": [RandomForestRegressor(20, min_samples_leaf=m, random_state=0) for m in (1, 5)],
        }
    return {
        "baseline": [DummyClassifier()],
        "linear": [LogisticRegression(C=c) for c in (0.1, 1.0)],
        "neighbours": [KNeighborsClassifier(k) for k in (5, 25)],
        "forest": [RandomForestClassifier(20, min_samples_leaf=m, random_state=0) for m in (1, 5)],
    }


def _curves(rng: np.random.Generator, n_folds: int) -> tuple[dict[str, list[float]], ...]:
    epochs = list(range(1, 61))
    return tuple(
        {
            "epoch": [float(e) for e in epochs],
            "loss": [0.35 + 0.4 * np.exp(-e / 9) + 0.01 * rng.normal() for e in epochs],
            "val_loss": [0.42 + 0.35 * np.exp(-e / 7) + 0.0012 * e + 0.008 * rng.normal() for e in epochs],
        }
        for _ in range(n_folds)
    )


def make_ladder(task: Task = Task.BINARY, n: int = 400, *, hostile: bool = False, seed: int = 0) -> FakeLadder:
    frame, columns = table(n, seed, hostile=hostile)
    rng = np.random.default_rng(seed + 1)
    number = frame[frame.columns[0]].fillna(0.0).to_numpy()
    signal = 1.4 * number + 0.03 * frame["age"].to_numpy() - 1.5 + 0.8 * (frame["city"] == "서울").to_numpy()
    evil = "<b>yes</b>" if hostile else "재구매"
    labels: tuple[str, ...] = ()
    if task is Task.REGRESSION:
        y, metric = 40 * signal + 200 + rng.normal(size=n) * 25 * (1 + 0.3 * np.abs(number)), "rmse"
    else:
        labels = ("no", evil) if task is Task.BINARY else ("bronze", "silver", evil)
        noisy = signal + rng.logistic(size=n)
        y = (noisy > 0).astype(np.int64) if task is Task.BINARY else np.digitize(noisy, [-1.0, 1.0])
        metric = "log_loss"
    splitter = (KFold if task is Task.REGRESSION else StratifiedKFold)(5, shuffle=True, random_state=0)
    folds = list(splitter.split(frame, y))
    candidates = []
    for name, models in _models(task).items():
        candidates += [_candidate(name, model, frame, y, folds, task, metric, labels) for model in models]
    near = next(c for c in candidates if c.family == "linear").oof
    shaken = near + 0.02 * rng.normal(size=near.shape) * near.std()
    if task is not Task.REGRESSION:
        shaken = np.clip(shaken, 0.005, None)
        shaken /= shaken.sum(axis=1, keepdims=True)
    scores = next(c for c in candidates if c.family == "linear").fold_scores
    candidates.append(
        Candidate(
            "perceptron", {"units": 64, "rate": 0.003}, shaken.astype(np.float32), scores, 40, 9.1,
            curves=_curves(rng, len(folds)),
        )
    )  # fmt: skip
    mixed = np.mean([c.oof for c in candidates if c.family in ("linear", "forest")], axis=0, dtype=np.float64)
    candidates.append(
        Candidate("ensemble", {"linear": 0.5, "forest": 0.5}, mixed.astype(np.float32), scores, None, 0.4)
    )
    why = Said("too_many_rows", "An SVM of %(n)s rows would take longer than the budget.", {"n": f"{n:,}"})
    rungs = rungs_from(candidates, {"svm": why}, FAMILIES, y, folds, metric, labels, seed)
    dropped = {
        "customer_id": Said("id_like", "“customer_id” differs in every row and tells nothing.", {}, "customer_id")
    }
    prepared = SimpleNamespace(
        X=frame, y=y, rows=np.arange(n) * 2, groups=None, times=None, notes=(), schema=None, metric=metric
    )
    schema = Schema(tuple(columns), f"<i>{evil}</i>" if hostile else "churn", task, labels, dropped)
    kind = Ridge(10.0) if task is Task.REGRESSION else LogisticRegression()
    model = make_pipeline(_encoder(frame), kind).fit(frame, y)
    warning = Said("leak", "“age” alone predicts the target almost perfectly.", {}, "age")
    return FakeLadder(schema, prepared, folds, candidates, rungs, metric, task, model, warnings=[warning])


def _candidate(
    name: str, model: Any, frame: pd.DataFrame, y: Any, folds: Any, task: Task, metric: str, labels: Any
) -> Candidate:
    shape = (len(y),) if task is Task.REGRESSION else (len(y), len(labels))
    oof = np.empty(shape, dtype=np.float32)
    scores = []
    for train, valid in folds:
        fitted = make_pipeline(_encoder(frame), model).fit(frame.iloc[train], y[train])
        given = frame.iloc[valid]
        oof[valid] = fitted.predict(given) if task is Task.REGRESSION else fitted.predict_proba(given)
        scores.append(METRICS.get(metric).score(y[valid], oof[valid], labels=labels or None))
    settings = {
        key: value
        for key, value in model.get_params().items()
        if key in ("C", "alpha", "n_neighbors", "min_samples_leaf")
    }
    seconds = {"baseline": 0.1, "linear": 0.9, "neighbours": 1.2, "forest": 6.4}[name]
    return Candidate(name, settings, oof, tuple(scores), None, seconds)
