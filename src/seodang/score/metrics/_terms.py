"""What a row adds to a score: the sums from which a decomposable metric is computed.

A metric is decomposable when `score = finish(Σ w·terms / Σ w)`. Its bootstrap replicates are then matrix products,
whatever the metric is, and no resample is ever scored row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.integer]


@dataclass(frozen=True)
class Terms:
    """Terms of n rows.

    Attributes:
        dense: numbers or truth values, each of shape (n,).
        counts: pairs (codes, n_codes) that stand for the one-hot matrix of `codes`, shape (n, n_codes), without
            ever writing it out; a code equal to n_codes falls in no cell. This keeps many classes small.
    """

    dense: Sequence[NDArray[Any]] = ()
    counts: Sequence[tuple[Ints, int]] = ()

    @property
    def n_rows(self) -> int:
        return len(self.dense[0]) if self.dense else len(self.counts[0][0])

    @property
    def width(self) -> int:
        return len(self.dense) + sum(n_codes for _, n_codes in self.counts)

    def means(self, weights: Floats | None = None) -> Floats:
        """The weighted mean of every term, shape (width,)."""
        if weights is None:
            total = float(self.n_rows)
            parts: list[Floats] = [np.array([term.mean() for term in self.dense], dtype=np.float64)]
            parts += [np.bincount(codes, minlength=n + 1)[:n] / total for codes, n in self.counts]
        else:
            total = float(weights.sum())
            parts = [np.array([weights @ term for term in self.dense], dtype=np.float64) / total]
            parts += [np.bincount(codes, weights=weights, minlength=n + 1)[:n] / total for codes, n in self.counts]
        return np.concatenate(parts)

    def block_sums(self, blocks: Ints, n_blocks: int) -> Floats:
        """The sum of every term over the rows of each block, shape (n_blocks, width)."""
        parts = [np.bincount(blocks, weights=term, minlength=n_blocks)[:, None] for term in self.dense]
        for codes, n_codes in self.counts:
            cells = blocks.astype(np.int64) * (n_codes + 1) + codes
            counted = np.bincount(cells, minlength=n_blocks * (n_codes + 1)).reshape(n_blocks, n_codes + 1)
            parts.append(counted[:, :n_codes].astype(np.float64))
        return np.hstack(parts)

    def resampled_means(self, weights: NDArray[Any]) -> Floats:
        """The means under each row of `weights` (n_replicates, n), of any number type: (n_replicates, width)."""
        parts: list[Floats] = []
        if self.dense:
            parts.append(weights.astype(np.float64, copy=False) @ np.column_stack(self.dense))
        for codes, n_codes in self.counts:
            # Rows sorted by code: each cell that has any is then one slice, summed for all replicates at once.
            order = np.argsort(codes, kind="stable")
            present, starts = np.unique(codes[order], return_index=True)
            summed = np.add.reduceat(weights[:, order], starts, axis=1, dtype=np.float64)
            cells = np.zeros((len(weights), n_codes + 1))
            cells[:, present] = summed
            parts.append(cells[:, :n_codes])
        totals = weights.sum(axis=1, dtype=np.float64)
        return np.asarray(np.hstack(parts) / totals[:, None])
