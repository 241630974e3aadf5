"""Replicates and intervals: right in the long run, paired between entries, never without a value."""

from __future__ import annotations

import numpy as np
import pytest

from seodang.score import uncertainty
from seodang.score.evaluate import evaluate
from seodang.score.metrics import METRICS
from seodang.score.prediction import Prediction
from seodang.score.truth import Truth
from seodang.score.uncertainty import interval, replicates


def regression(n: int, seed: int, noise: float = 1.0) -> tuple[Truth, Prediction]:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=n)
    return Truth(range(n), truth), Prediction(truth + noise * rng.normal(size=n))


def classification(n: int, seed: int) -> tuple[Truth, Prediction]:
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < 0.4).astype(int)
    score = 1 / (1 + np.exp(-(truth + rng.normal(size=n))))
    return Truth(range(n), truth, ("no", "yes")), Prediction(score)


@pytest.mark.parametrize("exact_rows", [10_000, 10], ids=["row by row", "in blocks"])
@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("mae", regression, np.sqrt(2 / np.pi)),
        ("rmse", regression, 1.0),
        # Two normal classes one apart: AUC = Φ(1/√2).
        ("roc_auc", classification, 0.7602499),
    ],
)
def test_intervals_cover_the_expected_score_about_95_times_in_100(
    name: str, make: object, expected: float, exact_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over 300 samples: outside 0.90 to 0.985 a right method falls less than once in a thousand seeds."""
    monkeypatch.setattr(uncertainty, "EXACT_ROWS", exact_rows)
    covered = 0
    n = 400 if exact_rows > 10 or name != "roc_auc" else 2_000
    for seed in range(300):
        truth, prediction = make(n, seed)  # type: ignore[operator]
        found = replicates(truth, prediction, name, n_replicates=200, seed=seed)
        low, high = interval(evaluate(truth, prediction, name), found)
        covered += low <= expected <= high
    assert 0.90 <= covered / 300 <= 0.985


@pytest.mark.parametrize("n", [500, 20_000])
@pytest.mark.parametrize("name", ["rmse", "spearman"])
def test_replicates_of_two_entries_are_paired(name: str, n: int) -> None:
    """Two entries that nearly agree differ far less on each resample than each of them moves."""
    truth, first = regression(n, 1)
    second = Prediction(first.values + 0.01 * np.random.default_rng(2).normal(size=n))
    a = replicates(truth, first, name, seed=9).astype(float)
    b = replicates(truth, second, name, seed=9).astype(float)
    other = replicates(truth, second, name, seed=10).astype(float)
    assert (a - b).std() < 0.1 * a.std()
    assert (a - other).std() > a.std()


def test_public_and_private_resamples_differ() -> None:
    truth, prediction = regression(400, 1)
    truth = Truth(truth.ids, truth.values, public=np.arange(400) < 200)
    public = replicates(truth, prediction, "rmse", part="public", seed=1)
    private = replicates(truth, prediction, "rmse", part="private", seed=1)
    assert abs(np.corrcoef(public, private)[0, 1]) < 0.3


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "log_loss", "f1", "mcc"])
def test_resamples_without_a_class_are_drawn_again(name: str) -> None:
    """One positive of three rows: near a third of all resamples have none, and some metrics then no value."""
    truth = Truth([1, 2, 3], np.array([0, 0, 1]), ("no", "yes"))
    values = np.array([0.1, 0.9, 0.4]) if METRICS.get(name).needs != "labels" else np.array([0, 1, 1])
    found = replicates(truth, Prediction(values), name, n_replicates=300)
    assert np.isfinite(found).all()


def test_redrawn_resamples_stay_paired() -> None:
    truth = Truth(range(6), np.array([0, 0, 0, 0, 0, 1]), ("no", "yes"))
    one = Prediction(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.25]))
    same_order = Prediction(one.values**2)
    np.testing.assert_array_equal(
        replicates(truth, one, "roc_auc", seed=4), replicates(truth, same_order, "roc_auc", seed=4)
    )


def test_few_positives_among_many_rows_are_not_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 12_000
    truth = Truth(range(n), (np.arange(n) % 1500 == 0).astype(int), ("no", "yes"))
    prediction = Prediction(np.random.default_rng(0).random(n))
    found = replicates(truth, prediction, "roc_auc", n_replicates=60)
    assert np.isfinite(found).all()
    assert found.std() > 0.03


def test_several_targets_have_replicates() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(100, 2))
    prediction = Prediction(truth + rng.normal(size=(100, 2)))
    found = replicates(Truth(range(100), truth, targets=("a", "b")), prediction, "rmse", n_replicates=100)
    assert abs(found.mean() - evaluate(Truth(range(100), truth, targets=("a", "b")), prediction, "rmse")) < 0.1


def test_interval_holds_the_score_and_needs_replicates() -> None:
    assert interval(0.5, None) == (0.5, 0.5)
    assert interval(0.5, np.array([0.5])) == (0.5, 0.5)
    low, high = interval(0.5, np.linspace(0.4, 0.6, 1001))
    assert (low, high) == pytest.approx((0.405, 0.595))
    assert interval(0.9, np.linspace(0.4, 0.6, 1001))[1] == 0.9


def test_few_replicates_take_the_normal_interval() -> None:
    values = np.array([0.4, 0.5, 0.6])
    low, high = interval(0.5, values)
    assert (low, high) == pytest.approx((0.5 - 1.959964 * 0.1, 0.5 + 1.959964 * 0.1))
