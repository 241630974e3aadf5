from __future__ import annotations

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from seodang.learn.families.tree import TreeClassifier, TreeRegressor, shrunk


def by_hand(tree: DecisionTreeRegressor, row: np.ndarray, strength: float) -> float:
    """Agarwal et al. 2022, equation 1, along one row's path."""
    inner, node = tree.tree_, 0
    answer = inner.value[0, 0, 0]
    while inner.children_left[node] >= 0:
        goes_left = row[inner.feature[node]] <= inner.threshold[node]
        child = inner.children_left[node] if goes_left else inner.children_right[node]
        step = inner.value[child, 0, 0] - inner.value[node, 0, 0]
        answer += step / (1 + strength / inner.weighted_n_node_samples[node])
        node = child
    return float(answer)


def test_shrinkage_is_the_sum_along_the_path() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3)).astype(np.float32)
    y = rng.normal(size=80)
    tree = DecisionTreeRegressor(random_state=0).fit(X, y)
    values = shrunk(tree.tree_, tree.tree_.value[:, 0, :], [0.0, 7.0])
    leaves = tree.apply(X)
    np.testing.assert_allclose(values[0, leaves, 0], tree.predict(X))
    np.testing.assert_allclose(values[1, leaves, 0], [by_hand(tree, row, 7.0) for row in X])


def test_more_shrinkage_comes_closer_to_the_mean() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 3)), rng.normal(size=100)
    spreads = [staged.std() for staged in TreeRegressor().fit(X, y).staged_predict(X)]
    assert spreads == sorted(spreads, reverse=True)


def test_pure_leaf_calls_no_class_impossible() -> None:
    X = np.repeat([[0.0], [1.0]], 20, axis=0)
    model = TreeClassifier().fit(X, np.repeat([0, 1], 20))
    for probabilities in model.staged_predict_proba(X):
        assert probabilities.min() > 0
