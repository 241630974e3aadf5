from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from seodang.learn.families._common import log_sum_exp, softmax
from seodang.learn.families.linear import _RIDGE_STRENGTHS, Curves, LinearClassifier, LinearRegressor, fit_softmax


def made(n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5))
    return X, X @ np.array([2.0, -1.0, 0.0, 0.0, 0.5]) + 0.1 * rng.normal(size=n)


def test_softmax_weights_are_those_of_scikit_learn() -> None:
    X, y = made()
    codes = np.digitize(y, [-1, 1])
    truth = np.eye(3)[codes]
    ridge = 0.01
    ours = fit_softmax(X, truth, np.zeros((6, 3)), ridge=ridge, lasso=0.0, most_steps=1000)
    theirs = LogisticRegression(C=1 / (ridge * len(X)), tol=1e-8, max_iter=1000).fit(X, codes)
    np.testing.assert_allclose(softmax(X @ ours[:5] + ours[5]), theirs.predict_proba(X), atol=2e-3)


def test_ridge_path_is_that_of_scikit_learn() -> None:
    X, y = made()
    model = LinearRegressor().fit(X, y)
    Z, z = model._prepared(X), model.target_.there(y)
    for strength, weights in zip(_RIDGE_STRENGTHS, model.weights_, strict=True):
        theirs = Ridge(alpha=strength * len(X)).fit(Z, z)
        np.testing.assert_allclose(weights, theirs.coef_, atol=1e-8)


def test_lasso_leaves_weights_at_exactly_zero() -> None:
    X, y = made()
    classifier = LinearClassifier(penalty="lasso").fit(X, (y > 0).astype(int))
    assert (classifier.weights_[0][2:4] == 0).all()
    assert (LinearRegressor(penalty="lasso").fit(X, y).weights_[0][2:4] == 0).all()


def test_curves_find_what_a_straight_line_misses() -> None:
    X, _ = made(500)
    y = np.abs(X[:, 0])
    straight, curved = (LinearRegressor(curves=pieces).fit(X, y).score(X, y) for pieces in (0, 8))
    assert straight < 0.1
    assert curved > 0.95


def test_curve_is_flat_beyond_what_was_seen() -> None:
    X = np.linspace(0, 1, 50)[:, None]
    curves = Curves(4).fit(X)
    np.testing.assert_array_equal(curves.transform(np.array([[1.0], [50.0]])), 1.0)
    np.testing.assert_array_equal(curves.transform(np.array([[-9.0]])), 0.0)


def test_large_matrices_in_single_precision_give_the_same_loss() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(6000, 40))
    codes = (X[:, 0] + 0.5 * rng.normal(size=6000) > 0).astype(int)
    truth = np.eye(2)[codes]
    large = fit_softmax(X, truth, np.zeros((41, 2)), ridge=1e-3, lasso=0.0, most_steps=200)
    theirs = LogisticRegression(C=1 / (1e-3 * 6000 * 2), max_iter=500).fit(X, codes)
    scores = X @ large[:40] + large[40]
    ours = float(np.mean(log_sum_exp(scores)[:, 0] - scores[np.arange(6000), codes]))
    their_loss = -float(np.mean(np.log(theirs.predict_proba(X)[np.arange(6000), codes])))
    assert abs(ours - their_loss) < 5e-3
