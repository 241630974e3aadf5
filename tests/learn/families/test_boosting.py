from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from seodang.learn.families import FAMILIES
from seodang.learn.families.boosting import BoostingClassifier, BoostingRegressor, checkpoints
from seodang.learn.task import Facts, Feature, Task


@pytest.mark.parametrize("rounds", [1, 7, 300, 1000])
def test_checkpoints_rise_to_all_rounds(rounds: int) -> None:
    found = checkpoints(rounds)
    assert found == sorted(set(found))
    assert found[-1] == rounds
    assert len(found) <= 16


def test_checkpoints_are_what_a_shorter_training_would_have_given() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    long = BoostingClassifier(rounds=40, random_state=0).fit(X, y)
    staged = dict(zip(long.stages_, long.staged_predict_proba(X), strict=True))
    for stage in (long.stages_[3], 40):
        short = BoostingClassifier(rounds=stage, random_state=0).fit(X, y)
        np.testing.assert_allclose(staged[stage], short.predict_proba(X), atol=1e-9)


def test_category_is_split_into_sets_not_at_a_number() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 12, 600).astype(np.float32)[:, None]
    y = (codes[:, 0] % 2).astype(int)
    facts = Facts(Task.BINARY, 750, 600, 1, 2)
    family = FAMILIES.get("boosting")
    settings = {"rounds": 3, "leaves": 2, "learning_rate": 0.5}
    scores = [
        family.estimator(facts, [Feature("c", "c", k)], settings, seed=0, threads=1).fit(codes, y).score(codes, y)
        for k in (0, 12)
    ]
    assert scores[0] < 0.9
    assert scores[1] == 1.0


def test_missing_cells_and_unseen_codes_are_predicted() -> None:
    X = np.array([[0.0], [1.0], [np.nan]] * 30, dtype=np.float32)
    model = BoostingClassifier(rounds=5, categorical=(0,)).fit(X, np.array([0, 1, 1] * 30))
    assert np.isfinite(model.predict_proba(np.array([[np.nan], [7.0]], dtype=np.float32))).all()


def test_absolute_loss_aims_at_the_median() -> None:
    rng = np.random.default_rng(0)
    X = np.zeros((400, 1))
    y = np.exp(rng.normal(size=400) * 1.5)
    means = {
        loss: BoostingRegressor(loss=loss, rounds=30).fit(X, y).predict(X).mean()
        for loss in ("squared", "absolute")
    }
    assert means["absolute"] == pytest.approx(np.median(y), rel=0.1)
    assert means["squared"] == pytest.approx(y.mean(), rel=0.1)


@pytest.mark.parametrize("settings", [{"target": "log"}, {"linear": True}, {"linear": True, "loss": "absolute"}])
def test_regression_settings_learn(settings: dict[str, object]) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = BoostingRegressor(rounds=60, **settings).fit(X[::2], y[::2])  # type: ignore[arg-type]
    assert model.score(X[1::2], y[1::2]) > 0.25
