from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import log_loss

from seodang.learn.families import FAMILIES
from seodang.learn.networks.deep import DeepClassifier, DeepRegressor
from seodang.learn.task import Facts, Task

FACTS = Facts(task=Task.BINARY, n_rows=500, n_train=400, n_columns=30, n_classes=2, metric="log_loss")
SMALL = {"hidden": [32], "members": 2, "epochs": 30}


def test_it_diagnoses_tumours_it_has_not_seen():
    X, y = load_breast_cancer(return_X_y=True)
    assert DeepClassifier(**SMALL).fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.94


def test_it_predicts_a_number_better_than_the_mean():
    X, y = load_diabetes(return_X_y=True)
    assert DeepRegressor(**{**SMALL, "epochs": 10}).fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.3


def test_waves_let_it_follow_what_swings():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (800, 3))
    y = np.sin(12 * X[:, 0])
    waved, plain = (
        DeepRegressor(hidden=[32], members=1, epochs=20, dropout=0.0, embedding=embedding)
        .fit(X[:600], y[:600])
        .score(X[600:], y[600:])
        for embedding in ("waves", "none")
    )
    assert waved > 0.8
    assert waved > plain


def test_bins_let_it_follow_jumps():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (800, 3))
    y = (np.floor(X[:, 0] * 6) % 2).astype(int)
    binned, plain = (
        DeepClassifier(**SMALL, embedding=embedding).fit(X[:600], y[:600]).score(X[600:], y[600:])
        for embedding in ("bins", "none")
    )
    assert binned > 0.85
    assert binned > plain


def test_several_members_are_better_than_each_alone():
    X, y = load_breast_cancer(return_X_y=True)
    model = DeepClassifier(**{**SMALL, "members": 4}).fit(X[::2], y[::2])
    output = model._output(X[1::2])
    shares = np.exp(output) / np.exp(output).sum(axis=-1, keepdims=True)
    alone = np.mean([log_loss(y[1::2], member) for member in shares])
    assert log_loss(y[1::2], model.predict_proba(X[1::2])) < alone


def test_a_checkpoint_stands_at_the_end_of_each_cycle_and_can_be_kept():
    X, y = load_breast_cancer(return_X_y=True)
    model = DeepClassifier(**SMALL).fit(X, y)
    stages = list(model.staged_predict_proba(X))
    assert model.stages_ == [1, 2, 3]
    assert np.array_equal(stages[-1], model.predict_proba(X))
    model.truncate(1)
    assert np.array_equal(stages[0], model.predict_proba(X))
    assert model.stages_ == [1]


def test_predictions_stay_within_what_was_seen():
    X = np.linspace(0, 1, 200)[:, None]
    model = DeepRegressor(**SMALL).fit(X, 5 * X[:, 0])
    assert model.predict(np.array([[-100.0], [100.0]])).min() >= 0
    assert model.predict(np.array([[-100.0], [100.0]])).max() <= 5


def test_order_of_two_valued_columns_does_not_matter_to_what_is_learnt():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 2, 200), rng.normal(size=200), rng.integers(0, 2, 200)]).astype(float)
    y = (X[:, 0] + X[:, 1] > 0.5).astype(int)
    model = DeepClassifier(**SMALL).fit(X, y)
    assert model.n_embedded_ == 4  # one column of numbers, in a place for four
    assert sorted(column for column in model.columns_ if column >= 0) == [0, 1, 2]
    assert model.score(X, y) > 0.9


@pytest.mark.parametrize("task", list(Task))
def test_time_is_bounded_whatever_the_number_of_rows(task):
    family = FAMILIES.get("deep")
    shown = [
        n * family.portfolio(replace(FACTS, task=task, n_train=n))[0]["epochs"]
        for n in (100, 5_000, 20_000, 40_000)
    ]
    assert max(shown) <= 500_000


def test_a_table_of_ten_thousand_columns_is_declined_in_words():
    said = FAMILIES.get("deep").why_not(replace(FACTS, n_columns=10_000))
    assert "10000" in str(said)
