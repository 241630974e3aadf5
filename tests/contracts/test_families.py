"""What every registered family keeps, found through the registry: a new family is tested here by being there."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from seodang.learn.errors import ModelUnreadable
from seodang.learn.families import FAMILIES, Family, ladder_order
from seodang.learn.task import Facts, Feature, Task, View

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TASKS = {Task.REGRESSION: 0, Task.BINARY: 2, Task.CLASSES: 4}
SHAPE = (12, 12, 3)
N = 160

families = list(FAMILIES)
every_family = pytest.mark.parametrize("family", families, ids=lambda family: family.name)
every_task = pytest.mark.parametrize("task", list(TASKS), ids=str)


@dataclass
class Case:
    facts: Facts
    features: list[Feature]
    X: np.ndarray
    y: np.ndarray

    def made(self, family: Family, settings: dict[str, Any], seed: int = 0) -> Any:
        return family.estimator(self.facts, self.features, settings, seed=seed, threads=1)

    def predict(self, estimator: Any, X: np.ndarray | None = None) -> np.ndarray:
        rows = self.X if X is None else X
        return estimator.predict_proba(rows) if self.facts.task.has_classes else estimator.predict(rows)


def case_for(family: Family, task: Task, n: int = N) -> Case:
    """A small table, or small pictures, of which the target can be learnt."""
    rng = np.random.default_rng(7)
    pictures = family.view is View.PICTURES
    hidden = rng.normal(size=n)
    if pictures:
        X = rng.integers(0, 120, (n, *SHAPE)).astype(np.uint8)
        X[:, :6] += np.clip(60 + 40 * hidden, 0, 130).astype(np.uint8)[:, None, None, None]
        features = [Feature("picture", "picture")]
    else:
        X = rng.normal(size=(n, 6)).astype(np.float32)
        X[:, 0] = hidden
        X[:, 5] = rng.integers(0, 4, n)
        is_codes = family.view is View.CODES
        if is_codes:
            X[rng.random((n, 6)) < 0.05] = np.nan
        features = [Feature(f"c{j}", f"c{j}", 4 if is_codes and j == 5 else 0) for j in range(6)]
    n_classes = TASKS[task]
    if n_classes:
        edges = np.quantile(hidden, np.linspace(0, 1, n_classes + 1)[1:-1])
        y: np.ndarray = np.digitize(hidden, edges).astype(np.int64)
    else:
        y = np.exp(hidden) + 0.1 * rng.normal(size=n)
    facts = Facts(
        task=task,
        n_rows=n * 5 // 4,
        n_train=n,
        n_columns=len(features),
        n_classes=n_classes,
        n_category_columns=0 if pictures else 1,
        image_shape=SHAPE if pictures else None,
        metric="log_loss" if n_classes else "rmse",
    )
    return Case(facts, features, X, y)


def runs(family: Family, task: Task) -> Case:
    """The case, or a skip: the family says that this is not for it."""
    case = case_for(family, task)
    reason = family.why_not(case.facts)
    if reason is not None:
        assert str(reason).strip()
        pytest.skip(str(reason))
    return case


def hurried(family: Family, settings: dict[str, Any]) -> dict[str, Any]:
    """The same with fewer rounds, trees or epochs where the settings say how many: a test asks whether it works."""
    most = {"rounds": 20, "n_trees": 5, "epochs": 2, "members": 1}
    return {name: min(value, most[name]) if name in most else value for name, value in settings.items()}


def test_ladder_begins_with_the_baseline_and_has_one_order() -> None:
    order = [family.order for family in ladder_order()]
    assert ladder_order()[0].name == "baseline"
    assert len(set(order)) == len(order)


@every_family
def test_family_says_what_it_is(family: Family) -> None:
    assert family.name.isidentifier()
    assert family.name.islower()
    assert family.title
    assert (type(family).__doc__ or "").strip()
    module = importlib.import_module(type(family).__module__)
    assert (module.__doc__ or "").strip()


@every_family
@every_task
def test_portfolio_is_plain_json_and_differs(family: Family, task: Task) -> None:
    portfolio = family.portfolio(case_for(family, task).facts)
    assert portfolio
    texts = [json.dumps(settings, sort_keys=True) for settings in portfolio]
    assert [json.loads(text) for text in texts] == portfolio
    assert len(set(texts)) == len(texts)


@every_family
@pytest.mark.parametrize("task", [Task.REGRESSION, Task.BINARY], ids=str)
def test_estimators_keep_the_contract_of_scikit_learn(family: Family, task: Task) -> None:
    case = runs(family, task)
    if family.view is View.PICTURES:
        pytest.skip("scikit-learn's checks give tables, not pictures")
    settings = hurried(family, family.portfolio(case.facts)[0])
    estimator = case.made(family, settings).set_params()
    if "categorical" in estimator.get_params():
        estimator.set_params(categorical=())
    found = check_estimator(estimator, on_fail=None, on_skip=None)
    failed = {one["check_name"]: repr(one["exception"]) for one in found if one["status"] == "failed"}
    assert not failed


@every_family
@every_task
def test_every_setting_of_the_portfolio_learns_and_comes_back_from_a_folder(
    family: Family, task: Task, tmp_path: Path
) -> None:
    case = runs(family, task)
    for place, settings in enumerate(family.portfolio(case.facts)):
        estimator = case.made(family, hurried(family, settings)).fit(case.X, case.y)
        predicted = case.predict(estimator)
        check_prediction(case, estimator, predicted)
        folder = tmp_path / str(place)
        folder.mkdir()
        family.save(estimator, folder)
        assert not [path for path in folder.rglob("*") if path.suffix in {".pkl", ".pickle", ".joblib"}]
        np.testing.assert_allclose(case.predict(family.load(folder)), predicted, rtol=1e-4, atol=1e-5)


def check_prediction(case: Case, estimator: Any, predicted: np.ndarray) -> None:
    assert np.isfinite(predicted).all()
    if not case.facts.task.has_classes:
        assert predicted.shape == (len(case.X),)
        return
    assert predicted.shape == (len(case.X), len(estimator.classes_))
    assert (predicted >= 0).all()
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0, atol=1e-4)


@every_family
@every_task
def test_first_setting_beats_the_baseline_on_rows_it_did_not_see(family: Family, task: Task) -> None:
    case = runs(family, task)
    if family.name == "baseline":
        pytest.skip("it is the baseline")
    settings = family.portfolio(case.facts)[0]
    train, rest = np.arange(0, N, 2), np.arange(1, N, 2)
    estimator = case.made(family, settings).fit(case.X[train], case.y[train])
    predicted = case.predict(estimator, case.X[rest])
    if task is Task.REGRESSION:
        assert np.mean((predicted - case.y[rest]) ** 2) < np.var(case.y[rest])
    else:
        shares = np.bincount(case.y[train]) / len(train)
        likely = np.log(np.maximum(predicted[np.arange(len(rest)), case.y[rest]], 1e-15)).mean()
        assert likely > np.log(shares[case.y[rest]]).mean()


@every_family
def test_unknown_setting_is_refused(family: Family) -> None:
    case = runs(family, Task.BINARY)
    with pytest.raises(TypeError):
        case.made(family, {**family.portfolio(case.facts)[0], "no_such_setting": 1})


@every_family
@every_task
def test_same_seed_gives_the_same_numbers(family: Family, task: Task) -> None:
    case = runs(family, task)
    settings = hurried(family, family.portfolio(case.facts)[0])
    once, again = (case.made(family, settings, seed=3).fit(case.X, case.y) for _ in range(2))
    np.testing.assert_allclose(case.predict(once), case.predict(again), rtol=1e-5, atol=1e-6)


@every_family
def test_fold_that_lacks_a_class_is_learnt_from(family: Family, tmp_path: Path) -> None:
    case = runs(family, Task.CLASSES)
    present = case.y != 1
    settings = hurried(family, family.portfolio(case.facts)[0])
    estimator = case.made(family, settings).fit(case.X[present], case.y[present])
    assert estimator.classes_.tolist() == [0, 2, 3]
    assert case.predict(estimator).shape == (N, 3)


@every_family
def test_fold_of_one_class_is_predicted_with_certainty(family: Family, tmp_path: Path) -> None:
    case = runs(family, Task.BINARY)
    lone = np.flatnonzero(case.y == 1)
    settings = hurried(family, family.portfolio(case.facts)[0])
    estimator = case.made(family, settings).fit(case.X[lone], case.y[lone])
    family.save(estimator, tmp_path)
    for one in (estimator, family.load(tmp_path)):
        assert one.classes_.tolist() == [1]
        np.testing.assert_array_equal(case.predict(one), np.ones((N, 1)))


@every_family
@every_task
def test_checkpoints_are_the_same_in_every_fold_and_each_can_be_kept(
    family: Family, task: Task, tmp_path: Path
) -> None:
    case = runs(family, task)
    settings = hurried(family, family.portfolio(case.facts)[0])
    estimator = case.made(family, settings).fit(case.X, case.y)
    if not hasattr(estimator, "stages_"):
        pytest.skip("it has no checkpoints")
    fewer = clone(estimator).fit(case.X[: N // 2], case.y[: N // 2])
    assert list(fewer.stages_) == list(estimator.stages_)
    staged = list(staged_predictions(case, estimator))
    assert len(staged) == len(estimator.stages_)
    for place in {0, len(staged) - 1}:
        estimator = case.made(family, settings).fit(case.X, case.y)
        estimator.truncate(estimator.stages_[place])
        np.testing.assert_allclose(case.predict(estimator), staged[place], rtol=1e-4, atol=1e-5)
        folder = tmp_path / str(place)
        folder.mkdir()
        family.save(estimator, folder)
        np.testing.assert_allclose(case.predict(family.load(folder)), staged[place], rtol=1e-4, atol=1e-5)


def staged_predictions(case: Case, estimator: Any) -> Iterator[np.ndarray]:
    if case.facts.task.has_classes:
        return iter(estimator.staged_predict_proba(case.X))
    return iter(estimator.staged_predict(case.X))


@every_family
@every_task
def test_what_a_trial_suggests_can_be_learnt(family: Family, task: Task) -> None:
    optuna = pytest.importorskip("optuna")
    case = runs(family, task)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    suggested = family.suggest(study.ask(), case.facts)
    if suggested is None:
        pytest.skip("nothing to tune")
    assert json.loads(json.dumps(suggested)) == suggested
    estimator = case.made(family, hurried(family, suggested)).fit(case.X, case.y)
    check_prediction(case, estimator, case.predict(estimator))


@every_family
def test_family_that_is_not_for_such_data_says_why_in_words(family: Family) -> None:
    facts = case_for(family, Task.BINARY).facts
    huge = replace(facts, n_rows=10**9, n_train=8 * 10**8)
    for asked in (facts, huge, replace(facts, image_shape=None), replace(facts, image_shape=SHAPE)):
        reason = family.why_not(asked)
        assert reason is None or len(str(reason)) > 20


@every_family
def test_empty_folder_holds_no_model(family: Family, tmp_path: Path) -> None:
    if family.needs_keras and importlib.util.find_spec("keras") is None:
        pytest.skip("Keras is not installed")
    with pytest.raises(ModelUnreadable):
        family.load(tmp_path)
