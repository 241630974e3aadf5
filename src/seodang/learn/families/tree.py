"""One decision tree, pruned and shrunk.

How it predicts: it asks one question of a column after another ("age < 40?") until it stands in a leaf, and answers
what the training rows there had. Good at: being read aloud; thresholds, interactions, no scaling needed. Bad at:
smooth lines (a staircase), and it is unstable: a few other rows make another tree. A full tree learns the noise by
heart; so a leaf has a least number of rows, and every leaf is drawn towards its ancestors, the more the fewer rows
stand behind it: f(x) = mean(root) + Σ (mean(t_l) − mean(t_{l−1})) / (1 + λ / n(t_{l−1})) along the path
(hierarchical shrinkage, Agarwal et al. 2022, eq. 1). Every λ is a checkpoint. Tree: Breiman et al. 1984.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seodang.i18n import N_
from seodang.learn.families import Family, _skops, register
from seodang.learn.families._common import Codes, Floats, StagedClassifier, StagedRegressor
from seodang.learn.task import Facts, Feature, View

_LAMBDAS = (0, 1, 3, 10, 25, 50, 100, 200, 500)
_DEFAULT = 10


def shrunk(tree: Any, values: Floats, strengths: Sequence[float]) -> Floats:
    """What a fitted tree's nodes predict: (strengths, nodes, outputs). values: (nodes, outputs), their means."""
    rows = tree.weighted_n_node_samples
    left, right = tree.children_left, tree.children_right
    result = np.repeat(values[None], len(strengths), axis=0)
    parents = np.flatnonzero(left[:1] >= 0)  # the root, then level by level
    while len(parents):
        pull = 1.0 + np.asarray(strengths, dtype=np.float64)[:, None] / rows[parents]
        for children in (left[parents], right[parents]):
            result[:, children] = result[:, parents] + (values[children] - values[parents]) / pull[:, :, None]
        both = np.concatenate([left[parents], right[parents]])
        parents = both[left[both] >= 0]
    return result


class _Shrinks:
    """Leaves for rows and their shrunken answers."""

    def _shrink(self, tree: Any, values: Floats) -> None:
        self.tree_ = tree
        self.values_ = shrunk(tree.tree_, values, _LAMBDAS)

    def _checkpoints(self) -> tuple[list[int], int]:
        return list(_LAMBDAS), _DEFAULT

    def _staged(self, X: Floats) -> Iterator[Floats]:
        leaves = self.tree_.apply(np.asarray(X, dtype=np.float32))
        for values in self.values_:
            yield values[leaves]


class TreeClassifier(_Shrinks, StagedClassifier):
    """A classification tree with shrunken leaves.

    Args:
        leaf: least rows in a leaf.
        most_leaves: the greatest number of leaves, the best splits first; 0 for no bound.
        random_state: how ties between equally good questions are broken.
    """

    def __init__(self, leaf: int = 5, most_leaves: int = 0, random_state: int | None = None) -> None:
        self.leaf = leaf
        self.most_leaves = most_leaves
        self.random_state = random_state

    def _learn(self, X: Floats, codes: Codes, n_classes: int) -> None:
        from sklearn.tree import DecisionTreeClassifier

        tree = DecisionTreeClassifier(
            criterion="entropy",
            min_samples_leaf=self.leaf,
            max_leaf_nodes=self.most_leaves or None,
            random_state=self.random_state,
        ).fit(np.asarray(X, dtype=np.float32), codes)
        shares = (np.bincount(codes, minlength=n_classes) + 1.0) / (len(codes) + n_classes)
        counts = tree.tree_.value[:, 0, :] * tree.tree_.weighted_n_node_samples[:, None]
        self._shrink(tree, (counts + shares) / (counts.sum(axis=1, keepdims=True) + 1.0))


class TreeRegressor(_Shrinks, StagedRegressor):
    """A regression tree with shrunken leaves. Arguments as for `TreeClassifier`."""

    def __init__(self, leaf: int = 5, most_leaves: int = 0, random_state: int | None = None) -> None:
        self.leaf = leaf
        self.most_leaves = most_leaves
        self.random_state = random_state

    def _learn(self, X: Floats, y: Floats) -> None:
        from sklearn.tree import DecisionTreeRegressor

        tree = DecisionTreeRegressor(
            min_samples_leaf=self.leaf, max_leaf_nodes=self.most_leaves or None, random_state=self.random_state
        ).fit(np.asarray(X, dtype=np.float32), y)
        self._shrink(tree, tree.tree_.value[:, 0, :])

    def _staged(self, X: Floats) -> Iterator[Floats]:
        return (values[:, 0] for values in super()._staged(X))


@register
class DecisionTree(Family):
    """Questions of one column each, down to a leaf that answers."""

    name = "tree"
    title = N_("Decision tree")
    order = 30
    view = View.MATRIX

    def estimator(
        self, facts: Facts, features: Sequence[Feature], settings: Any, *, seed: int, threads: int
    ) -> Any:
        return (TreeClassifier if facts.task.has_classes else TreeRegressor)(**settings, random_state=seed)

    def portfolio(self, facts: Facts) -> list[dict[str, Any]]:
        return [{"leaf": 5}, {"leaf": 20}, {"leaf": 2}]

    def suggest(self, trial: Any, facts: Facts) -> dict[str, Any] | None:
        return {
            "leaf": trial.suggest_int("leaf", 1, max(2, min(200, facts.n_train // 20)), log=True),
            "most_leaves": trial.suggest_int("most_leaves", 4, max(8, min(2000, facts.n_train // 4)), log=True),
        }

    def save(self, estimator: Any, folder: Path) -> None:
        _skops.save(estimator, folder)

    def load(self, folder: Path) -> Any:
        return _skops.load(folder)
