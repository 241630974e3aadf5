"""Entries: what is taken as it stands, and everything that is wrong with the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seodang.score.errors import PROBLEM_CODES, PredictionRefused, Problem, SpecInvalid
from seodang.score.metrics import METRICS, Needs
from seodang.score.prediction import EntryFormat, read_prediction
from seodang.score.problems import examine
from seodang.score.tables import open_table, record_lines


def fmt(metric: str = "rmse", ids: Any = (1, 2, 3), columns: tuple[str, ...] = ("y",), **more: Any) -> EntryFormat:
    labels = more.pop("labels", ())
    return EntryFormat.of("id", columns, METRICS.get(metric), labels, ids, **more)


def write(folder: Path, content: str | bytes, name: str = "entry.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def problems(folder: Path, content: str | bytes, form: EntryFormat, **limits: int) -> dict[str, Problem]:
    with pytest.raises(PredictionRefused) as caught:
        read_prediction(write(folder, content), form, **limits)
    found = {problem.code: problem for problem in caught.value.problems}
    assert len(found) == len(caught.value.problems)
    for problem in found.values():
        assert problem.code in PROBLEM_CODES
        assert "%(" not in problem.message + problem.hint
    return found


# --- what is taken --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "id,y\n1,10\n2,20\n3,30\n",
        "y,id\n30,3\n10,1\n20,2\n",
        "\ufeffid\ty\r\n3\t30\r\n2\t20\r\n1\t10",
        "id,y\n1.0,10\n2.0,20\n3.0,30\n",
        "id,y\n003,30\n002,20\n001,10\n",
        "id,y\n1, 10\n2,+20\n3,3e1\n",
    ],
    ids=["plain", "other order", "tabs", "ids as floats", "leading zeros", "signs and spaces"],
)
def test_good_file_is_lined_up_with_the_expected_ids(tmp_path: Path, content: str) -> None:
    values = read_prediction(write(tmp_path, content), fmt()).values
    np.testing.assert_array_equal(values, [10.0, 20.0, 30.0])


@pytest.mark.parametrize("ids", [[5, 6, 7, 8], [8, 6, 5, 7], [1, 900, 5, 40], [10**15, 3, -4, 0], list("dbca")])
def test_every_way_of_lining_up_gives_the_same(tmp_path: Path, ids: list[Any]) -> None:
    """Contiguous, dense, sparse and far numbers, and text; quickly and by the slow way of finding problems."""
    content = "id,y\n" + "".join(f"{ids[i]},{i}\n" for i in (2, 0, 3, 1))
    form, path = fmt(ids=ids), write(tmp_path, content)
    np.testing.assert_array_equal(read_prediction(path, form).values, [0.0, 1.0, 2.0, 3.0])
    np.testing.assert_array_equal(examine(open_table(path), form), [0.0, 1.0, 2.0, 3.0])
    found = problems(tmp_path, f"id,y\n{ids[1]},1\n{ids[1]},1\n77,1\n{ids[0]},1\n", form)
    assert {code: problem.count for code, problem in found.items()} == {
        "missing_ids": 2,
        "unknown_ids": 1,
        "duplicate_ids": 1,
    }


def test_parquet_file_is_lined_up(tmp_path: Path) -> None:
    path = tmp_path / "entry.parquet"
    pq.write_table(pa.table({"y": [30, 10, 20], "id": [3, 1, 2]}), path)
    np.testing.assert_array_equal(read_prediction(path, fmt()).values, [10.0, 20.0, 30.0])


def test_text_ids_in_any_order(tmp_path: Path) -> None:
    values = read_prediction(write(tmp_path, "id,y\nb,2\na,1\n"), fmt(ids=["a", "b"])).values
    np.testing.assert_array_equal(values, [1.0, 2.0])


def test_ids_that_are_far_apart_or_negative(tmp_path: Path) -> None:
    ids = [10**17, -5, 7]
    values = read_prediction(write(tmp_path, f"id,y\n7,3\n{10**17},1\n-5,2\n"), fmt(ids=ids)).values
    np.testing.assert_array_equal(values, [1.0, 2.0, 3.0])


def test_ids_that_differ_only_in_zeros_stay_apart(tmp_path: Path) -> None:
    form = fmt(ids=["7", "007"])
    values = read_prediction(write(tmp_path, "id,y\n007,2\n7,1\n"), form).values
    np.testing.assert_array_equal(values, [1.0, 2.0])
    assert set(problems(tmp_path, "id,y\n7,1\n07,2\n", form)) == {"missing_ids", "unknown_ids"}


@pytest.mark.parametrize(
    ("labels", "written"),
    [
        (("0", "1"), "1.0 0.0 True false 1"),
        (("cat", "dog"), "dog cat dog cat dog"),
        (("False", "True"), "TRUE 0 true False 1"),
    ],
)
def test_labels_in_other_spellings_that_mean_one_thing(
    tmp_path: Path, labels: tuple[str, ...], written: str
) -> None:
    form = fmt("accuracy", ids=range(5), labels=labels)
    content = "id,y\n" + "".join(f"{i},{label}\n" for i, label in enumerate(written.split()))
    np.testing.assert_array_equal(read_prediction(write(tmp_path, content), form).values, [1, 0, 1, 0, 1])


def test_labels_that_would_be_ambiguous_compare_as_written(tmp_path: Path) -> None:
    form = fmt("accuracy", ids=[1], labels=("1", "1.0"))
    assert read_prediction(write(tmp_path, "id,y\n1,1.0\n"), form).values.tolist() == [1]
    assert "unknown_label" in problems(tmp_path, "id,y\n1,1.00\n", form)


def test_probabilities_follow_the_order_of_labels_and_sum_to_one(tmp_path: Path) -> None:
    form = fmt("log_loss", ids=[1, 2], columns=("a", "b", "c"), labels=("c", "a", "b"))
    values = read_prediction(write(tmp_path, "id,b,a,c\n2,0,1,0\n1,0.2,0.3,0.4996\n"), form).values
    np.testing.assert_allclose(values[0], np.array([0.4996, 0.3, 0.2]) / 0.9996)
    np.testing.assert_array_equal(values[1], [0.0, 1.0, 0.0])


def test_masks_and_rankings_may_be_empty(tmp_path: Path) -> None:
    content = "id,y\n1,\n2,1 4 9 2\n"
    assert read_prediction(write(tmp_path, content), fmt("dice", ids=[1, 2])).values.tolist() == ["", "1 4 9 2"]
    assert read_prediction(write(tmp_path, content), fmt("map_at_k", ids=[1, 2])).values.tolist()[0] == ""


# --- what is refused --------------------------------------------------------------------------------


def test_everything_wrong_is_told_at_once_with_lines(tmp_path: Path) -> None:
    content = "id,y\n1,0.5\n1,abc\n\n9,nan\n2,1.5\n"
    found = problems(tmp_path, content, fmt("roc_auc", labels=("no", "yes")))
    assert set(found) == {
        "missing_ids",
        "unknown_ids",
        "duplicate_ids",
        "not_a_number",
        "not_finite",
        "out_of_range",
    }
    where = {code: [(row.line, row.id, row.received) for row in found[code].rows] for code in found}
    assert where == {
        "missing_ids": [(None, "3", "")],
        "unknown_ids": [(5, "9", "")],
        "duplicate_ids": [(3, "1", "")],
        "not_a_number": [(3, "1", "abc")],
        "not_finite": [(5, "9", "nan")],
        "out_of_range": [(6, "2", "1.5")],
    }


def test_only_the_first_five_rows_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    content = "id,y\n" + "".join(f"{i},x\n" for i in range(1, 101))
    problem = problems(tmp_path, content, fmt(ids=range(1, 101)))["not_a_number"]
    assert [row.line for row in problem.rows] == [2, 3, 4, 5, 6]
    assert problem.count == 100
    assert "100" in problem.message
    assert "… and 95 more" in "\n".join(problem.lines())


@pytest.mark.parametrize("cell", ["", "nan", "NaN", "NA", "inf", "-inf", "Infinity", "1e999", "null"])
def test_missing_and_infinite_cells_are_not_finite(tmp_path: Path, cell: str) -> None:
    found = problems(tmp_path, f"id,y\n1,1\n2,{cell}\n3,3\n", fmt())
    assert set(found) == {"not_finite"}
    assert found["not_finite"].rows[0].received == cell


@pytest.mark.parametrize("cell", ["abc", "1_000", "0x10", "1 2", '"1,5"', "１e", "--1", "1e", "가"])
def test_text_is_not_a_number(tmp_path: Path, cell: str) -> None:
    found = problems(tmp_path, f"id,y\n1,1\n2,{cell}\n3,3\n", fmt())
    assert set(found) == {"not_a_number"}
    assert found["not_a_number"].rows[0].line == 3


def test_empty_file_and_file_without_rows(tmp_path: Path) -> None:
    assert set(problems(tmp_path, "", fmt())) == {"empty"}
    assert set(problems(tmp_path, "id,y\n", fmt())) == {"empty"}


def test_table_faults_become_problems(tmp_path: Path) -> None:
    assert set(problems(tmp_path, "id,y\n1,2,3\n", fmt())) == {"unreadable"}
    assert set(problems(tmp_path, "id,y\n가,1\n".encode("cp949"), fmt())) == {"wrong_encoding"}
    assert set(problems(tmp_path, b"\x1f\x8b\x08abc", fmt())) == {"compressed"}
    assert set(problems(tmp_path, "id,y\n1,2\n", fmt(), max_bytes=5)) == {"too_large"}


def test_wrong_columns_are_named_with_the_nearest(tmp_path: Path) -> None:
    problem = problems(tmp_path, "ID,target\n1,2\n", fmt(columns=("target",)))["wrong_columns"]
    assert "“id”" in problem.message
    assert "Did you mean “id” where the file says “ID”?" in problem.hint


def test_index_of_pandas_is_recognised(tmp_path: Path) -> None:
    problem = problems(tmp_path, ",id,y\n0,1,1\n1,2,2\n2,3,3\n", fmt())["wrong_columns"]
    assert "index=False" in problem.hint


def test_extra_column_is_refused_and_the_rest_still_checked(tmp_path: Path) -> None:
    found = problems(tmp_path, "id,y,z\n1,1,1\n2,x,1\n", fmt())
    assert set(found) == {"wrong_columns", "missing_ids", "not_a_number"}


def test_extra_columns_may_be_allowed(tmp_path: Path) -> None:
    form = fmt(may_have_more=True)
    values = read_prediction(write(tmp_path, "id,z,y\n1,a,1\n2,b,2\n3,c,3\n"), form).values
    np.testing.assert_array_equal(values, [1.0, 2.0, 3.0])


def test_column_named_twice(tmp_path: Path) -> None:
    assert set(problems(tmp_path, "id,y,y\n1,1,1\n", fmt())) == {"wrong_columns"}


def test_unknown_label_lists_the_classes(tmp_path: Path) -> None:
    form = fmt("accuracy", ids=[1, 2], labels=("cat", "dog"))
    problem = problems(tmp_path, "id,y\n1,cat\n2,Dog\n", form)["unknown_label"]
    assert problem.rows[0].received == "Dog"
    assert "“cat”, “dog”" in problem.hint


def test_probabilities_that_do_not_sum_to_one_show_their_sum(tmp_path: Path) -> None:
    form = fmt("log_loss", ids=[1, 2], columns=("a", "b", "c"), labels=("a", "b", "c"))
    problem = problems(tmp_path, "id,a,b,c\n1,0.5,0.5,0\n2,0.5,0.5,0.25\n", form)["not_summing_to_one"]
    assert [(row.line, row.received) for row in problem.rows] == [(3, "1.25")]


def test_cells_of_several_columns_name_their_column(tmp_path: Path) -> None:
    form = fmt("log_loss", ids=[1], columns=("a", "b", "c"), labels=("a", "b", "c"))
    problem = problems(tmp_path, "id,a,b,c\n1,0.5,x,0.5\n", form)["not_a_number"]
    assert problem.rows[0].received == "b = x"


def test_predictions_below_zero_are_out_of_range_for_rmsle(tmp_path: Path) -> None:
    assert "out_of_range" in problems(tmp_path, "id,y\n1,1\n2,-1\n3,1\n", fmt("rmsle"))


def test_masks_are_checked(tmp_path: Path) -> None:
    form = fmt("dice", ids=range(1, 6), height=4, width=5)
    found = problems(tmp_path, "id,y\n1,1 20\n2,1 2 3\n3,a b\n4,20 2\n5,1 3 2 1\n", form)
    assert [row.line for row in found["not_a_number"].rows] == [3, 4]
    assert [row.line for row in found["out_of_range"].rows] == [5, 6]


def test_what_a_stranger_wrote_is_shortened_and_kept_on_one_line(tmp_path: Path) -> None:
    found = problems(tmp_path, 'id,y\n1,"a\x1b[31m\n' + "x" * 500 + '"\n2,1\n3,1\n', fmt())
    received = found["not_a_number"].rows[0].received
    assert len(received) <= 60
    assert received.isprintable()


def test_messages_come_from_the_sample_alone(tmp_path: Path) -> None:
    """The format is made of the sample entry, which every student has; nothing else can reach a message."""
    sample = write(tmp_path, "id,y\n1,0\n2,0\n", "sample.csv")
    form = EntryFormat.from_sample(sample, METRICS.get("rmse"))
    assert (form.id_column, form.columns, form.needs) == ("id", ("y",), Needs.VALUES)
    assert form.ids.to_pylist() == ["1", "2"]


def test_sample_of_probabilities_decides_one_column_or_several(tmp_path: Path) -> None:
    one = write(tmp_path, "id,p\n1,0.5\n", "one.csv")
    several = write(tmp_path, "id,a,b\n1,0.5,0.5\n", "several.csv")
    metric = METRICS.get("log_loss")
    assert EntryFormat.from_sample(one, metric, ("a", "b")).needs is Needs.PROBABILITY
    assert EntryFormat.from_sample(several, metric, ("b", "a")).value_columns == ("b", "a")
    with pytest.raises(SpecInvalid):
        EntryFormat.from_sample(several, metric, ("a", "b", "c"))


@pytest.mark.parametrize("content", ["id,y\n1,0\n1,0\n", "id\n1\n"])
def test_unfit_sample_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(SpecInvalid):
        EntryFormat.from_sample(write(tmp_path, content), METRICS.get("rmse"))


def test_rows_are_counted_where_there_are_no_ids(tmp_path: Path) -> None:
    form = EntryFormat.of("", ("y",), METRICS.get("rmse"), (), range(1, 4))
    np.testing.assert_array_equal(read_prediction(write(tmp_path, "y\n3\n2\n1\n"), form).values, [3.0, 2.0, 1.0])
    assert set(problems(tmp_path, "y\n3\n2\n", form)) == {"missing_ids"}
    assert set(problems(tmp_path, "y\n3\n2\n1\n0\n", form)) == {"unknown_ids"}


def test_korean_reader_reads_korean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seodang import i18n

    found = problems(tmp_path, "id,y\n1,x\n", fmt())
    monkeypatch.setattr(i18n, "_language_source", lambda: "ko")
    assert "숫자가 아닌 칸: 1개" in found["not_a_number"].message
    assert "빠진 id" in found["missing_ids"].message


@pytest.mark.parametrize("metric", ["rmse", "mape", "mae", "rmsle"])
def test_number_so_large_that_scores_overflow_is_refused(tmp_path: Path, metric: str) -> None:
    # Whether a sum or a ratio overflows would tell of the truth and of the split, and at no attempt's cost.
    found = problems(tmp_path, "id,y\n1,1e155\n2,2\n3,3\n", fmt(metric))
    assert [row.received for row in found["out_of_range"].rows] == ["1e155"]
    assert "1e+100" in found["out_of_range"].message


def test_header_without_an_end_of_line_has_no_rows(tmp_path: Path) -> None:
    assert set(problems(tmp_path, "id,y", fmt())) == {"empty"}


def test_dates_of_a_parquet_file_are_no_numbers(tmp_path: Path) -> None:
    dates = pa.array([0, 1, 2], pa.timestamp("ns"))
    pq.write_table(pa.table({"id": [1, 2, 3], "y": dates}), tmp_path / "made.parquet")
    found = problems(tmp_path, (tmp_path / "made.parquet").read_bytes(), fmt())
    assert found["not_a_number"].count == 3


def test_cell_longer_than_any_record_may_be_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pyarrow may read one that Python's csv module, which finds its line, does not.
    monkeypatch.setattr("seodang.score.tables.MAX_RECORD_BYTES", 1000)
    path = write(tmp_path, f"id,y\n1,1\n2,2\n3,{'9' * 5000}\n")
    assert record_lines(open_table(path), [0, 2]) == [2, 4]
