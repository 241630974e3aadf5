"""Probabilities of classes: one column for two classes, one column per class otherwise; both mean the same."""

from __future__ import annotations

import numpy as np

from seodang.score.metrics._base import Array
from seodang.score.metrics._terms import Floats


def class_columns(p: Array) -> Floats:
    """(n, n_classes), from one column of the positive class where it is one."""
    return np.column_stack([1 - p, p]) if p.ndim == 1 else p


def positive_column(p: Array) -> Floats:
    """(n,) of the second of two classes."""
    return p if p.ndim == 1 else p[:, 1]


def of_true_class(y: Array, p: Array) -> Floats:
    """The probability given to each row's true class, (n,)."""
    if p.ndim == 1:
        own = np.array(p, dtype=np.float64)
        return np.subtract(1.0, own, out=own, where=y != 1)
    return np.take_along_axis(p, y.astype(np.intp)[:, None], axis=1)[:, 0]
