"""Looking at tables: kinds of columns, suggestions for a host, profiles for students."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from seodang.score import columns
from seodang.score.inspect_table import inspect_table, metrics_for
from seodang.score.metrics import METRICS
from seodang.score.profile import MOST_COLUMNS, histogram, profile_column, profile_table


def table(tmp_path: Path, **named: list) -> Path:
    path = tmp_path / "table.csv"
    rows = [",".join(named), *(",".join(map(str, row)) for row in zip(*named.values(), strict=True))]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def profiled(*cells: str) -> dict:
    return profile_column("c", pa.array([str(cell) for cell in cells]))


# ---------------------------------------------------------------- kinds


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1.5", "2", "-3e4"], "number"),
        (["1", "2", "2", "70"], "integer"),
        (["0", "1", "1"], "boolean"),
        (["True", "False", "True"], "boolean"),
        (["예", "아니오", "예"], "boolean"),
        (["a", "b", "a"], "category"),
        (["007", "008", "007"], "category"),
        (["2026-01-01", "2026-01-02", "2026-01-02"], "time"),
        (["2026/1/1", "2026/1/2", "2026/1/2"], "time"),
        (["x", "x", "x"], "constant"),
        (["", "NA", "nan"], "empty"),
        ([f"u{i}" for i in range(50)], "id"),
        ([str(i) for i in range(1, 51)], "id"),
        ([f"sentence number {i} is here" for i in range(100)], "text"),
        (["1", "2", "three"], "category"),
        (["inf", "1", "2"], "category"),
    ],
)
def test_a_column_is_known_by_its_cells(cells, kind):
    assert profiled(*cells)["kind"] == kind


def test_blanks_do_not_change_a_kind():
    assert profiled("1.5", "", "NA", "2.5")["kind"] == "number"
    assert profiled("1.5", "", "NA", "2.5")["missing"] == 2


@pytest.mark.parametrize("name", ["id", "ID", "user_id", "PassengerId", "row-index", "번호", "Unnamed: 0"])
def test_names_of_ids_are_known(name):
    assert columns.looks_like_id(name)


@pytest.mark.parametrize("name", ["humid", "idea", "paid", "kidney", "x"])
def test_other_names_are_not(name):
    assert not columns.looks_like_id(name)


# ---------------------------------------------------------------- suggestions


@pytest.mark.parametrize(
    ("load", "task", "first"),
    [
        (load_breast_cancer, "binary", "roc_auc"),
        (load_diabetes, "regression", "rmse"),
        (load_iris, "classes", "accuracy"),
    ],
)
def test_real_tables_are_understood(tmp_path, load, task, first):
    data = load()
    named = {str(name).replace(",", ""): data.data[:, i].tolist() for i, name in enumerate(data.feature_names)}
    info = inspect_table(table(tmp_path, **named, target=data.target.tolist()))
    assert (info.n_rows, info.target, info.task, info.id) == (len(data.target), "target", task, None)
    assert info.metrics[0] == first
    assert json.loads(json.dumps(info.as_json()))["columns"][0]["kind"] == "number"


def test_a_named_target_wins_over_the_last_column(tmp_path):
    info = inspect_table(table(tmp_path, Label=["a", "b"] * 20, x=range(40), z=[i % 7 / 2 for i in range(40)]))
    assert (info.target, info.task) == ("Label", "binary")


def test_without_a_name_the_last_column_is_suggested(tmp_path):
    info = inspect_table(table(tmp_path, a=[i / 7 for i in range(40)], b=[i / 9 for i in range(40)]))
    assert info.target == "b"


@pytest.mark.parametrize("name", ["house_price", "MedianValue", "final class"])
def test_a_column_that_ends_in_a_telling_word_is_suggested(tmp_path, name):
    info = inspect_table(table(tmp_path, **{name: [i / 7 for i in range(40)]}, b=[i / 9 for i in range(40)]))
    assert info.target == name


def test_a_question_mark_is_a_missing_cell(tmp_path):
    info = inspect_table(table(tmp_path, pulse=["?", *range(60, 99)], y=[i / 9 for i in range(40)]))
    assert (info.columns[0].kind, info.columns[0].missing) == ("integer", 1)


def test_an_id_is_suggested_and_never_as_target(tmp_path):
    info = inspect_table(table(tmp_path, y=[i / 7 for i in range(40)], row_id=range(1, 41)))
    assert (info.id, info.target) == ("row_id", "y")


def test_a_table_of_prose_has_no_target(tmp_path):
    info = inspect_table(table(tmp_path, t=[f"some words {i}" for i in range(60)]))
    assert (info.target, info.task, info.metrics) == (None, None, ())


def test_each_column_says_what_predicting_it_would_be(tmp_path):
    n = 200
    info = inspect_table(
        table(tmp_path, r=[i / 7 for i in range(n)], c=[i % 3 for i in range(n)], b=["x", "y"] * 100, i=range(n))
    )
    assert {column.name: column.task for column in info.columns} == {
        "r": "regression",
        "c": "classes",
        "b": "binary",
        "i": None,
    }
    assert info.column("c").examples == ("0", "1", "2")
    assert info.column("nothing") is None


@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
def test_suggested_metrics_exist(task):
    assert len(metrics_for(task)) >= 6
    assert all(name in METRICS for name in metrics_for(task))


# ---------------------------------------------------------------- profiles


def test_numbers_have_a_range_and_a_histogram():
    found = profiled(*[f"{i}.5" for i in range(100)])
    assert {name: found[name] for name in ("min", "q1", "median", "mean", "q3", "max")} == {
        "min": 0.5,
        "q1": 25.25,
        "median": 50,
        "mean": 50,
        "q3": 74.75,
        "max": 99.5,
    }
    assert found["histogram"]["counts"] == [10] * 10


def test_few_whole_numbers_get_a_bin_each():
    found = histogram(np.array([1.0, 1, 2, 4]), whole=True)
    assert found == {"edges": [0.5, 1.5, 2.5, 3.5, 4.5], "counts": [2, 1, 0, 1]}


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60), st.booleans())
def test_a_histogram_counts_every_value_in_at_most_twenty_bins(values, whole):
    found = histogram(np.array(values), whole=whole and all(v == int(v) for v in values))
    assert sum(found["counts"]) == len(values)
    assert 1 <= len(found["counts"]) <= 20
    assert len(found["edges"]) == len(found["counts"]) + 1
    assert found["edges"] == sorted(found["edges"])


def test_categories_show_their_usual_values():
    found = profiled(*["b"] * 5, *["a"] * 5, *["long " * 20] * 3, *[f"v{i % 12}" for i in range(24)])
    assert found["top"][:2] == [{"value": "a", "count": 5}, {"value": "b", "count": 5}]
    assert len(found["top"]) == 10
    assert max(len(one["value"]) for one in found["top"]) == 60
    assert sum(one["count"] for one in found["top"]) + found["others"] == 37


def test_times_have_a_range_in_words():
    found = profiled("2026-01-01", "2026-03-01", "2026-02-01", "2026-02-01")
    assert (found["min"], found["max"]) == ("2026-01-01", "2026-03-01")
    assert found["histogram"]["edges"][0] == "2026-01-01"
    assert sum(found["histogram"]["counts"]) == 4


def test_text_tells_its_lengths():
    found = profiled(*[f"sentence number {i} is here" for i in range(100)])
    assert (found["shortest"], found["longest"]) == (25, 26)


def test_ids_and_empty_columns_tell_nothing_more():
    assert set(profiled(*[f"u{i}" for i in range(50)])) == {"name", "kind", "missing", "unique"}
    assert set(profiled("", "")) == {"name", "kind", "missing", "unique"}


def test_a_profile_is_json_and_has_no_nan(tmp_path):
    path = table(tmp_path, a=["1", "", "inf"], b=["nan", "", ""], c=["1e308", "-1e308", "5"], d=["x", "x", "x"])
    text = json.dumps(profile_table(path), allow_nan=False)
    assert [column["name"] for column in json.loads(text)["columns"]] == ["a", "b", "c", "d"]


def test_a_table_without_rows_has_a_profile(tmp_path):
    found = profile_table(table(tmp_path, a=[], b=[]))
    assert (found["n_rows"], [column["kind"] for column in found["columns"]]) == (0, ["empty", "empty"])


def test_a_large_table_is_looked_at_in_part_and_says_so(monkeypatch):
    monkeypatch.setattr(columns, "MOST_ROWS", 100)
    found = profile_table(pa.table({"x": pa.array([str(i) for i in range(1000)])}))
    assert (found["n_rows"], found["n_rows_seen"]) == (1000, 100)
    assert (found["columns"][0]["min"], found["columns"][0]["max"]) == (0, 999)


def test_a_wide_table_is_cut_and_says_so():
    wide = pa.table({f"c{i}": ["1", "2"] for i in range(MOST_COLUMNS + 50)})
    found = profile_table(wide)
    assert (found["n_columns"], len(found["columns"])) == (MOST_COLUMNS + 50, MOST_COLUMNS)
