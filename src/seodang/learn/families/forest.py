"""Random forest and extra trees: many trees that disagree, averaged.

How it predicts: every tree is grown on other rows (random forest: a bootstrap sample) and asks other questions (the
best of a few columns drawn anew at each split; extra trees: cuts drawn at random, the best of them taken), and the
mean of their answers is the prediction. Good at: almost any table without care; hard to overfit by adding trees.
Bad at: going beyond the target's range, lines and slow trends, very many classes of few rows. Full trees are too
sure of themselves, those of extra trees most of all: so their leaves are drawn towards their ancestors as those of
one tree are (`seodang.learn.families.tree`), and every strength of it is a checkpoint. The best strength took 13 %
off the out-of-fold loss of full extra trees on german, 4 % on yeast, 7 % on insurance (on held-out rows, with the
folds' models averaged, 1 %, 1 % and 6 %); on car it helped out of fold and hurt on held-out rows.
Source: Breiman 2001; Geurts, Ernst, Wehenkel 2006; Agarwal et al. 2022.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from seodang.i18n import N_
from seodang.learn.families import Family, _trees, register
from seodang.learn.families._common import Codes, Floats, StagedClassifier, StagedRegressor, TargetScale
from seodang.learn.families.tree import shrunk
from seodang.learn.task import Facts, Feature, Task, View

_LAMBDAS = (0, 1, 3, 8, 20, 50)
_MOST_NODES = 2_000_000  # about, of all trees together: at 72 bytes, 144 MB


def _bounded_leaf(leaf: int, rows: int, trees: int, outputs: int) -> int:
    """A leaf size with which the forest stays within memory: a full tree has about two nodes for each row, one with
    leaves of several rows fewer than 2 · rows / leaf."""
    return max(leaf, ceil(2 * rows * trees * max(1.0, outputs / 8) / _MOST_NODES))


class _Grows:
    kind: str
    n_trees: int
    leaf: int
    columns: float
    random_state: int | None
    n_jobs: int | None

    def _settings(self, rows: int, outputs: int) -> dict[str, Any]:
        if self.kind not in ("random", "extra"):
            raise ValueError(f'kind must be "random" or "extra". Received: kind={self.kind!r}')
        return {
            "n_estimators": self.n_trees,
            "min_samples_leaf": _bounded_leaf(self.leaf, rows, self.n_trees, outputs),
            "random_state": self.random_state,
            "n_jobs": self.n_jobs,
        }

    def _columns(self, p: int, usual: float) -> int:
        return max(1, min(p, round(usual if self.columns == 0 else self.columns * p)))

    def _grown(self, forest: Any, X: Floats, y: Any) -> Any:
        forest.fit(np.asarray(X, dtype=np.float32), y)
        self.trees_ = [tree.tree_ for tree in forest.estimators_]  # all that predicting needs
        return forest

    def _checkpoints(self) -> tuple[list[int], int]:
        return list(_LAMBDAS), _LAMBDAS[1]

    def _means(self, X: Floats, strengths: Sequence[int], prior: Floats | None = None) -> Floats:
        """The mean of the trees' shrunken leaves: (strengths, n, outputs). prior (outputs,): a tenth of an imagined
        row in each node, so that no leaf calls a class impossible."""
        X32 = np.ascontiguousarray(X, dtype=np.float32)
        total = np.zeros((len(strengths), len(X), self.trees_[0].value.shape[2]))
        for tree in self.trees_:
            values = tree.value[:, 0, :]
            if prior is not None:
                rows = tree.weighted_n_node_samples[:, None]
                values = (values * rows + 0.1 * prior) / (rows + 0.1)
            total += shrunk(tree, values, strengths)[:, tree.apply(X32)]
        return total / len(self.trees_)


class ForestClassifier(_Grows, StagedClassifier):
    """The mean of the class shares in the leaves of many trees.

    Args:
        kind: "random" (bootstrap samples, best cuts) or "extra" (all rows, random cuts).
        n_trees: how many trees.
        leaf: least rows in a leaf; more where the forest would not fit into memory.
        columns: share of the columns tried at each split; 0 for the square root of their number.
        random_state, n_jobs: as in scikit-learn.
    """

    def __init__(
        self,
        kind: str = "random",
        n_trees: int = 100,
        leaf: int = 2,
        columns: float = 0.0,
        random_state: int | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.kind = kind
        self.n_trees = n_trees
        self.leaf = leaf
        self.columns = columns
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _learn(self, X: Floats, codes: Codes, n_classes: int) -> None:
        from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

        grow = RandomForestClassifier if self.kind == "random" else ExtraTreesClassifier
        p = X.shape[1]
        forest = grow(
            criterion="entropy", max_features=self._columns(p, p**0.5), **self._settings(len(X), n_classes)
        )
        self._grown(forest, X, codes)
        self.shares_ = (np.bincount(codes, minlength=n_classes) + 1.0) / (len(codes) + n_classes)

    def _staged(self, X: Floats) -> Iterator[Floats]:
        return iter(self._means(X, self.stages_, self.shares_))

    def _at_stage(self, X: Floats) -> Floats:
        return np.asarray(self._means(X, [self.stage_], self.shares_)[0])


class ForestRegressor(_Grows, StagedRegressor):
    """The mean of the leaves of many trees. Arguments as for `ForestClassifier`; columns 0 means a half;
    target: "plain" or "log" (see `TargetScale`)."""

    def __init__(
        self,
        kind: str = "random",
        n_trees: int = 100,
        leaf: int = 2,
        columns: float = 0.0,
        target: str = "plain",
        random_state: int | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.kind = kind
        self.n_trees = n_trees
        self.leaf = leaf
        self.columns = columns
        self.target = target
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _learn(self, X: Floats, y: Floats) -> None:
        from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

        grow = RandomForestRegressor if self.kind == "random" else ExtraTreesRegressor
        p = X.shape[1]
        self.target_ = TargetScale(self.target).fit(y)
        forest = grow(max_features=self._columns(p, p / 2), **self._settings(len(X), 1))
        self._grown(forest, X, self.target_.there(y))
        if self.target == "log":
            self.target_.smear(self._means(X, [self.stage_])[0, :, 0], y)

    def _staged(self, X: Floats) -> Iterator[Floats]:
        return (self.target_.back(means[:, 0]) for means in self._means(X, self.stages_))

    def _at_stage(self, X: Floats) -> Floats:
        return self.target_.back(self._means(X, [self.stage_])[0, :, 0])


@register
class Forest(Family):
    """The mean of many trees, each of which saw other rows and asked other questions."""

    name = "forest"
    title = N_("Random forest")
    order = 40
    view = View.MATRIX

    def estimator(
        self, facts: Facts, features: Sequence[Feature], settings: Any, *, seed: int, threads: int
    ) -> Any:
        kind = ForestClassifier if facts.task.has_classes else ForestRegressor
        return kind(**settings, random_state=seed, n_jobs=threads)

    def portfolio(self, facts: Facts) -> list[dict[str, Any]]:
        trees = 100 if facts.n_train > 4_000 else 150
        random = {"kind": "random", "n_trees": trees, "leaf": 2, "columns": 0.5}
        extra = {"kind": "extra", "n_trees": trees, "leaf": 1, "columns": 1.0}
        if facts.task is Task.REGRESSION:
            return [random, extra, {**random, "target": "log"}]
        return [random, extra, {"kind": "random", "n_trees": trees, "leaf": 1}]

    def suggest(self, trial: Any, facts: Facts) -> dict[str, Any] | None:
        return {
            "kind": trial.suggest_categorical("kind", ["random", "extra"]),
            "n_trees": 100,
            "leaf": trial.suggest_int("leaf", 1, max(2, min(50, facts.n_train // 50)), log=True),
            "columns": trial.suggest_float("columns", 0.1, 1.0),
        }

    def save(self, estimator: Any, folder: Path) -> None:
        _trees.save(estimator, folder)

    def load(self, folder: Path) -> Any:
        return _trees.load(folder, ForestClassifier, ForestRegressor)
