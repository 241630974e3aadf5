"""What every registered metric keeps, found through the registry: a new metric is tested here by being there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from seodang.score.errors import MetricUndefined, OptionInvalid
from seodang.score.metrics import LABELLED, METRICS, Metric, Needs
from seodang.score.prediction import Prediction
from seodang.score.truth import Truth
from seodang.score.uncertainty import interval, replicates

N = 400
every_metric = pytest.mark.parametrize("metric", list(METRICS), ids=lambda metric: metric.name)


@dataclass
class Case:
    """A truth on which the metric is defined, its perfect prediction, and a random one."""

    truth: Any
    perfect: Any
    random: Any
    labels: tuple[str, ...] | None = None


def case_for(metric: Metric, n: int = N) -> Case:
    rng = np.random.default_rng(11)
    if metric.needs in LABELLED:
        n_classes = 7 if takes_classes(metric, 7) else 2
        return labelled_case(metric, n_classes, n, rng)
    if metric.needs is Needs.VALUES:
        truth = rng.uniform(1, 9, n)
        return Case(truth, truth.copy(), rng.permutation(truth))
    return text_case(metric, n, rng)


def takes_classes(metric: Metric, n_classes: int) -> bool:
    try:
        metric.check(np.arange(4 * n_classes) % n_classes, labels=[str(c) for c in range(n_classes)])
    except MetricUndefined:
        return False
    return True


def labelled_case(metric: Metric, n_classes: int, n: int, rng: np.random.Generator) -> Case:
    truth = rng.permutation(np.arange(n) % n_classes)
    labels = tuple(f"class {c}" for c in range(n_classes))
    if metric.needs is Needs.LABELS:
        return Case(truth, truth.copy(), rng.integers(0, n_classes, n), labels)
    if metric.needs is Needs.PROBABILITY:
        return Case(truth, truth.astype(float), rng.random(n), labels)
    return Case(truth, np.eye(n_classes)[truth], rng.dirichlet(np.ones(n_classes), n), labels)


def text_case(metric: Metric, n: int, rng: np.random.Generator) -> Case:
    if metric.needs is Needs.RANKING:
        truth = np.array([f"a{rng.integers(50)} b{rng.integers(50)}" for _ in range(n)], dtype=object)
        guess = [f"a{rng.integers(50)} c b{rng.integers(50)} a7" for _ in range(n)]
        return Case(truth, truth.copy(), np.array(guess, dtype=object))
    truth = np.array([f"{rng.integers(1, 40)} 9 {rng.integers(60, 90)} 4" for _ in range(n)], dtype=object)
    return Case(truth, truth.copy(), np.array([f"{rng.integers(1, 80)} 9" for _ in range(n)], dtype=object))


def wrapped(case: Case, prediction: Any) -> tuple[Truth, Prediction]:
    ids = range(len(case.truth))
    return Truth(ids, case.truth, case.labels or ()), Prediction(prediction)


@every_metric
def test_docstring_gives_formula_bounds_edge_cases_and_source(metric: Metric) -> None:
    text = metric.documentation
    for word in ("Formula", "Bounds", "Edge cases", "Source"):
        assert re.search(rf"^{word}\b.*:", text, re.MULTILINE), f"{metric.name}: the docstring has no {word}"
    assert metric.source
    for option in metric.options:
        assert option in text, f"{metric.name}: the docstring does not mention the option {option}"


@every_metric
def test_title_has_korean(metric: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    from seodang import i18n

    monkeypatch.setattr(i18n, "_language_source", lambda: "ko")
    assert i18n.gettext(metric.title) != metric.title


@every_metric
def test_perfect_prediction_beats_a_random_one(metric: Metric) -> None:
    case = case_for(metric)
    perfect = metric.score(case.truth, case.perfect, labels=case.labels)
    random = metric.score(case.truth, case.random, labels=case.labels)
    assert (perfect > random) == metric.greater_is_better
    assert perfect != random


@every_metric
def test_scores_stay_in_bounds_and_perfect_reaches_the_better_one(metric: Metric) -> None:
    case = case_for(metric)
    low, high = metric.bounds
    for prediction in (case.perfect, case.random):
        assert low <= metric.score(case.truth, prediction, labels=case.labels) <= high
    best = high if metric.greater_is_better else low
    assert metric.score(case.truth, case.perfect, labels=case.labels) == pytest.approx(best, abs=1e-12)


@every_metric
def test_order_of_rows_is_nothing(metric: Metric) -> None:
    case = case_for(metric)
    order = np.random.default_rng(3).permutation(len(case.truth))
    straight = metric.score(case.truth, case.random, labels=case.labels)
    shuffled = metric.score(case.truth[order], case.random[order], labels=case.labels)
    assert shuffled == pytest.approx(straight, rel=1e-12)


@every_metric
def test_weights_of_one_are_no_weights(metric: Metric) -> None:
    case = case_for(metric)
    plain = metric.score(case.truth, case.random, labels=case.labels)
    weighted = metric.score(case.truth, case.random, labels=case.labels, weights=np.ones(len(case.truth)))
    assert weighted == pytest.approx(plain, rel=1e-12)


@every_metric
def test_a_weight_of_two_is_the_row_twice(metric: Metric) -> None:
    case = case_for(metric)
    weights = np.random.default_rng(5).integers(0, 3, len(case.truth))
    rows = np.repeat(np.arange(len(case.truth)), weights)
    weighted = metric.score(case.truth, case.random, labels=case.labels, weights=weights)
    repeated = metric.score(case.truth[rows], case.random[rows], labels=case.labels)
    assert weighted == pytest.approx(repeated, rel=1e-10)


@every_metric
def test_defined_truth_passes_the_check_and_an_empty_one_does_not(metric: Metric) -> None:
    case = case_for(metric)
    metric.check(case.truth, labels=case.labels)
    with pytest.raises(MetricUndefined):
        metric.check(case.truth[:0], labels=case.labels)
    with pytest.raises(MetricUndefined):
        metric.score(case.truth[:0], case.random[:0], labels=case.labels)


@every_metric
def test_truth_that_passes_the_check_can_be_scored_and_one_that_does_not_is_explained(metric: Metric) -> None:
    """Truths of one value only: either the metric scores them, or the check refuses them with a sentence."""
    case = case_for(metric)
    constant = np.repeat(case.truth[:1], 20)
    refusal = refusal_of(metric, constant, case.labels)
    if refusal is None:
        assert np.isfinite(metric.score(constant, case.random[:20], labels=case.labels))
    else:
        assert len(refusal.message) > 20
        assert "%(" not in str(refusal)


def refusal_of(metric: Metric, truth: Any, labels: tuple[str, ...] | None) -> MetricUndefined | None:
    try:
        metric.check(truth, labels=labels)
    except MetricUndefined as refusal:
        return refusal
    return None


@every_metric
def test_unknown_option_is_refused(metric: Metric) -> None:
    case = case_for(metric)
    with pytest.raises(OptionInvalid):
        metric.score(case.truth, case.random, labels=case.labels, no_such_option=1)


@every_metric
@pytest.mark.parametrize("n", [12, N, 12_000])
def test_replicates_are_finite_reproducible_and_around_the_score(metric: Metric, n: int) -> None:
    case = case_for(metric, n)
    truth, prediction = wrapped(case, case.random)
    first = replicates(truth, prediction, metric, n_replicates=80, seed=5)
    assert first.shape == (80,)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, replicates(truth, prediction, metric, n_replicates=80, seed=5))
    score = metric.score(case.truth, case.random, labels=case.labels)
    low, high = interval(score, first)
    assert low <= score <= high
    assert low < high


@every_metric
def test_perfect_prediction_is_perfect_on_every_resample(metric: Metric) -> None:
    """So a resample never mixes up rows."""
    case = case_for(metric)
    truth, prediction = wrapped(case, case.perfect)
    best = metric.bounds[1 if metric.greater_is_better else 0]
    np.testing.assert_allclose(replicates(truth, prediction, metric, n_replicates=40), best, atol=1e-6)


@every_metric
def test_large_n_replicates_spread_like_the_ordinary_bootstrap(
    metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Block weights and expansions against the row-wise bootstrap, on the same rows."""
    from seodang.score import uncertainty

    case = case_for(metric, 6_000)
    truth, prediction = wrapped(case, case.random)
    exact = replicates(truth, prediction, metric, n_replicates=600, seed=1)
    monkeypatch.setattr(uncertainty, "EXACT_ROWS", 100)
    blocks = replicates(truth, prediction, metric, n_replicates=600, seed=1)
    assert blocks.std() == pytest.approx(exact.std(), rel=0.2)
    assert blocks.mean() == pytest.approx(exact.mean(), abs=float(exact.std()))
