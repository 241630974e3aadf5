"""What a person should know before believing a score."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from seodang.learn.data.folds import make_folds
from seodang.learn.data.prepare import prepare
from seodang.learn.data.warn import Profile, drift, duplicates, leakage, profile_of

N = 600


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    y = rng.normal(size=N)
    return pd.DataFrame(
        {
            "honest": y + rng.normal(size=N),
            "town": rng.choice(["Busan", "Seoul", "Jeju"], N),
            "other": rng.normal(size=N),
            "y": y,
        }
    )


def test_a_column_that_tells_the_target_is_named(frame):
    prepared = prepare(frame.assign(later=np.exp(frame["y"])), "y")
    assert [said.column for said in leakage(prepared)] == ["later"]


def test_a_category_that_tells_the_class_is_named(frame):
    frame["y"] = np.where(frame["y"] > 0, "won", "lost")
    prepared = prepare(frame.assign(paid=np.where(frame["y"] == "won", "prize", "fee")), "y")
    found = leakage(prepared)
    assert [said.column for said in found] == ["paid"]
    assert "leave it out" in str(found[0])


def test_a_column_of_many_levels_is_not_blamed_for_learning_rows_by_heart(frame):
    rng = np.random.default_rng(1)
    prepared = prepare(frame.assign(who=[f"p{k}" for k in rng.integers(0, 300, N)]), "y")
    assert leakage(prepared) == []


@pytest.mark.parametrize("load", [load_breast_cancer, load_diabetes])
def test_honest_tables_are_not_accused(load):
    assert leakage(prepare(load(as_frame=True).frame, "target")) == []


def test_rows_that_stand_in_two_folds_are_counted(frame):
    prepared = prepare(pd.concat([frame, frame.iloc[:60]]), "y")
    folds = make_folds(prepared.y, prepared.task, n_folds=5)
    (said,) = duplicates(prepared, folds)
    assert 60 <= said.params["count"] <= 120


def test_equal_rows_of_a_table_of_few_combinations_are_no_news(frame):
    narrow = frame[["town", "y"]].assign(grade=np.arange(N) % 4)
    prepared = prepare(narrow, "y")
    assert duplicates(prepared, make_folds(prepared.y, prepared.task)) == []


def kept(prepared):
    return Profile.from_json(json.loads(json.dumps(profile_of(prepared).as_json())))


def test_other_rows_of_the_same_kind_have_not_drifted(frame):
    prepared = prepare(frame.iloc[:300], "y")
    assert drift(prepared.schema, kept(prepared), frame.iloc[300:]) == []


@pytest.mark.parametrize(
    ("column", "change", "code"),
    [
        ("other", lambda c: c + 2, "drift"),
        ("other", lambda c: c.where(np.arange(len(c)) % 3 == 0), "drift_missing"),
        ("other", lambda c: pd.Series(["high"] * len(c), index=c.index), "drift_unread"),
        ("town", lambda c: c.replace("Seoul", "Busan"), "drift"),
        ("town", lambda c: c.replace("Seoul", "Daegu"), "drift_levels"),
    ],
)
def test_a_column_that_drifted_is_named(frame, column, change, code):
    prepared = prepare(frame.iloc[:300], "y")
    later = frame.iloc[300:].copy()
    later[column] = change(later[column])
    found = drift(prepared.schema, kept(prepared), later)
    assert [(said.code, said.column) for said in found] == [(code, column)]
    assert str(found[0])
