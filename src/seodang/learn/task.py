"""What is to be predicted, and what a family is told of the data before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Task(StrEnum):
    REGRESSION = "regression"
    BINARY = "binary"
    CLASSES = "classes"

    @property
    def has_classes(self) -> bool:
        return self is not Task.REGRESSION


class View(StrEnum):
    """How an encoder shows the data to an estimator.

    MATRIX: float32 (n, p), nothing missing: medians and a column that says so; categories one-hot or as
        target means.
    CODES: float32 (n, p), NaN where missing; a category is its code, a whole number from 0 (NaN: missing
        or unseen).
    PICTURES: uint8 (n, height, width, channels); images only.
    """

    MATRIX = "matrix"
    CODES = "codes"
    PICTURES = "pictures"


@dataclass(frozen=True)
class Feature:
    """One column that an estimator sees. n_categories: 0 for a number, else how many codes there are."""

    name: str
    source: str  # the table's column that it was made of
    n_categories: int = 0


@dataclass(frozen=True)
class Facts:
    """What is known before anything is fitted; all choices that depend on the table's size are made from this, so
    that they are the same in every climb. `n_train` rows are in one fold's training part."""

    task: Task
    n_rows: int
    n_train: int
    n_columns: int
    n_classes: int
    n_text_columns: int = 0
    n_category_columns: int = 0
    missing_share: float = 0.0
    image_shape: tuple[int, int, int] | None = None  # height, width, channels
    metric: str = ""

    @property
    def are_images(self) -> bool:
        return self.image_shape is not None
