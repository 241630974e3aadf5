"""Chance that can be repeated, the same in Python and in the browser (`playground/dice.js`).

NumPy's own generator is better, but a browser has not got it, and in class both should show the same points and
begin with the same weights. A counter goes up in steps of the golden ratio and is scrambled (SplitMix: Steele, Lea
and Flood, 2014; the scrambling is the finaliser of MurmurHash3, 32 bits).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

GOLDEN = np.uint32(0x9E3779B9)  # 2³² divided by the golden ratio
DATA, WEIGHTS, ORDER = 0, 1, 2  # dice of their own: a new layer must not move the points


def scramble(counter: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Spread every bit of the counter over all 32 bits; what overflows is dropped."""
    h = counter ^ (counter >> np.uint32(16))
    h = h * np.uint32(0x85EBCA6B)
    h = h ^ (h >> np.uint32(13))
    h = h * np.uint32(0xC2B2AE35)
    return np.asarray(h ^ (h >> np.uint32(16)), dtype=np.uint32)


class Dice:
    def __init__(self, seed: int, use: int = DATA) -> None:
        """Seed: a whole number from 0 to 2³² - 1. Use: DATA, WEIGHTS or ORDER."""
        first = scramble(np.array([seed], dtype=np.uint32))
        self.counter = scramble(first + np.uint32(use))  # (1,)

    def uniform(self, *shape: int) -> Array:
        """Numbers in [0, 1), evenly spread."""
        n = math.prod(shape)
        counters = self.counter + GOLDEN * np.arange(1, n + 1, dtype=np.uint32)  # (n,)
        if n:
            self.counter = counters[-1:]
        return (scramble(counters) / 2.0**32).reshape(shape)

    def normal(self, *shape: int) -> Array:
        """Numbers with mean 0 and variance 1 (Box and Muller, 1958)."""
        radius = np.sqrt(-2.0 * np.log(1.0 - self.uniform(*shape)))
        return radius * np.cos(2.0 * np.pi * self.uniform(*shape))

    def order(self, n: int) -> npt.NDArray[np.intp]:
        """The numbers 0 … n - 1, shuffled."""
        return np.argsort(self.uniform(n), kind="stable")
