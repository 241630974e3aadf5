"""What metrics of the confusion matrix share: of each class its hits, its predicted rows and its true rows."""

from __future__ import annotations

import numpy as np

from seodang.score.metrics._base import Array
from seodang.score.metrics._terms import Floats, Terms


def class_terms(y: Array, p: Array, n_classes: int) -> Terms:
    """One-hot terms of hits, predictions and truth: 3 n_classes columns that are never written out."""
    hits = np.where(y == p, y, n_classes)
    return Terms(counts=[(hits, n_classes), (p, n_classes), (y, n_classes)])


def split_means(means: Floats, n_classes: int) -> tuple[Floats, Floats, Floats]:
    """Shares of hits, predictions and truth, each (…, n_classes)."""
    return (
        means[..., :n_classes],
        means[..., n_classes : 2 * n_classes],
        means[..., 2 * n_classes : 3 * n_classes],
    )


def mean_over_present(per_class: Floats, true: Floats) -> Floats:
    """The mean over classes that the truth has under these weights (a resample may lack a rare one); NaN: fewer
    than two of them."""
    present = true > 0
    n_present = present.sum(axis=-1)
    total = np.where(present, per_class, 0.0).sum(axis=-1)
    return np.where(n_present >= 2, total / np.maximum(n_present, 1), np.nan)
