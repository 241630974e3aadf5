"""How far a score would move on other test rows: bootstrap replicates, paired between entries, and intervals.

Three ways, chosen by the truth's rows alone, so that all entries of a competition take the same:

- Up to `EXACT_ROWS` rows: the ordinary bootstrap. n rows are drawn with replacement, and the score is computed
  under the counts.
- More rows, decomposable metric: rows are dealt at random into `BLOCKS` blocks of nearly equal size, and each block
  gets a Poisson(1) weight (N. Chamandy et al., Estimating uncertainty for massive data streams, Google 2012). Since
  the deal is random, a block's mean varies around the whole mean as the mean of so many random rows does, and the
  spread of the weighted means is that of the row-wise bootstrap; its own relative error is about 1/sqrt(2 BLOCKS),
  2 %. All replicates are then one matrix product of (replicates, blocks) and (blocks, terms).
- More rows, metric of ranks: the same with the metric's first-order expansion (`Metric.influence`), which
  leaves out what is smaller by a factor 1/sqrt(n). Where a class is too small for that, block weights are
  applied row by row.

Pairing: weights depend on (seed, number of rows, part) alone. Replicate r of two entries is the score of both
on the same resample, and the difference of their replicates is a replicate of their difference. A resample on
which the truth gives no value (one class only) is drawn again; whether it does depends on the truth alone, so
pairs stay pairs.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.score.errors import MetricUndefined
from seodang.score.evaluate import paired_arrays
from seodang.score.metrics import METRICS
from seodang.score.metrics._base import Metric
from seodang.score.prediction import Prediction
from seodang.score.truth import Part, Truth

Array = NDArray[Any]
Floats = NDArray[np.float64]
Stream = tuple[int, ...]
Options = dict[str, Any]

EXACT_ROWS = 10_000
BLOCKS = 2_048
# Cells of one chunk of a weight matrix: 16 MB of float64.
_CHUNK_CELLS = 2_000_000
_REDRAWS = 200


def replicates(
    truth: Truth,
    prediction: Prediction,
    metric: Metric | str,
    *,
    part: Part = "all",
    n_replicates: int = 500,
    seed: int = 0,
    **options: Any,
) -> NDArray[np.float32]:
    """Bootstrap scores of a prediction, shape (n_replicates,): finite, and the same in every call.

    Raises:
        MetricUndefined: the metric has no value on that part at all.
    """
    metric = METRICS.get(metric) if isinstance(metric, str) else metric
    chosen = metric.read_options(options)
    y, p = paired_arrays(truth, prediction, metric, part)
    y, p, n_classes = metric.arrays(y, p, truth.labels or None)
    if len(y) == 0:
        raise MetricUndefined(N_("There are no rows to score."))
    stream = (seed, len(y), zlib.crc32(part.encode()))
    columns = zip(y.T, p.T, strict=True) if y.ndim == 2 else [(y, p)]
    found = [_replicates(metric, a, b, n_classes, stream, n_replicates, chosen) for a, b in columns]
    return np.asarray(np.mean(found, axis=0), dtype=np.float32)


def interval(score: float, replicates: Array | None, confidence: float = 0.95) -> tuple[float, float]:
    """The percentile interval; it always holds the score itself, and is the score alone without replicates.

    Where fewer than 40 replicates stand behind it, their normal approximation (score ± z·sd) takes the place of
    percentiles, which need tails.
    """
    values = np.asarray(replicates if replicates is not None else [], dtype=np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return score, score
    if len(values) < 40:
        from statistics import NormalDist

        reach = NormalDist().inv_cdf(0.5 + confidence / 2) * (float(values.std(ddof=1)) if len(values) > 1 else 0.0)
        return score - reach, score + reach
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return min(float(low), score), max(float(high), score)


def _replicates(
    metric: Metric, y: Array, p: Array, n_classes: int, stream: Stream, n_replicates: int, options: Options
) -> Floats:
    score = metric.raw_score(y, p, n_classes, None, **options)
    if np.isnan(score):
        metric.check_truth(y, n_classes, **options)
    sampler = _sampler(metric, y, p, n_classes, stream, score, options)
    found = sampler(stream, n_replicates)
    for redraw in range(1, _REDRAWS + 1):
        empty = np.flatnonzero(np.isnan(found))
        if not len(empty):
            break
        # The same rows are empty for every entry, so each gets the same new resample in the same place.
        found[empty] = sampler((*stream, redraw), len(empty))
    # Hundreds of redraws without a value: the truth has next to none, and the score is all that can be said.
    return np.clip(np.where(np.isnan(found), score, found), *metric.bounds)


def _sampler(
    metric: Metric, y: Array, p: Array, n_classes: int, stream: Stream, score: float, options: Options
) -> Callable[[Stream, int], Floats]:
    """What turns a stream of random numbers into so many resampled scores (NaN where there is none)."""
    if len(y) <= EXACT_ROWS:

        def row_by_row(drawn: Stream, size: int) -> Floats:
            counted = _resamples(drawn, len(y), size)
            step = max(1, _CHUNK_CELLS // len(y))
            chunks = [counted[first : first + step] for first in range(0, size, step)]
            return np.concatenate([metric.resampled_scores(y, p, n_classes, c, **options) for c in chunks])

        return row_by_row

    blocks = _deal(stream, len(y))
    sizes = np.bincount(blocks, minlength=BLOCKS).astype(np.float64)
    influence: Floats | None = None
    sums: Floats
    if metric.is_decomposable:
        sums = metric.terms(y, p, n_classes, **options).block_sums(blocks, BLOCKS)
    else:
        influence = metric.influence(y, p, n_classes, **options)
        if influence is not None:
            sums = np.bincount(blocks, weights=influence, minlength=BLOCKS).astype(np.float64, copy=False)

    def block_by_block(drawn: Stream, size: int) -> Floats:
        weights = _block_weights(drawn, size)
        if metric.is_decomposable:
            return metric.finish(weights @ sums / (weights @ sizes)[:, None], n_classes, **options)
        if influence is not None:
            return score + weights @ sums / (weights @ sizes)
        step = max(1, _CHUNK_CELLS // len(y))
        chunks = [weights[first : first + step] for first in range(0, size, step)]
        return np.concatenate([metric.resampled_scores(y, p, n_classes, w[:, blocks], **options) for w in chunks])

    return block_by_block


@lru_cache(maxsize=4)
def _resamples(stream: Stream, n: int, n_replicates: int) -> NDArray[np.uint8]:
    """How often each row is drawn, n draws with replacement: shape (n_replicates, n). Shared by all entries."""
    generator = np.random.default_rng(stream)
    counted = np.empty((n_replicates, n), dtype=np.uint8)
    for replicate in range(n_replicates):
        # No row is drawn 256 times: the chance is below 1e-500.
        counted[replicate] = np.bincount(generator.integers(0, n, size=n, dtype=np.int32), minlength=n)
    return counted


@lru_cache(maxsize=8)
def _block_weights(stream: Stream, n_replicates: int) -> Floats:
    """Poisson(1) weights, shape (n_replicates, BLOCKS)."""
    return np.random.default_rng((*stream, 1)).poisson(1.0, size=(n_replicates, BLOCKS)).astype(np.float64)


@lru_cache(maxsize=4)
def _deal(stream: Stream, n: int) -> NDArray[np.int16]:
    """The block of each row: a random permutation of 0, 1, … BLOCKS - 1, 0, 1, …"""
    dealt = (np.arange(n) % BLOCKS).astype(np.int16)
    np.random.default_rng((*stream, 2)).shuffle(dealt)
    return dealt
