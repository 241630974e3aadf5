"""From a canonical frame to the float32 matrix that an estimator learns from; fitted inside each fold.

Owns `Encoder`: which part encodes which column in which view. `_parts` and `_prose` own how.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.data import _prose
from seodang.learn.data._dice import dice
from seodang.learn.data._parts import PARTS, Codes, FilledNumbers, Numbers, OneHot, Part, TargetMeans, Times
from seodang.learn.data.schema import Kind, Schema
from seodang.learn.errors import ModelUnreadable
from seodang.learn.task import Feature, Task, View

# A category of at most so many levels is shown level by level in a matrix, one of more by its target means: the
# first below MANY_ROWS, the second from there on (measured on linear models).
MOST_ONE_HOT = (12, 24)
MANY_ROWS = 10_000
# Whole numbers of few values are shown level by level too where that adds at most one column per so many rows.
ROWS_PER_LEVEL = 10
# Codes are bins of trees, which keep at most so many.
MOST_CODES = 254
# Dimensions of all text columns together, and of one at most.
MOST_TOPICS = 128
TOPICS = 64
# Columns that an estimator sees: of more, those that go best with the target are kept.
MOST_FEATURES = 2_000


class Encoder:
    """Encodes a canonical frame for one view.

    Fitted state: `features_`, one `Feature` for each column of the matrix.
    """

    def __init__(self, schema: Schema, view: View, seed: int = 0) -> None:
        self.schema = schema
        self.view = View(view)
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: NDArray[Any]) -> Encoder:
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: pd.DataFrame, y: NDArray[Any]) -> NDArray[np.float32]:
        """Learn from training rows and encode them, target means cross-fitted: (n, len(features_))."""
        rng = dice(self.seed, "encode")
        self.parts_ = self._plan(X)
        block = _stacked([part.fit_transform(X, y, rng) for part in self.parts_], len(X))
        features = [feature for part in self.parts_ for feature in part.features]
        self.kept_: NDArray[np.int64] | None = None
        if block.shape[1] > MOST_FEATURES:
            self.kept_ = best_columns(block, y, self.schema.task, MOST_FEATURES)
            block, features = block[:, self.kept_], [features[k] for k in self.kept_]
        self.features_ = features
        return block

    def transform(self, X: pd.DataFrame) -> NDArray[np.float32]:
        """Encode other rows: (n, len(features_))."""
        block = _stacked([part.transform(X) for part in self.parts_], len(X))
        return block if self.kept_ is None else block[:, self.kept_]

    def _plan(self, X: pd.DataFrame) -> list[Part]:
        by_kind = {kind: [column.name for column in self.schema.of_kind(kind)] for kind in Kind}
        plain = [c.name for c in self.schema.of_kind(Kind.NUMBER, Kind.BOOLEAN)]
        size = min(TOPICS, max(8, MOST_TOPICS // max(1, len(by_kind[Kind.TEXT]))))
        parts: list[Part] = []
        if self.view is View.MATRIX:
            most = MOST_ONE_HOT[len(X) >= MANY_ROWS]
            few = [c for c in by_kind[Kind.CATEGORY] if X[c].nunique() <= most]
            many = [c for c in by_kind[Kind.CATEGORY] if c not in set(few)]
            few += _shown_twice(self.schema, len(X))
            parts = [
                FilledNumbers(plain),
                OneHot(few, fewest=int(np.clip(len(X) // 30, 1, 10)), most=most),
                TargetMeans(many, task=str(self.schema.task)),
                Times(by_kind[Kind.TIME], fill=True),
            ]
        else:
            parts = [
                Numbers(plain),
                Codes(by_kind[Kind.CATEGORY], most=MOST_CODES, task=str(self.schema.task)),
                Times(by_kind[Kind.TIME], fill=False),
            ]
        parts.append(_prose.Prose(by_kind[Kind.TEXT], size=size))
        return [part for part in parts if part.columns]

    # --- stored ----------------------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write `encoder.json` and `encoder.npz` into the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        about = {
            "schema": self.schema.as_json(),
            "view": str(self.view),
            "seed": self.seed,
            "kept": None if self.kept_ is None else self.kept_.tolist(),
            "features": [asdict(feature) for feature in self.features_],
            "parts": [
                {"name": part.name, "columns": part.columns, "settings": part.settings} for part in self.parts_
            ],
        }
        (folder / "encoder.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
        arrays = {f"{i}/{key}": value for i, part in enumerate(self.parts_) for key, value in part.arrays.items()}
        np.savez(folder / "encoder.npz", **cast(dict[str, Any], arrays))

    @classmethod
    def load(cls, folder: Path) -> Encoder:
        """What `save` wrote.

        Raises:
            ModelUnreadable: the folder does not hold it.
        """
        try:
            about = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
            encoder = cls(Schema.from_json(about["schema"]), View(about["view"]), int(about["seed"]))
            encoder.features_ = [Feature(**feature) for feature in about["features"]]
            encoder.kept_ = None if about["kept"] is None else np.array(about["kept"], dtype=np.int64)
            encoder.parts_ = []
            with np.load(folder / "encoder.npz", allow_pickle=False) as arrays:
                for i, found in enumerate(about["parts"]):
                    part = PARTS[found["name"]](found["columns"], **found["settings"])
                    prefix = f"{i}/"
                    part.arrays = {k.removeprefix(prefix): arrays[k] for k in arrays.files if k.startswith(prefix)}
                    encoder.parts_.append(part)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnreadable(
                N_("The folder “%(name)s” holds no encoder that can be read: %(reason)s"),
                hint=N_("Save the model anew with this version."),
                name=folder.name,
                reason=str(error)[:200],
            ) from error
        return encoder


def _shown_twice(schema: Schema, n_rows: int) -> list[str]:
    """Whole numbers of few values, which may be codes of classes: numbers, and in a matrix level by level too.

    A linear model or a network needs the levels, a tree does not: on tables full of codes (car, german) they take
    a logistic regression from log loss .68 to .17 and from .525 to .501, while boosting is better off with numbers.
    """
    codes = [column for column in schema.columns if column.is_code and column.n_unique > 2]
    return [c.name for c in codes] if sum(c.n_unique for c in codes) <= n_rows / ROWS_PER_LEVEL else []


def _stacked(blocks: list[NDArray[np.float32]], n_rows: int) -> NDArray[np.float32]:
    if not blocks:
        return np.empty((n_rows, 0), dtype=np.float32)
    return blocks[0] if len(blocks) == 1 else np.hstack(blocks)


def best_columns(
    block: NDArray[np.float32], y: NDArray[Any], task: Task, most: int, n_rows: int = 5_000
) -> NDArray[np.int64]:
    """The places of the `most` columns whose between-class (regression: linear) share of variance is largest, in
    their order. At most `n_rows` evenly spaced rows are looked at."""
    rows = np.linspace(0, len(block) - 1, min(n_rows, len(block))).astype(int)
    some = np.nan_to_num(block[rows].astype(np.float64))
    some -= some.mean(axis=0)
    total = (some**2).sum(axis=0)
    target = np.asarray(y)[rows]
    if task is Task.REGRESSION:
        target = target - target.mean()
        share = (target @ some) ** 2 / max(float(target @ target), 1e-300)
    else:
        share = np.zeros(some.shape[1])
        for code in np.unique(target):
            inside = target == code
            share += some[inside].sum(axis=0) ** 2 / inside.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(total > 0, share / total, -1.0)
    return np.sort(np.argsort(-score, kind="stable")[:most])


def encoder_for(schema: Schema, view: View, seed: int = 0) -> Any:
    """The encoder of a table, or of pictures."""
    if schema.picture_shape is not None:
        from seodang.learn.data.images import ImageEncoder

        return ImageEncoder(schema, view, seed)
    return Encoder(schema, view, seed)
