"""From two files, or a truth and a prediction, to a score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seodang.score.compare import compare
from seodang.score.errors import MetricUndefined, PredictionRefused, ScoreError, SpecInvalid
from seodang.score.evaluate import evaluate
from seodang.score.metrics import METRICS
from seodang.score.prediction import Prediction
from seodang.score.truth import Truth


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture
def truth() -> Truth:
    public = np.array([True, True, False, False])
    return Truth.of(["a", "b", "c", "d"], [1.0, 2.0, 3.0, 4.0], METRICS.get("mae"), public=public)


def test_parts_are_scored_apart(truth: Truth) -> None:
    prediction = Prediction(np.array([1.0, 2.0, 4.0, 6.0]))
    assert evaluate(truth, prediction, "mae", part="public") == 0
    assert evaluate(truth, prediction, "mae", part="private") == 1.5
    assert evaluate(truth, prediction, "mae") == 0.75


def test_prediction_of_other_rows_is_refused(truth: Truth) -> None:
    with pytest.raises(ScoreError):
        evaluate(truth, Prediction(np.zeros(3)), "mae")
    with pytest.raises(ScoreError):
        evaluate(truth, Prediction(np.zeros(4), pa.chunked_array([["a", "b", "d", "c"]])), "mae")


def test_targets_are_matched_by_name() -> None:
    truth = Truth.of([1, 2], np.array([[1.0, 10.0], [2.0, 20.0]]), METRICS.get("mae"), targets=["x", "y"])
    turned = Prediction(np.array([[10.0, 1.0], [20.0, 2.0]]), columns=("y", "x"))
    assert evaluate(truth, turned, "mae") == 0
    with pytest.raises(ScoreError):
        evaluate(truth, Prediction(turned.values, columns=("y", "z")), "mae")


def test_files_are_compared_by_id_and_target(tmp_path: Path) -> None:
    true = write(tmp_path, "truth.csv", "id,feature,y\n1,9,10\n2,9,20\n3,9,30\n")
    predicted = write(tmp_path, "prediction.csv", "id,y\n3,33\n1,10\n2,20\n")
    found = compare(true, predicted, "mae")
    assert (found.score, found.n, found.notes) == (1.0, 3, ())
    assert found.ci_low <= 1 <= found.ci_high
    assert set(found.as_json()) == {"metric", "score", "ci_low", "ci_high", "n"}


def test_rows_are_compared_in_order_without_an_id_and_it_is_said(tmp_path: Path) -> None:
    true, predicted = write(tmp_path, "t.csv", "y\n1\n2\n"), write(tmp_path, "p.csv", "y\n2\n2\n")
    found = compare(true, predicted, "mae")
    assert found.score == 0.5
    assert "in order" in found.notes[0]


def test_column_of_unique_values_is_taken_for_an_id(tmp_path: Path) -> None:
    true = write(tmp_path, "t.csv", "patient,y\np1,1\np2,2\n")
    predicted = write(tmp_path, "p.csv", "patient,y\np2,2\np1,1\n")
    assert compare(true, predicted, "mae").score == 0


def test_one_column_per_class(tmp_path: Path) -> None:
    true = write(tmp_path, "t.csv", "id,kind\n1,a\n2,b\n3,c\n")
    predicted = write(tmp_path, "p.csv", "id,c,b,a\n1,0.1,0.1,0.8\n2,0.1,0.8,0.1\n3,0.8,0.1,0.1\n")
    assert compare(true, predicted, "log_loss").score == pytest.approx(-np.log(0.8))


def test_one_differently_named_column_of_two_classes(tmp_path: Path) -> None:
    true = write(tmp_path, "t.csv", "id,sick\n1,yes\n2,no\n3,yes\n4,no\n")
    predicted = write(tmp_path, "p.csv", "id,probability\n1,0.9\n2,0.2\n3,0.8\n4,0.1\n")
    found = compare(true, predicted, "roc_auc")
    assert found.score == 1
    assert "“yes”" in found.notes[0]
    assert compare(true, predicted, "roc_auc", positive="no").score == 0


def test_truth_may_be_parquet_with_ids_as_numbers(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2, 3], "y": [1.0, 2.0, 3.0]}), tmp_path / "t.parquet")
    predicted = write(tmp_path, "p.csv", "id,y\n3,3\n2,2\n1,1\n")
    assert compare(tmp_path / "t.parquet", predicted, "rmse").score == 0


def test_wrong_prediction_shows_ids_as_they_are_written(tmp_path: Path) -> None:
    true, predicted = write(tmp_path, "t.csv", "id,y\n001,1\n002,2\n"), write(tmp_path, "p.csv", "id,y\n001,1\n")
    with pytest.raises(PredictionRefused) as caught:
        compare(true, predicted, "mae")
    assert caught.value.problems[0].rows[0].id == "002"


@pytest.mark.parametrize(
    ("true", "predicted", "choices"),
    [
        ("id,a,b\n1,1,1\n", "id,p,q\n1,1,1\n", {}),
        ("id,y\n1,1\n", "id,y\n1,1\n", {"targets": ["z"]}),
        ("id,y\n1,1\n", "id,y\n1,1\n", {"id_column": "z"}),
        ("id,y\n1,text\n", "id,y\n1,1\n", {}),
        ("id,y\n1,1\n1,2\n", "id,y\n1,1\n", {}),
        ("id,y\n1,\n", "id,y\n1,1\n", {}),
    ],
)
def test_unclear_or_unfit_truth_is_refused(
    tmp_path: Path, true: str, predicted: str, choices: dict[str, object]
) -> None:
    paths = write(tmp_path, "t.csv", true), write(tmp_path, "p.csv", predicted)
    with pytest.raises(SpecInvalid):
        compare(*paths, "mae", **choices)  # type: ignore[arg-type]


def test_truth_without_a_value_is_refused(tmp_path: Path) -> None:
    paths = write(tmp_path, "t.csv", "id,y\n1,1\n2,1\n"), write(tmp_path, "p.csv", "id,y\n1,0.1\n2,0.2\n")
    with pytest.raises(MetricUndefined):
        compare(*paths, "roc_auc")
