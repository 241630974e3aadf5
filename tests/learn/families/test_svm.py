from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_moons

from seodang.learn.families.svm import SVMClassifier, SVMRegressor, inner_folds


def log_loss(y: np.ndarray, probabilities: np.ndarray) -> float:
    return float(-np.mean(np.log(probabilities[np.arange(len(y)), y])))


@pytest.mark.parametrize("most_exact", [4000, 100])
def test_probabilities_are_honest(most_exact: int) -> None:
    X, y = make_moons(800, noise=0.35, random_state=0)
    model = SVMClassifier(C=3.0, most_exact=most_exact, landmarks=100, random_state=0).fit(X[:400], y[:400])
    found = model.predict_proba(X[400:])
    sure = found.max(axis=1)
    right = found.argmax(axis=1) == y[400:]
    assert abs(sure.mean() - right.mean()) < 0.06
    assert log_loss(y[400:], found) < 0.45


def test_several_classes_are_told_apart() -> None:
    X, y = load_digits(return_X_y=True)
    model = SVMClassifier(C=3.0, gamma=0.5, random_state=0).fit(X[:600], y[:600])
    assert log_loss(y[600:1200], model.predict_proba(X[600:1200])) < 0.35


def test_landmarks_come_close_to_the_exact_machine() -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, size=(500, 2))
    y = np.sin(X[:, 0]) * X[:, 1]
    for most_exact in (4000, 100):
        assert SVMRegressor(most_exact=most_exact, landmarks=150, random_state=0).fit(X, y).score(X, y) > 0.95


def test_every_class_is_in_each_inner_training_part_if_it_can_be() -> None:
    codes = np.array([0] * 20 + [1] * 2 + [2])
    for train, held in inner_folds(codes, 0):
        assert set(codes[train]) == {0, 1, 2}
        assert not set(train) & set(held)


def test_class_of_one_row_is_learnt_all_the_same() -> None:
    X = np.random.default_rng(0).normal(size=(21, 2))
    model = SVMClassifier().fit(X, np.array([0] * 10 + [1] * 10 + [2]))
    assert model.predict_proba(X).shape == (21, 3)
