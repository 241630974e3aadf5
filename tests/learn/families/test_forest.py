from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import ExtraTreesRegressor

from seodang.learn.errors import ModelUnreadable
from seodang.learn.families import FAMILIES
from seodang.learn.families.forest import ForestClassifier, ForestRegressor, _bounded_leaf


def test_forest_without_shrinkage_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 4)).astype(np.float32)
    y = X[:, 0] + 0.1 * rng.normal(size=100)
    ours = ForestRegressor(kind="extra", n_trees=10, leaf=2, columns=1.0, random_state=5).fit(X, y).truncate(0)
    theirs = ExtraTreesRegressor(10, min_samples_leaf=2, random_state=5).fit(X, ours.target_.there(y))
    np.testing.assert_allclose(ours.predict(X), ours.target_.back(theirs.predict(X)))


def test_leaves_grow_with_the_table_so_that_memory_does_not() -> None:
    assert _bounded_leaf(1, 1_000, 150, 2) == 1
    assert _bounded_leaf(1, 1_000_000, 150, 2) > 20


@pytest.mark.parametrize(("field", "value"), [("left_child", 10**6), ("right_child", 0), ("feature", 99)])
def test_file_whose_trees_point_outside_is_refused(tmp_path: Path, field: str, value: int) -> None:
    X, y = load_iris(return_X_y=True)
    family = FAMILIES.get("forest")
    family.save(ForestClassifier(n_trees=3, random_state=0).fit(X, y), tmp_path)
    with np.load(tmp_path / "trees.npz") as arrays:
        stored = {name: arrays[name].copy() for name in arrays.files}
    stored["nodes"][field][0] = value
    np.savez(tmp_path / "trees.npz", **stored)
    with pytest.raises(ModelUnreadable):
        family.load(tmp_path)
