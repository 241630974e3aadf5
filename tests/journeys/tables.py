"""The tables that journeys hold competitions on, and the entries that students make for them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np

Rows = list[list[str]]


@dataclass(frozen=True)
class Table:
    """What a professor brings: a title, a CSV, the column to predict, and how it is scored."""

    title: str
    content: bytes
    target: str
    metric: str
    is_two_classes: bool


def two_classes() -> Table:
    """Breast cancer (Wisconsin), as scikit-learn ships it: 569 rows; four columns that leave room for error."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    kept = [1, 4, 9, 11]
    names = [str(data.feature_names[column]).replace(" ", "_") for column in kept]
    rows = [[f"{value:.6g}" for value in row] for row in data.data[:, kept]]
    labels = [str(data.target_names[value]) for value in data.target]
    content = write([*names, "diagnosis"], [[*row, label] for row, label in zip(rows, labels, strict=True)])
    return Table("Breast cancer", content, "diagnosis", "roc_auc", is_two_classes=True)


def points_of_a_class() -> Table:
    """Points that follow hours, attendance and homework, with Korean headings; made from a fixed seed."""
    generator = np.random.default_rng(17)
    features = np.column_stack(
        [generator.gamma(3, 2, 400), generator.uniform(0.3, 1, 400), generator.integers(0, 11, 400)]
    )
    points = 20 + 3 * features[:, 0] + 25 * features[:, 1] + 2 * features[:, 2] + generator.normal(0, 4, 400)
    rows = [
        [f"{value:.4g}" for value in row] + [f"{point:.1f}"] for row, point in zip(features, points, strict=True)
    ]
    content = write(["공부시간", "출석률", "과제수", "점수"], rows)
    return Table("기말 점수 맞히기", content, "점수", "rmse", is_two_classes=False)


def write(headings: list[str], rows: Rows) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([headings, *rows])
    return out.getvalue().encode()


def read(content: bytes) -> tuple[list[str], Rows]:
    headings, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    return headings, rows


def wrong_entry(sample: bytes) -> bytes:
    """The sample entry with a word, an infinity and a gap for predictions, a row left out and one invented."""
    headings, rows = read(sample)
    rows = [list(row) for row in rows]
    for row, value in zip(rows[:3], ["high", "inf", ""], strict=True):
        row[1] = value
    return write(headings, [*rows[:-1], ["nobody-7", rows[-1][1]]])


def right_entry(table: Table, train: bytes, test: bytes, sample: bytes) -> bytes:
    """What a linear model, fitted on the training data, predicts for the test data."""
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train_headings, train_rows = read(train)
    test_headings, test_rows = read(test)
    sample_headings, _rows = read(sample)
    target = train_headings.index(table.target)
    used = [name for name in test_headings if name != sample_headings[0]]

    def numbers(headings: list[str], rows: Rows) -> np.ndarray:
        return np.array([[float(row[headings.index(name)]) for name in used] for row in rows])

    labels = np.array([row[target] for row in train_rows])
    inputs, wanted = numbers(train_headings, train_rows), numbers(test_headings, test_rows)
    if table.is_two_classes:
        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(inputs, labels)
        # Of two classes the second in order is the positive one, unless the host says otherwise.
        predicted = model.predict_proba(wanted)[:, 1]
    else:
        predicted = make_pipeline(StandardScaler(), Ridge()).fit(inputs, labels.astype(float)).predict(wanted)
    ids = [row[test_headings.index(sample_headings[0])] for row in test_rows]
    return write(sample_headings, [[one, f"{value:.6g}"] for one, value in zip(ids, predicted, strict=True)])
