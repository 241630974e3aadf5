"""The truth: made from what a host has, written, read back, taken in parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seodang.score.errors import ScoreError, SpecInvalid
from seodang.score.metrics import METRICS
from seodang.score.truth import Truth

PUBLIC = np.array([True, False, True])


def back(truth: Truth, folder: Path) -> Truth:
    truth.write(folder / "truth.parquet")
    return Truth.read(folder / "truth.parquet")


def test_numbers_come_back_as_they_were(tmp_path: Path) -> None:
    truth = Truth.of(["007", "b", "c"], [1.5, 2, 3], METRICS.get("rmse"), public=PUBLIC, targets=["public"])
    read = back(truth, tmp_path)
    assert read.ids.to_pylist() == ["007", "b", "c"]
    assert read.targets == ("public",)
    np.testing.assert_array_equal(read.values, [1.5, 2.0, 3.0])
    np.testing.assert_array_equal(read.public, PUBLIC)


def test_labels_keep_their_order_and_read_as_words_in_any_program(tmp_path: Path) -> None:
    truth = Truth.of([1, 2, 3], ["yes", "no", "yes"], METRICS.get("roc_auc"), positive="no")
    assert truth.labels == ("yes", "no")
    read = back(truth, tmp_path)
    assert read.labels == ("yes", "no")
    np.testing.assert_array_equal(read.values, [0, 1, 0])
    assert pq.read_table(tmp_path / "truth.parquet").column("target").to_pylist() == ["yes", "no", "yes"]


def test_several_targets_and_text_come_back(tmp_path: Path) -> None:
    both = np.array([[1.0, 2.0], [3.0, 4.0]])
    read = back(Truth.of([1, 2], both, METRICS.get("rmse"), targets=["a", "b"]), tmp_path)
    np.testing.assert_array_equal(read.values, both)
    masks = back(Truth.of([1, 2], ["1 2", ""], METRICS.get("dice")), tmp_path)
    assert masks.values.tolist() == ["1 2", ""]


def test_parts_divide_the_rows() -> None:
    truth = Truth.of(["a", "b", "c"], [1, 2, 3], METRICS.get("rmse"), public=PUBLIC)
    assert truth.part("public").ids.to_pylist() == ["a", "c"]
    assert truth.part("private").values.tolist() == [2.0]
    assert truth.part("all") is truth
    assert truth.n_public == 2


@pytest.mark.parametrize(
    ("target", "labels"),
    [([10, 9, 2], ("2", "9", "10")), ([True, False, True], ("false", "true")), (["b", "a", "b"], ("a", "b"))],
)
def test_labels_are_sorted_as_a_person_would(target: list[object], labels: tuple[str, ...]) -> None:
    assert Truth.of([1, 2, 3], target, METRICS.get("accuracy")).labels == labels


@pytest.mark.parametrize(
    ("ids", "target", "metric"),
    [
        ([1, 1], [1.0, 2.0], "rmse"),
        (["a", "a"], [1.0, 2.0], "rmse"),
        ([1, 2], [1.0, float("nan")], "rmse"),
        ([1, 2], [1.0, None], "mae"),
        ([1, 2], ["a", None], "accuracy"),
        ([1, 2], ["a", ""], "accuracy"),
    ],
)
def test_unfit_truth_is_refused(ids: list[object], target: list[object], metric: str) -> None:
    with pytest.raises(SpecInvalid):
        Truth.of(ids, pa.array(target), METRICS.get(metric))


def test_label_outside_the_given_ones_is_refused() -> None:
    with pytest.raises(SpecInvalid, match="“c”"):
        Truth.of([1, 2], ["a", "c"], METRICS.get("accuracy"), labels=("a", "b"))
    with pytest.raises(SpecInvalid):
        Truth.of([1, 2], ["a", "b"], METRICS.get("roc_auc"), positive="c")


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="length"):
        Truth([1, 2, 3], np.array([1.0, 2.0]))


def test_another_parquet_file_is_no_truth(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1], "target": [1], "public": [True]}), tmp_path / "other.parquet")
    with pytest.raises(ScoreError, match=r"other\.parquet"):
        Truth.read(tmp_path / "other.parquet")
