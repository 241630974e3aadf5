"""Columns brought to a common scale, outliers bent in: robust scaling and smooth clipping (RealMLP, arXiv
2407.04491, section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLIP = 3.0


@dataclass(frozen=True)
class RobustScaling:
    """x → z / √(1 + (z/3)²), z = (x − median) / quartile range; |result| < 3.

    centre, factor: float64 (p,). A column whose quartiles are equal is scaled by half its range; a constant one
    becomes 0.
    """

    centre: NDArray[np.float64]
    factor: NDArray[np.float64]

    @classmethod
    def of(cls, X: NDArray[Any]) -> RobustScaling:
        low, first, centre, third, high = np.quantile(X.astype(np.float64), (0, 0.25, 0.5, 0.75, 1), axis=0)
        spread = np.where(third > first, third - first, (high - low) / 2)
        with np.errstate(divide="ignore"):
            factor = np.where(spread > 0, 1 / spread, 0.0)
        return cls(centre, np.where(np.isfinite(factor), factor, 0.0))

    def apply(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """float32 (n, p) of X (n, p)."""
        z = (X - self.centre) * self.factor
        return np.asarray(z / np.sqrt(1 + (z / CLIP) ** 2), np.float32)

    def as_json(self) -> dict[str, list[float]]:
        return {"centre": self.centre.tolist(), "factor": self.factor.tolist()}

    @classmethod
    def from_json(cls, stored: dict[str, list[float]]) -> RobustScaling:
        return cls(np.asarray(stored["centre"], np.float64), np.asarray(stored["factor"], np.float64))
