"""A fitted forest in one file: the trees' arrays end to end, no pickle.

Owns the writing, and the checks that make reading safe: scikit-learn walks a tree without looking where its arrow
points, so every child must stand further on in the same tree, and every question be of a column that there is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.errors import ModelUnreadable
from seodang.learn.families._common import TargetScale

_ARRAYS, _STATE = "trees.npz", "state.json"


def save(estimator: Any, folder: Path) -> None:
    trees = [tree.__getstate__() for tree in getattr(estimator, "trees_", ())]
    if trees:
        np.savez(
            folder / _ARRAYS,
            nodes=np.concatenate([tree["nodes"] for tree in trees]),
            values=np.concatenate([tree["values"] for tree in trees]),
            counts=np.array([tree["node_count"] for tree in trees], dtype=np.int64),
            depths=np.array([tree["max_depth"] for tree in trees], dtype=np.int64),
        )
    state = {
        "settings": estimator.get_params(),
        "n_inputs": int(estimator.n_features_in_),
        "classes": estimator.classes_.tolist() if hasattr(estimator, "classes_") else None,
        "stage": int(estimator.stage_),
        "stages": [int(stage) for stage in estimator.stages_],
        "shares": estimator.shares_.tolist() if hasattr(estimator, "shares_") else None,
        "target": vars(estimator.target_) if hasattr(estimator, "target_") else None,
    }
    (folder / _STATE).write_text(json.dumps(state), encoding="utf-8")


def load(folder: Path, classifier: type, regressor: type) -> Any:
    """
    Raises:
        ModelUnreadable: a file is missing or is not what `save` writes.
    """
    try:
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        estimator = (regressor if state["classes"] is None else classifier)(**state["settings"])
        estimator.n_features_in_ = int(state["n_inputs"])
        estimator.stages_, estimator.stage_ = state["stages"], state["stage"]
        if state["classes"] is None:
            estimator.target_ = TargetScale()
            vars(estimator.target_).update(state["target"])
        else:
            estimator.classes_ = np.asarray(state["classes"])
        if state["shares"] is not None:
            estimator.shares_ = np.asarray(state["shares"])
        if (folder / _ARRAYS).exists():
            with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
                nodes, values = arrays["nodes"], arrays["values"]
                counts, depths = arrays["counts"], arrays["depths"]
            _check(nodes, values, counts, depths, estimator.n_features_in_)
            estimator.trees_ = _trees(nodes, values, counts, depths, estimator.n_features_in_)
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
        raise ModelUnreadable(N_("The saved model cannot be read: %(why)s"), why=str(error)) from error
    return estimator


def _check(
    nodes: NDArray[Any], values: NDArray[Any], counts: NDArray[Any], depths: NDArray[Any], n_inputs: int
) -> None:
    if len(counts) == 0 or counts.min() < 1 or int(counts.sum()) != len(nodes) or len(values) != len(nodes):
        raise ValueError("the trees' sizes do not fit their arrays")
    if len(depths) != len(counts) or values.ndim != 3 or values.shape[1] != 1:
        raise ValueError("the trees' values have another shape")
    here = np.concatenate([np.arange(count) for count in counts])
    size = np.repeat(counts, counts)
    is_leaf = nodes["left_child"] == -1
    for child in (nodes["left_child"], nodes["right_child"]):
        if not np.all(is_leaf | ((child > here) & (child < size))):
            raise ValueError("a tree's arrow points outside the tree")
    if not np.all(is_leaf | ((nodes["feature"] >= 0) & (nodes["feature"] < n_inputs))):
        raise ValueError("a tree asks for a column that there is not")


def _trees(
    nodes: NDArray[Any], values: NDArray[Any], counts: NDArray[Any], depths: NDArray[Any], n_inputs: int
) -> list[Any]:
    from sklearn.tree._tree import Tree

    trees, first = [], 0
    for count, depth in zip(counts.tolist(), depths.tolist(), strict=True):
        tree = Tree(n_inputs, np.array([values.shape[2]], dtype=np.intp), 1)
        part = slice(first, first + count)
        tree.__setstate__({"max_depth": depth, "node_count": count, "nodes": nodes[part], "values": values[part]})
        trees.append(tree)
        first += count
    return trees
