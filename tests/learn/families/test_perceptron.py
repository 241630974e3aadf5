import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes

from seodang.learn.families import FAMILIES
from seodang.learn.networks.perceptron import PerceptronClassifier, PerceptronRegressor


def test_a_hidden_layer_learns_exclusive_or():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 2))
    y = (X[:, 0] > 0) ^ (X[:, 1] > 0)
    assert PerceptronClassifier(epochs=60).fit(X[:400], y[:400]).score(X[400:], y[400:]) > 0.93


def test_it_diagnoses_tumours_it_has_not_seen():
    X, y = load_breast_cancer(return_X_y=True)
    assert PerceptronClassifier().fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.94


def test_it_predicts_a_number_better_than_the_mean():
    X, y = load_diabetes(return_X_y=True)
    assert PerceptronRegressor().fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.3


def test_its_learning_curve_goes_down():
    X, y = load_breast_cancer(return_X_y=True)
    curve = PerceptronClassifier().fit(X, y).curve_
    assert len(curve["epoch"]) == len(curve["loss"]) >= 40
    assert curve["loss"][-1] < 0.3 * curve["loss"][0]


def test_numbers_far_from_zero_keep_their_precision():
    X = np.random.default_rng(0).normal(size=(300, 2))
    y = 1e9 + X[:, 0]
    model = PerceptronRegressor().fit(X, y)
    assert np.corrcoef(model.predict(X), X[:, 0])[0, 1] > 0.99


def test_it_is_the_eighth_rung():
    assert FAMILIES.get("perceptron").needs_keras
    assert FAMILIES.get("svm").order < FAMILIES.get("perceptron").order < FAMILIES.get("deep").order
