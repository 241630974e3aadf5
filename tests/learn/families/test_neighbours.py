from __future__ import annotations

import numpy as np
import pytest

from seodang.learn.families import neighbours
from seodang.learn.families.neighbours import NeighboursClassifier, NeighboursRegressor, _kernel


def test_kernel_counts_near_rows_more_and_sums_to_one() -> None:
    weights = _kernel(np.array([[0.0, 0.5, 1.0], [2.0, 2.0, 2.0]]), 2)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    assert weights[0, 0] > weights[0, 1]
    np.testing.assert_allclose(weights[1], 0.5)


def test_first_checkpoint_repeats_the_nearest_row() -> None:
    X = np.arange(20.0)[:, None]
    y = np.arange(20.0) ** 2
    model = NeighboursRegressor().fit(X, y).truncate(1)
    np.testing.assert_allclose(model.predict(X), y)


def test_columns_that_do_not_matter_do_less_harm_when_weighed() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 12))
    y = (X[:, 0] > 0).astype(int)
    plain, weighed = (
        NeighboursClassifier(weigh=weigh).fit(X[:400], y[:400]).score(X[400:], y[400:]) for weigh in (False, True)
    )
    assert weighed > plain + 0.05


def test_no_more_rows_are_kept_than_can_be_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_MOST_ROWS", 50)
    X = np.random.default_rng(0).normal(size=(200, 2))
    model = NeighboursClassifier(random_state=0).fit(X, (X[:, 0] > 0).astype(int))
    assert len(model.rows_) == len(model.codes_) == 50
    assert model.score(X, (X[:, 0] > 0).astype(int)) > 0.8
