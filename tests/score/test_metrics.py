"""Metrics against scikit-learn and SciPy, and against values computed by hand."""

from __future__ import annotations

import warnings
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr
from sklearn import metrics as sk

from seodang.score.errors import MetricUndefined, OptionInvalid
from seodang.score.metrics import METRICS

METRIC = METRICS.get
quick = settings(max_examples=40, deadline=None)
sizes = st.integers(5, 60)
numbers = st.floats(-1e6, 1e6, allow_nan=False, width=32)
# Few distinct values, so that ties are the rule.
coarse = st.integers(0, 20).map(lambda value: value / 20)


def same(ours: float, theirs: float) -> None:
    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-12)


@st.composite
def pairs(draw: st.DrawFn, elements: st.SearchStrategy[float] = numbers) -> tuple[np.ndarray, np.ndarray]:
    n = draw(sizes)
    values = arrays(np.float64, n, elements=elements)
    return draw(values), draw(values)


@st.composite
def binary(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n = draw(sizes)
    truth = draw(arrays(np.int64, n, elements=st.integers(0, 1)).filter(lambda y: 0 < y.sum() < len(y)))
    return truth, draw(arrays(np.float64, n, elements=coarse))


@st.composite
def labels(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n = draw(sizes)
    codes = arrays(np.int64, n, elements=st.integers(0, 3))
    truth, predicted = draw(codes), draw(codes)
    truth[:4] = np.arange(4)
    return truth, predicted


@given(pairs())
@quick
def test_regression_metrics_equal_scikit_learn(pair: tuple[np.ndarray, np.ndarray]) -> None:
    truth, predicted = pair
    same(METRIC("rmse").score(truth, predicted), sk.root_mean_squared_error(truth, predicted))
    same(METRIC("mae").score(truth, predicted), sk.mean_absolute_error(truth, predicted))
    for quantile in (0.1, 0.9):
        theirs = sk.mean_pinball_loss(truth, predicted, alpha=quantile)
        same(METRIC("pinball").score(truth, predicted, quantile=quantile), theirs)
    theirs = sk.root_mean_squared_log_error(np.abs(truth), np.abs(predicted))
    same(METRIC("rmsle").score(np.abs(truth), np.abs(predicted)), theirs)


@given(pairs(st.integers(-50, 50).map(float)))
@quick
def test_r2_mape_and_spearman_equal_scikit_learn_and_scipy(pair: tuple[np.ndarray, np.ndarray]) -> None:
    truth, predicted = pair
    truth[:2] = 1.0, 2.0
    same(METRIC("r2").score(truth, predicted), sk.r2_score(truth, predicted))
    positive = np.where(truth == 0, 3.0, truth)
    same(METRIC("mape").score(positive, predicted), sk.mean_absolute_percentage_error(positive, predicted))
    if len(np.unique(predicted)) > 1:
        same(METRIC("spearman").score(truth, predicted), spearmanr(truth, predicted)[0])


@given(binary())
@quick
def test_binary_probability_metrics_equal_scikit_learn(pair: tuple[np.ndarray, np.ndarray]) -> None:
    truth, probability = pair
    same(METRIC("roc_auc").score(truth, probability), sk.roc_auc_score(truth, probability))
    same(METRIC("average_precision").score(truth, probability), sk.average_precision_score(truth, probability))
    same(METRIC("brier").score(truth, probability), sk.brier_score_loss(truth, probability))
    inner = np.clip(probability, 0.01, 0.99)
    same(METRIC("log_loss").score(truth, inner), sk.log_loss(truth, inner))


@given(labels())
@quick
def test_label_metrics_equal_scikit_learn(pair: tuple[np.ndarray, np.ndarray]) -> None:
    truth, predicted = pair
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(METRIC("accuracy").score(truth, predicted), sk.accuracy_score(truth, predicted))
        same(METRIC("balanced_accuracy").score(truth, predicted), sk.balanced_accuracy_score(truth, predicted))
        same(METRIC("f1_macro").score(truth, predicted), sk.f1_score(truth, predicted, average="macro"))
        same(METRIC("mcc").score(truth, predicted), sk.matthews_corrcoef(truth, predicted))
        same(
            METRIC("quadratic_kappa").score(truth, predicted),
            sk.cohen_kappa_score(truth, predicted, weights="quadratic"),
        )
        truth, predicted = truth % 2, predicted % 2
        same(METRIC("f1").score(truth, predicted), sk.f1_score(truth, predicted))


@given(st.integers(0, 10_000))
@quick
def test_metrics_of_several_classes_equal_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(5), rng.integers(0, 5, 40)])
    probability = rng.dirichlet(np.ones(5), 45)
    same(METRIC("log_loss").score(truth, probability), sk.log_loss(truth, probability))
    same(METRIC("roc_auc_ovr").score(truth, probability), sk.roc_auc_score(truth, probability, multi_class="ovr"))
    for k in (1, 2, 4):
        theirs = sk.top_k_accuracy_score(truth, probability, k=k)
        same(METRIC("top_k_accuracy").score(truth, probability, k=k), theirs)
    theirs = np.mean(((probability - np.eye(5)[truth]) ** 2).sum(axis=1))
    same(METRIC("brier").score(truth, probability), theirs)


@given(binary(), st.integers(0, 100))
@quick
def test_weighted_scores_equal_scikit_learn(pair: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    truth, probability = pair
    weights = np.random.default_rng(seed).uniform(0.5, 2, len(truth))
    for name, theirs in {"roc_auc": sk.roc_auc_score, "average_precision": sk.average_precision_score}.items():
        ours = METRIC(name).score(truth, probability, weights=weights)
        same(ours, theirs(truth, probability, sample_weight=weights))


def test_auc_of_large_and_negative_scores_takes_the_general_way() -> None:
    truth = np.array([0, 1, 0, 1, 1])
    scores = np.array([-3.0, 5.0, 4.0, 4.0, -7.0])
    same(METRIC("roc_auc").score(truth, scores), sk.roc_auc_score(truth, scores))
    # A negative zero is a zero.
    assert METRIC("roc_auc").score([0, 1], [0.0, -0.0]) == 0.5


def test_auc_counts_ties_across_the_stretches_it_works_in() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200_000)
    probability = rng.integers(0, 4, 200_000) / 4
    same(METRIC("roc_auc").score(truth, probability), sk.roc_auc_score(truth, probability))


def test_log_loss_clips_a_certain_mistake() -> None:
    assert METRIC("log_loss").score([0, 1], [1.0, 1.0]) == pytest.approx(-log(1e-15) / 2)


def test_log_loss_of_two_columns_is_that_of_one() -> None:
    truth, probability = np.array([0, 1, 1]), np.array([0.2, 0.7, 0.6])
    both = np.column_stack([1 - probability, probability])
    for name in ("log_loss", "brier"):
        same(METRIC(name).score(truth, both), METRIC(name).score(truth, probability))


def test_labels_are_pinned_so_an_absent_class_moves_nothing() -> None:
    """Class "b" has no row in this part; the columns still belong to a, b, c."""
    probability = [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]
    score = METRIC("log_loss").score([0, 2], probability, labels=("a", "b", "c"))
    assert score == pytest.approx(-(log(0.7) + log(0.6)) / 2)


def test_top_k_gives_tied_classes_their_chance() -> None:
    assert METRIC("top_k_accuracy").score([0, 1, 2, 3], np.full((4, 4), 0.25), k=1) == 0.25


def test_constant_predictions_score_as_documented() -> None:
    assert METRIC("spearman").score([1, 2, 3], [5, 5, 5]) == 0
    assert METRIC("mcc").score([0, 1, 1], [1, 1, 1]) == 0
    assert METRIC("f1").score([0, 1, 1], [0, 0, 0]) == 0


def test_smape_by_hand() -> None:
    assert METRIC("smape").score([100.0, 0.0, 0.0], [110.0, 0.0, 5.0]) == pytest.approx((20 / 210 + 0 + 2) / 3)


def test_several_targets_are_averaged() -> None:
    truth, predicted = np.array([[1.0, 10.0], [2.0, 20.0]]), np.array([[2.0, 10.0], [2.0, 24.0]])
    assert METRIC("rmse").score(truth, predicted) == pytest.approx((sqrt(0.5) + sqrt(8)) / 2)


def test_map_at_k_by_hand() -> None:
    # Row 1: relevant at places 1 and 3 of 2 → (1/1 + 2/3) / 2. Row 2: at place 2 of 1 → 1/2. Row 3: nothing.
    truth, guess = ["a b", "c", "d"], ["a x b", "x c c", ""]
    assert METRIC("map_at_k").score(truth, guess, k=3) == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 3)
    assert METRIC("map_at_k").score(["a b c"], ["a b c"], k=2) == 1
    assert METRIC("map_at_k").score(["a"], ["a a a"], k=3) == 1


def test_ndcg_at_k_by_hand() -> None:
    # Gains 3 and 1; found at places 2 and 1.
    reached = 1 / np.log2(2) + 7 / np.log2(3)
    best = 7 / np.log2(2) + 1 / np.log2(3)
    assert METRIC("ndcg_at_k").score(["a:3 b:1"], ["b a"], k=5) == pytest.approx(reached / best)
    assert METRIC("ndcg_at_k").score(["a b"], ["x a"], k=2) == pytest.approx(
        (1 / np.log2(3)) / (1 + 1 / np.log2(3))
    )
    assert METRIC("ndcg_at_k").score(["a"], ["x a"], k=1) == 0


@given(st.integers(0, 10_000))
@quick
def test_masks_equal_sets_of_pixels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    masks = [[runs(rng.random(60) < share) for share in rng.random(6)] for _ in range(2)]
    pixels = [[pixels_of(cell) for cell in side] for side in masks]
    dice, iou = [], []
    for a, b in zip(*pixels, strict=True):
        dice.append(2 * len(a & b) / (len(a) + len(b)) if a or b else 1)
        iou.append(len(a & b) / len(a | b) if a or b else 1)
    same(METRIC("dice").score(*masks), float(np.mean(dice)))
    same(METRIC("mean_iou").score(*masks), float(np.mean(iou)))


def runs(flat: np.ndarray) -> str:
    """A run-length mask written the slow way."""
    found, start = [], None
    for place, on in enumerate([*flat, False], start=1):
        if on and start is None:
            start = place
        elif not on and start is not None:
            found += [start, place - start]
            start = None
    return " ".join(map(str, found))


def pixels_of(cell: str) -> set[int]:
    numbers = [int(word) for word in cell.split()]
    return {p for s, n in zip(numbers[::2], numbers[1::2], strict=True) for p in range(s, s + n)}


@pytest.mark.parametrize(
    ("name", "truth", "labels"),
    [
        ("roc_auc", [1, 1, 1], ("no", "yes")),
        ("roc_auc", [0, 1, 2], ("a", "b", "c")),
        ("average_precision", [0, 0], ("no", "yes")),
        ("f1", [0, 0], ("no", "yes")),
        ("log_loss", [2, 2], ("a", "b", "c")),
        ("balanced_accuracy", [0, 1, 1], ("a", "b", "c")),
        ("f1_macro", [0, 1, 1], ("a", "b", "c")),
        ("mcc", [1, 1], ("a", "b")),
        ("quadratic_kappa", [1, 1], ("1", "2")),
        ("top_k_accuracy", [0, 1, 2], ("a", "b", "c")),
        ("r2", [3.0, 3.0], None),
        ("spearman", [3.0, 3.0], None),
        ("mape", [0.0, 1.0], None),
        ("rmsle", [-0.5, 1.0], None),
        ("map_at_k", ["a", ""], None),
        ("ndcg_at_k", ["a a"], None),
        ("dice", ["1 2 3"], None),
        ("mean_iou", ["1 5 3 2"], None),
    ],
)
def test_truth_without_a_value_is_refused(name: str, truth: list[object], labels: tuple[str, ...] | None) -> None:
    with pytest.raises(MetricUndefined):
        METRIC(name).check(truth, labels=labels)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("pinball", {"quantile": 1}),
        ("pinball", {"quantile": "half"}),
        ("ndcg_at_k", {"k": 0}),
        ("map_at_k", {"k": 2.5}),
        ("top_k_accuracy", {"k": "three"}),
        ("top_k_accuracy", {"k": True}),
        ("dice", {"height": 10}),
        ("rmse", {"k": 5}),
    ],
)
def test_options_out_of_range_are_refused(name: str, options: dict[str, object]) -> None:
    with pytest.raises(OptionInvalid):
        METRIC(name).read_options(options)


def test_options_written_as_text_are_read() -> None:
    assert METRIC("ndcg_at_k").read_options({"k": "5"}) == {"k": 5}
    assert METRIC("pinball").read_options({"quantile": "0.9"}) == {"quantile": 0.9}
