"""The tables of `benchmarks/fit.py`: where they are, what is predicted, and one split that every contestant "
"gets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

TEST_SHARE = 0.25
_ROW = re.compile(r"^\|\s*([\w.-]+\.(?:csv|tsv)(?:\.gz)?)\s*\|\s*(\w+)\s*\|\s*([^|]*)\|")


@dataclass(frozen=True)
class Table:
    """path: of a file, or None for one of scikit-learn's. has_classes: judged by log loss, else by RMSE."""

    name: str
    target: str
    has_classes: bool
    path: Path | None = None

    @property
    def metric(self) -> str:
        return "log_loss" if self.has_classes else "rmse"

    def read(self) -> pd.DataFrame:
        """All rows that have a target; cells as pandas reads them, “?” and blanks missing."""
        frame = read_plainly(self.path) if self.path is not None else _of_sklearn(self.name)
        return frame[frame[self.target].notna()].reset_index(drop=True)


def read_plainly(path: Path) -> pd.DataFrame:
    separator = "\t" if ".tsv" in path.name else ","
    return pd.read_csv(path, sep=separator, na_values=["?"], skipinitialspace=True)


def all_tables(data: Path | None) -> list[Table]:
    """Those that the README in the folder, or above it, lists with their target; then scikit-learn's own."""
    found = []
    if data is not None:
        readme = next((p for p in (data / "README.md", data.parent / "README.md") if p.is_file()), None)
        if readme is None:
            raise SystemExit(
                f"{data}: expected a README.md that lists file | target | task, here or in the folder above"
            )
        for line in readme.read_text(encoding="utf-8").splitlines():
            match = _ROW.match(line)
            if match and (data / match[1]).is_file():
                name = match[1].split(".")[0]
                found.append(Table(name, match[2], "regression" not in match[3], data / match[1]))
    own = {"breast_cancer": True, "diabetes": False, "digits": True, "iris": True, "wine": True}
    return found + [Table(f"sklearn_{name}", "target", has_classes) for name, has_classes in own.items()]


def _of_sklearn(name: str) -> pd.DataFrame:
    import sklearn.datasets

    loader = getattr(sklearn.datasets, f"load_{name.removeprefix('sklearn_')}")
    return loader(as_frame=True).frame


def split(table: Table, seed: int, folder: Path) -> tuple[Path, Path, np.ndarray]:
    """Training rows (with target) and test rows (without) as CSV files, and the truth of the test rows; classes as
    text. Drawn by the seed, of classes within each class."""
    frame = table.read()
    rng = np.random.default_rng(seed)
    if table.has_classes:
        labels = frame[table.target].astype(str).to_numpy()
        test = np.sort(np.concatenate([_some(rng, np.flatnonzero(labels == one)) for one in np.unique(labels)]))
    else:
        test = np.sort(_some(rng, np.arange(len(frame))))
    is_test = np.zeros(len(frame), dtype=bool)
    is_test[test] = True
    train_path, test_path = folder / "train.csv", folder / "test.csv"
    frame[~is_test].to_csv(train_path, index=False)
    frame[is_test].drop(columns=table.target).to_csv(test_path, index=False)
    truth = frame.loc[is_test, table.target]
    return train_path, test_path, truth.astype(str).to_numpy() if table.has_classes else truth.to_numpy(float)


def _some(rng: np.random.Generator, rows: np.ndarray) -> np.ndarray:
    """A quarter of the rows; of a class of one row none, so that no contestant is asked for what it never saw."""
    return rng.permutation(rows)[: round(TEST_SHARE * len(rows)) if len(rows) > 1 else 0]


def loss(predicted: pd.DataFrame, truth: np.ndarray, has_classes: bool) -> float:
    """Log loss (natural logarithm, probabilities clipped at 1e-15 and made to sum to one) or RMSE."""
    if len(predicted) != len(truth):
        raise ValueError(f"{len(predicted)} predictions for {len(truth)} rows")
    if not has_classes:
        return float(np.sqrt(np.mean((predicted["prediction"].to_numpy(float) - truth) ** 2)))
    names = [name for name in predicted.columns if name.startswith("p(")]
    columns = {name[2:-1]: place for place, name in enumerate(names)}
    shares = predicted[names].to_numpy(float)
    shares = np.clip(shares / shares.sum(axis=1, keepdims=True), 1e-15, 1.0)
    shares /= shares.sum(axis=1, keepdims=True)
    own = [shares[row, columns[label]] if label in columns else 1e-15 for row, label in enumerate(truth)]
    return float(-np.mean(np.log(own)))
