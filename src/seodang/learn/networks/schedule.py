"""How learning rate, weight decay and dropout change while a network learns. `t`: share of the training, 0 … 1.

Source: RealMLP (Holzmüller et al. 2024, arXiv 2407.04491, section 3 and appendix A).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

CYCLES = 4


def coslog(t: Any, cycles: int = CYCLES) -> NDArray[np.float64]:
    """Cosine-log: ½ (1 − cos(2π log₂(1 + (2^cycles − 1) t))). Each cycle lasts twice as long as the one before; the
    rate climbs from 0 to 1 and falls back to 0, which lets every cycle end in a usable network."""
    return np.asarray(0.5 * (1 - np.cos(2 * np.pi * np.log2(1 + (2**cycles - 1) * np.asarray(t, float)))))


def cycle_ends(cycles: int = CYCLES) -> list[float]:
    """The t at which `coslog` is 0 again: [1/15, 3/15, 7/15, 1] for four cycles."""
    return [(2**k - 1) / (2**cycles - 1) for k in range(1, cycles + 1)]


def flat_cos(t: Any) -> NDArray[np.float64]:
    """1 in the first half, then a cosine down to 0."""
    return np.asarray(0.5 * (1 + np.cos(np.pi * (np.maximum(1, 2 * np.asarray(t, float)) - 1))))


def one_cycle(t: Any, warm: float = 0.1) -> NDArray[np.float64]:
    """A linear rise over the first `warm` share, then a cosine down to 0."""
    share = np.asarray(t, float)
    return np.where(share < warm, share / warm, 0.5 * (1 + np.cos(np.pi * (share - warm) / (1 - warm))))


def flat(t: Any) -> NDArray[np.float64]:
    """1 throughout."""
    return np.ones_like(np.asarray(t, float))


SCHEDULES = {"flat": flat, "coslog": coslog, "flat_cos": flat_cos, "one_cycle": one_cycle}
