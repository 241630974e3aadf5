"""Pictures made smaller before a network sees them. NumPy only."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 256


def shrink(pictures: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """uint8 (n, side, side, channels) of uint8 (n, height, width, channels): each new pixel is the mean of the area
    that it covers (or the nearest pixel, where pictures are smaller than `side`)."""
    n, height, width, channels = pictures.shape
    if (height, width) == (side, side):
        return pictures
    small = np.empty((n, side, side, channels), np.uint8)
    down, across = _areas(height, side), _areas(width, side)
    for start in range(0, n, _AT_ONCE):
        block = pictures[start : start + _AT_ONCE].astype(np.float32)
        rows = np.tensordot(block, down, axes=(1, 1))  # (n, width, channels, side)
        both = np.tensordot(rows, across, axes=(1, 1))  # (n, channels, side, side)
        small[start : start + _AT_ONCE] = np.clip(np.rint(both.transpose(0, 2, 3, 1)), 0, 255)
    return small


@lru_cache(maxsize=32)
def _areas(old: int, new: int) -> NDArray[np.float32]:
    """(new, old): the share of each old pixel in each new one; rows sum to one."""
    edges = np.linspace(0, old, new + 1)
    low, high = edges[:-1, None], edges[1:, None]
    pixel: NDArray[Any] = np.arange(old)[None]
    shares = np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)
