"""Who won, said honestly."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from seodang.learn._resample import UNITS, Judge
from seodang.learn.candidate import Candidate
from seodang.learn.compare import (
    bbc,
    best_rung,
    corrected_t,
    holm,
    paired_bootstrap,
    rungs_from,
    variance_inflation,
)
from seodang.learn.rungs import Said

FAMILIES = [SimpleNamespace(name=name, title=name.title()) for name in ("baseline", "linear", "forest")]
LABELS = ("no", "yes")


def folds_of(n, k=5):
    rows = np.arange(n)
    return [(np.delete(rows, valid), valid) for valid in np.array_split(rows, k)]


def probabilities(y, strength, rng):
    """Predictions of two classes that know something of `y`."""
    p = 1 / (1 + np.exp(-(strength * (2 * y - 1) + rng.normal(size=len(y)))))
    return np.column_stack([1 - p, p]).astype(np.float32)


def candidate(family, oof, **more):
    return Candidate(family, more.pop("settings", {}), oof, more.pop("fold_scores", (0.5,) * 5), **more)


@pytest.fixture
def coin():
    rng = np.random.default_rng(3)
    return (rng.random(400) < 0.5).astype(np.int64), rng


# --- tests of a difference ---------------------------------------------------------------------------------------


def test_corrected_t_is_the_formula_of_nadeau_and_bengio():
    d = np.array([0.02, 0.03, 0.01, 0.025, 0.015])
    from scipy.stats import t

    statistic = d.mean() / np.sqrt((1 / 5 + 1 / 4) * d.var(ddof=1))
    assert corrected_t(d, 1 / 4) == pytest.approx(2 * t.sf(statistic, 4))


def test_corrected_t_asks_for_more_than_the_ordinary_t_test():
    from scipy.stats import ttest_1samp

    d = [0.02, 0.03, 0.01, 0.025, 0.015]
    assert corrected_t(d, 1 / 4) > ttest_1samp(d, 0).pvalue


@pytest.mark.parametrize(("d", "p"), [([0.1], 1.0), ([0.0, 0.0], 1.0), ([0.1, 0.1], 0.0), ([np.nan, 0.1], 1.0)])
def test_corrected_t_of_folds_that_say_nothing_or_everything(d, p):
    assert corrected_t(d, 0.25) == p


def test_holm_is_the_textbook_example():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    assert holm([]).shape == (0,)
    assert holm([0.9, 0.8]).max() == 1.0


def test_paired_bootstrap_counts_standard_errors():
    resampled = np.random.default_rng(0).normal(0.0, 0.01, 20_000)
    assert paired_bootstrap(0.0196, resampled) == pytest.approx(0.05, abs=0.003)
    assert paired_bootstrap(0.0196, resampled, inflation=4.0) == pytest.approx(0.327, abs=0.01)
    assert paired_bootstrap(0.0, np.zeros(10)) == 1.0
    assert paired_bootstrap(0.1, np.full(10, 0.1)) == 0.0


def test_inflation_of_five_folds_is_nine_quarters():
    assert variance_inflation(folds_of(100)) == pytest.approx(2.25)


# --- resampling --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [300, UNITS * 3])
@pytest.mark.parametrize("metric", ["log_loss", "roc_auc", "accuracy", "f1"])
def test_resampled_scores_are_centred_on_the_score_and_as_wide_as_a_row_bootstrap(n, metric):
    rng = np.random.default_rng(5)
    y = (rng.random(n) < 0.4).astype(np.int64)
    oof = probabilities(y, 0.6, rng)
    judge = Judge.of(metric, y, LABELS)
    found = judge.resample(oof, 400)
    rows = [rng.integers(0, n, n) for _ in range(400)]
    plain = [Judge.of(metric, y[r], LABELS).score(oof[r]) for r in rows]
    assert found.mean() == pytest.approx(judge.score(oof), abs=0.25 * found.std())
    assert found.std() == pytest.approx(np.std(plain), rel=0.25)


def test_what_is_in_the_bag_and_out_of_it_is_what_rows_say():
    rng = np.random.default_rng(1)
    y = (rng.random(60) < 0.5).astype(np.int64)
    oof = probabilities(y, 1.0, rng)
    judge = Judge.of("log_loss", y, LABELS)
    inside, outside = judge.in_and_out(oof, 5)
    weights = judge._weights(5)
    p = oof.astype(np.float64) / oof.astype(np.float64).sum(axis=1, keepdims=True)
    for r in range(5):
        assert inside[r] == pytest.approx(log_loss(y, p[:, 1], sample_weight=weights[r]))
        assert outside[r] == pytest.approx(log_loss(y[weights[r] == 0], p[weights[r] == 0, 1], labels=[0, 1]))


def test_a_class_that_a_metric_of_labels_needs_is_the_most_probable_one(coin):
    y, rng = coin
    oof = probabilities(y, 1.0, rng)
    assert Judge.of("accuracy", y, LABELS).score(oof) == np.mean(oof.argmax(axis=1) == y)
    assert Judge.of("roc_auc", y, LABELS).score(oof) == pytest.approx(roc_auc_score(y, oof[:, 1]))


def test_rows_of_a_group_are_drawn_together():
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(40), 25)
    y = np.repeat(rng.normal(size=40), 25) + 0.01 * rng.normal(size=1000)
    oof = np.zeros(1000, dtype=np.float32)
    alone, together = Judge.of("rmse", y), Judge.of("rmse", y, groups=groups)
    # Twenty-five copies of a row tell no more than one: the interval must be five times as wide.
    assert together.resample(oof, 400).std() == pytest.approx(5 * alone.resample(oof, 400).std(), rel=0.3)


# --- optimism ----------------------------------------------------------------------------------------------------


def test_one_candidate_has_nothing_to_be_freed_of(coin):
    y, rng = coin
    assert bbc([probabilities(y, 0.0, rng)], y, "accuracy", labels=LABELS) == 0.0


def test_optimism_is_never_negative_and_small_where_one_candidate_is_far_ahead(coin):
    y, rng = coin
    oofs = [probabilities(y, 2.5, rng), *(probabilities(y, 0.1, rng) for _ in range(5))]
    assert bbc(oofs, y, "log_loss", labels=LABELS) == 0.0


@pytest.mark.parametrize(("metric", "chance"), [("accuracy", 0.5), ("roc_auc", 0.5)])
def test_the_best_of_many_guessers_is_no_better_than_chance(metric, chance):
    naive, freed = [], []
    for trial in range(8):
        rng = np.random.default_rng(trial)
        y = np.arange(200) % 2
        oofs = [probabilities(y, 0.0, rng) for _ in range(40)]
        best = max(Judge.of(metric, y, LABELS).score(oof) for oof in oofs)
        naive.append(best)
        freed.append(best - bbc(oofs, y, metric, labels=LABELS, seed=trial, n_resamples=60))
    assert np.mean(naive) > chance + 0.05
    assert np.mean(freed) == pytest.approx(chance, abs=0.02)


def test_a_rung_of_guessers_shows_chance_and_an_interval_that_holds_it():
    rng = np.random.default_rng(8)
    y = np.arange(300) % 2
    made = [candidate("forest", probabilities(y, 0.0, rng), settings={"i": i}) for i in range(50)]
    (rung,) = rungs_from(made, {}, FAMILIES, y, folds_of(300), "accuracy", LABELS)
    assert rung.optimism > 0.04
    assert rung.score == pytest.approx(0.5, abs=0.03)
    assert rung.ci_low < 0.5 < rung.ci_high
    assert rung.n_candidates == 50


# --- rungs -------------------------------------------------------------------------------------------------------


def test_rungs_stand_in_ladder_order_with_the_ensemble_last_and_the_skipped_among_them(coin):
    y, rng = coin
    made = [candidate(name, probabilities(y, 1.0, rng)) for name in ("ensemble", "forest", "baseline")]
    why = Said("slow", "It would take too long.")
    rungs = rungs_from(made, {"linear": why}, FAMILIES, y, folds_of(400), "log_loss", LABELS)
    assert [rung.name for rung in rungs] == ["baseline", "linear", "forest", "ensemble"]
    assert rungs[1].score is None
    assert rungs[1].skipped is why
    assert not rungs[1].tied_with_best


def test_a_family_shows_its_best_candidate(coin):
    y, rng = coin
    made = [candidate("linear", probabilities(y, s, rng), settings={"s": s}) for s in (0.1, 1.5, 0.4)]
    (rung,) = rungs_from(made, {}, FAMILIES, y, folds_of(400), "log_loss", LABELS)
    assert rung.settings == {"s": 1.5}


def test_nearly_the_same_predictions_are_tied_and_guesses_are_not(coin):
    y, rng = coin
    good = probabilities(y, 1.2, rng)
    near = np.clip(good + rng.normal(0, 0.02, size=(400, 1)) * [[1, -1]], 0.01, 0.99).astype(np.float32)
    made = [
        candidate("baseline", np.full((400, 2), 0.5, np.float32)),
        candidate("linear", good),
        candidate("forest", near),
    ]
    rungs = rungs_from(made, {}, FAMILIES, y, folds_of(400), "log_loss", LABELS)
    assert [rung.tied_with_best for rung in rungs] == [False, True, True]


def test_the_direction_of_the_metric_decides_who_is_best(coin):
    y, rng = coin
    made = [candidate("linear", probabilities(y, 0.2, rng)), candidate("forest", probabilities(y, 1.5, rng))]
    for metric, up in (("log_loss", False), ("roc_auc", True)):
        rungs = rungs_from(made, {}, FAMILIES, y, folds_of(400), metric, LABELS)
        assert best_rung(rungs, greater_is_better=up).name == "forest"
        assert all(rung.ci_low <= rung.score <= rung.ci_high for rung in rungs)


def test_provisional_rungs_have_scores_alone(coin):
    y, rng = coin
    made = [candidate("linear", probabilities(y, 0.2, rng)), candidate("forest", probabilities(y, 1.5, rng))]
    rungs = rungs_from(made, {}, FAMILIES, y, folds_of(400), "log_loss", LABELS, provisional=True)
    assert [(rung.ci_low, rung.optimism, rung.tied_with_best) for rung in rungs] == [
        (None, 0.0, False),
        (None, 0.0, True),
    ]


def test_rows_that_no_fold_validates_count_for_nobody(coin):
    y, rng = coin
    oof = probabilities(y, 1.0, rng)
    blank = oof.copy()
    blank[:100] = np.nan
    (rung,) = rungs_from([candidate("linear", blank)], {}, FAMILIES, y, folds_of(400), "log_loss", LABELS)
    expected = Judge.of("log_loss", y[100:], LABELS).score(oof[100:])
    assert rung.score == pytest.approx(expected)


def test_a_candidate_of_a_few_folds_stands_behind_a_complete_one_of_its_family(coin):
    y, rng = coin
    lucky = probabilities(y, 3.0, rng)
    lucky[80:] = np.nan
    made = [
        candidate("linear", lucky, settings={"id": 1}),
        candidate("linear", probabilities(y, 0.5, rng), settings={"id": 2}),
    ]
    (rung,) = rungs_from(made, {}, FAMILIES, y, folds_of(400), "log_loss", LABELS)
    assert rung.settings == {"id": 2}


def test_rungs_on_other_rows_are_compared_on_those_they_share(coin):
    y, rng = coin
    whole = probabilities(y, 1.0, rng)
    part = whole.copy()
    part[200:] = np.nan
    rungs = rungs_from(
        [candidate("linear", whole), candidate("forest", part)], {}, FAMILIES, y, folds_of(400), "log_loss", LABELS
    )
    assert all(rung.tied_with_best for rung in rungs)


def test_the_same_seed_gives_the_same_numbers_and_another_one_other_intervals(coin):
    y, rng = coin
    made = [candidate("linear", probabilities(y, s, rng), settings={"s": s}) for s in (0.9, 1.0)]
    once, again, other = (
        rungs_from(made, {}, FAMILIES, y, folds_of(400), "log_loss", LABELS, seed) for seed in (1, 1, 2)
    )
    assert once == again
    assert once[0].ci_low != other[0].ci_low


def test_a_deadline_in_the_past_still_gives_every_rung(coin):
    y, rng = coin
    made = [candidate("linear", probabilities(y, 1.0, rng), settings={"i": i}) for i in range(20)]
    past = time.monotonic() - 1
    (rung,) = rungs_from(made, {}, FAMILIES, y, folds_of(400), "log_loss", LABELS, deadline=past)
    assert rung.ci_low < rung.score < rung.ci_high


def test_seconds_are_those_of_trainings_not_of_their_checkpoints(coin):
    y, rng = coin
    oof = probabilities(y, 1.0, rng)
    made = [
        candidate("linear", oof, settings={"a": 1}, stage=10, seconds=3.0),
        candidate("linear", oof, settings={"a": 1}, stage=20, seconds=3.0),
        candidate("linear", oof, settings={"a": 2}, stage=10, seconds=2.0),
    ]
    (rung,) = rungs_from(made, {}, FAMILIES, y, folds_of(400), "log_loss", LABELS)
    assert rung.seconds == 5.0


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2", "rmsle", "spearman", "mape"])
def test_every_metric_of_numbers_makes_rungs(metric):
    rng = np.random.default_rng(4)
    y = np.exp(rng.normal(size=200))
    made = [candidate("linear", (y + rng.normal(size=200)).astype(np.float32))]
    (rung,) = rungs_from(made, {}, FAMILIES, y, folds_of(200), metric)
    assert rung.ci_low <= rung.score <= rung.ci_high


@pytest.mark.parametrize(
    "metric", ["log_loss", "accuracy", "balanced_accuracy", "roc_auc_ovr", "f1_macro", "brier"]
)
def test_every_metric_of_several_classes_makes_rungs(metric):
    from seodang.score.metrics import METRICS

    if metric not in METRICS:
        pytest.skip(f"no metric {metric}")
    rng = np.random.default_rng(4)
    y = rng.integers(0, 3, 240)
    p = rng.dirichlet([1, 1, 1], 240) + 0.5 * np.eye(3)[y]
    made = [candidate("linear", (p / p.sum(axis=1, keepdims=True)).astype(np.float32))]
    (rung,) = rungs_from(made, {}, FAMILIES, y, folds_of(240), metric, ("a", "b", "c"))
    assert rung.ci_low <= rung.score <= rung.ci_high
