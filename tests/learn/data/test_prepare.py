"""What a column is, what is predicted, and what is said of it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

from seodang.learn.data.prepare import prepare
from seodang.learn.data.schema import Kind
from seodang.learn.errors import ChoiceInvalid, TableUnusable, TargetInvalid
from seodang.learn.task import Task

N = 60


def table(**columns):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(size=N), **columns, "y": ["a", "b"] * (N // 2)})


def kinds(**columns):
    found = prepare(table(**columns), "y")
    return {column.name: column.kind for column in found.schema.columns if column.name != "x"}


def codes(prepared):
    return {said.code for said in prepared.notes}


def cycle(*words):
    return [words[i % len(words)] for i in range(N)]


# --- columns -------------------------------------------------------------------------------------------------


def test_numbers_in_any_spelling_are_numbers():
    found = prepare(
        table(
            blanks=cycle(" 1.5", "2", "?", " 4"),
            thousands=cycle("1,234", "2,500", "980"),
            money=cycle("$5", "$12", "$7.5"),
            decimal=cycle("1,5", "2,75", "3"),
        ),
        "y",
    )
    assert {c.kind for c in found.schema.columns} == {Kind.NUMBER}
    assert found.X["blanks"].tolist()[:2] == [1.5, 2.0]
    assert np.isnan(found.X["blanks"][2])
    assert found.X["thousands"].tolist()[:2] == [1234.0, 2500.0]
    assert found.X["money"].tolist()[:2] == [5.0, 12.0]
    assert found.X["decimal"].tolist()[:2] == [1.5, 2.75]


def test_a_little_text_among_numbers_counts_as_missing_and_is_said():
    words = [str(i * 1.5) for i in range(N)]
    words[7] = "broken"
    found = prepare(table(n=words), "y")
    assert np.isnan(found.X["n"][7])
    assert any("“broken”" in str(said) for said in found.notes)


def test_padded_digits_are_names_and_words_are_categories():
    assert kinds(zip=cycle("00100", "01200", "77000"), town=cycle("Busan", "Seoul", "?")) == {
        "zip": Kind.CATEGORY,
        "town": Kind.CATEGORY,
    }


def test_two_words_for_yes_and_no_are_boolean_in_any_language():
    found = prepare(table(a=cycle("Yes", "no", ""), b=cycle("예", "아니오"), c=cycle(True, False)), "y")
    assert {column.kind for column in found.schema.columns if column.name != "x"} == {Kind.BOOLEAN}
    assert found.X["a"].tolist()[:2] == [1.0, 0.0]
    assert found.X["b"].tolist()[:2] == [1.0, 0.0]
    assert np.isnan(found.X["a"][2])


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y/%m/%d %H:%M", "%d.%m.%Y", "%m/%d/%Y", "%Y년 %m월 %d일", "%Y%m%d"])
def test_dates_are_read_as_seconds(form):
    days = pd.date_range("2020-01-10", periods=N, freq="D")
    found = prepare(table(date=days.strftime(form)), "y")
    assert found.schema.columns[1].kind is Kind.TIME
    assert found.X["date"].tolist() == days.astype("datetime64[s]").astype("int64").tolist()


def test_sentences_are_text():
    words = [f"the {i}th lesson was {'good' if i % 2 else 'too long'} for me" for i in range(N)]
    assert kinds(review=words) == {"review": Kind.TEXT}


def test_what_names_rows_is_left_out_and_said():
    rng = np.random.default_rng(1)
    found = prepare(
        table(
            shuffled=rng.permutation(N),
            hash=[f"u{i:x}-{rng.integers(1e9)}" for i in range(N)],
            phone_number=rng.integers(10**7, 10**8, N),
            price=rng.integers(10**4, 10**6, N),
        ),
        "y",
    )
    assert set(found.schema.dropped) == {"shuffled", "hash", "phone_number"}
    assert "price" in found.schema.names
    assert {"id"} == {said.code for said in found.schema.dropped.values()}


def test_empty_constant_and_repeated_columns_are_left_out():
    values = cycle(1, 2, 5)
    found = prepare(table(e=[None] * N, k=["z"] * N, a=values, again=values), "y")
    assert {name: said.code for name, said in found.schema.dropped.items()} == {
        "e": "empty",
        "k": "constant",
        "again": "copy",
    }


def test_one_word_with_gaps_is_kept_because_the_gaps_tell():
    assert kinds(fireplace=cycle("yes", None)) == {"fireplace": Kind.CATEGORY}


def test_a_cast_to_category_is_believed():
    assert kinds(code=pd.Categorical(cycle(1, 2, 3))) == {"code": Kind.CATEGORY}


def test_whole_numbers_of_few_values_are_numbers_that_may_be_codes():
    found = prepare(table(grade=cycle(1, 2, 3, 4), age=np.arange(N) % 37 + 20), "y")
    marks = {column.name: (column.kind, column.is_code) for column in found.schema.columns}
    assert marks["grade"] == (Kind.NUMBER, True)
    assert marks["age"] == (Kind.NUMBER, False)


# --- target --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("load", "task"),
    [
        (load_iris, Task.CLASSES),
        (load_wine, Task.CLASSES),
        (load_breast_cancer, Task.BINARY),
        (load_diabetes, Task.REGRESSION),
    ],
)
def test_the_task_of_known_tables_is_inferred(load, task):
    found = prepare(load(as_frame=True).frame, "target")
    assert found.task is task
    assert found.metric == ("rmse" if task is Task.REGRESSION else "log_loss")


def test_counts_of_many_values_are_a_regression_and_common_codes_are_classes():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"x": rng.normal(size=2600), "rings": rng.poisson(9, 2600), "letter": np.arange(2600) % 26}
    )
    assert prepare(frame, "rings").task is Task.REGRESSION
    assert prepare(frame, "letter").task is Task.CLASSES


def test_labels_that_are_numbers_stay_in_their_order():
    frame = pd.DataFrame({"x": np.arange(N) * 1.5, "y": cycle("10", "9", "2")})
    found = prepare(frame, "y")
    assert found.schema.labels == ("2", "9", "10")
    assert found.y.tolist()[:3] == [2, 1, 0]


def test_rows_with_a_blank_target_are_left_out_and_said():
    frame = table()
    frame.loc[[3, 9], "y"] = ["?", None]
    found = prepare(frame, "y")
    assert len(found.X) == len(found.y) == N - 2
    assert not {3, 9} & set(found.rows.tolist())
    assert any(said.code == "target_blank" and said.params["count"] == 2 for said in found.notes)


def test_a_class_of_one_row_is_kept():
    frame = table()
    frame.loc[5, "y"] = "rare"
    assert prepare(frame, "y").schema.labels == ("a", "b", "rare")


def test_a_metric_of_numbers_asks_for_a_regression():
    frame = pd.DataFrame({"x": np.arange(N) * 1.5, "y": cycle(1, 2, 3)})
    assert prepare(frame, "y", metric="mae").task is Task.REGRESSION
    assert prepare(frame, "y").task is Task.CLASSES


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (["a"] * N, "is “a” in every row"),
        ([None] * N, "blank in every row"),
        ([f"name {i}" for i in range(N)], "too many for classes"),
    ],
)
def test_a_target_that_cannot_be_learnt_is_refused(target, says):
    with pytest.raises(TargetInvalid, match=says):
        prepare(pd.DataFrame({"x": np.arange(N) * 0.5, "y": target}), "y")


def test_a_missing_target_gets_a_suggestion():
    with pytest.raises(TargetInvalid, match="Did you mean “price”"):
        prepare(table(price=cycle(1.5, 2.5)), "prise")


def test_words_are_no_regression():
    with pytest.raises(TargetInvalid, match="needs numbers"):
        prepare(table(), "y", task="regression")


def test_a_table_of_one_column_is_refused():
    with pytest.raises(TableUnusable, match="one column only"):
        prepare(pd.DataFrame({"y": [0, 1] * 20}), "y")


def test_a_table_without_a_column_to_learn_from_is_refused():
    with pytest.raises(TableUnusable, match="no column to learn from"):
        prepare(pd.DataFrame({"k": [1] * N, "y": [0, 1] * (N // 2)}), "y")


@pytest.mark.parametrize(
    "choice",
    [{"task": "guessing"}, {"metric": "rmse"}, {"group": "none"}, {"time": "x", "group": "x"}, {"time": "word"}],
)
def test_choices_that_do_not_fit_are_refused(choice):
    with pytest.raises(ChoiceInvalid):
        prepare(table(word=cycle("p", "q", "r")), "y", **{"task": "binary", **choice})


# --- groups, times, size -------------------------------------------------------------------------------------


def test_a_group_column_is_not_learnt_from_and_a_time_column_is():
    days = pd.date_range("2020-01-01", periods=N).astype(str)
    by_group = prepare(table(who=cycle("p", "q", "r")), "y", group="who")
    assert "who" not in by_group.schema.names
    assert len(set(by_group.groups.tolist())) == 3
    by_time = prepare(table(day=days), "y", time="day")
    assert "day" in by_time.schema.names
    assert (np.diff(by_time.times) == 86_400).all()


def test_of_too_many_rows_some_are_drawn_and_it_is_said():
    found = prepare(table(), "y", most_rows=20)
    assert len(found.y) == 20
    assert "rows_drawn" in codes(found)


def test_a_part_of_the_rows_keeps_everything_in_step():
    found = prepare(table(c=cycle("p", "q", "r")), "y")
    part = found.take(np.array([4, 2, 30]))
    assert part.X["x"].tolist() == found.X["x"].to_numpy()[[4, 2, 30]].tolist()
    assert part.y.tolist() == found.y[[4, 2, 30]].tolist()
    assert part.facts.n_rows == 3


def test_a_very_wide_table_is_prepared():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(20, 3_000))).assign(y=[0, 1] * 10)
    assert prepare(frame, "y").X.shape == (20, 3_000)
