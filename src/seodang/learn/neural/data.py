"""Points in the plane to learn from. `playground/data.js` makes the very same ones of the same seed.

Every set lies about the origin, within ±3. Noise is a share: 0 draws the bare shape, 0.5 blurs it by half a unit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from seodang.learn.neural.dice import Array, Dice

REACH = 3.0  # the square that is drawn: -3 to 3 both ways
N_POINTS = 400


def circle(n: int, dice: Dice) -> tuple[Array, Array]:
    """A disc (1) in a ring (0)."""
    y = _halves(n)
    radius = np.where(y == 1, 1.2 * np.sqrt(dice.uniform(n)), 1.8 + 0.7 * dice.uniform(n))  # (n,)
    return _polar(radius, 2 * np.pi * dice.uniform(n)), y


def xor(n: int, dice: Dice) -> tuple[Array, Array]:
    """Four squares; opposite ones belong together. No line parts them."""
    X = 5.0 * dice.uniform(n, 2) - 2.5  # (n, 2)
    X += np.where(X > 0, 0.15, -0.15)  # a gap along the axes
    return X, (X[:, 0] * X[:, 1] > 0).astype(float)


def gaussians(n: int, dice: Dice) -> tuple[Array, Array]:
    """Two clouds. One unit is enough."""
    y = _halves(n)
    centre = np.where(y == 1, 1.2, -1.2)  # (n,)
    return centre[:, None] + 0.5 * dice.normal(n, 2), y


def spiral(n: int, dice: Dice) -> tuple[Array, Array]:
    """Two arms around each other, one turn and three quarters."""
    y = _halves(n)
    along = np.sqrt(dice.uniform(n))  # from the middle (0) to the end (1); the root spreads them evenly
    angle = 1.75 * 2 * np.pi * along + np.pi * y
    return _polar(2.6 * along + 0.1, angle), y


def moons(n: int, dice: Dice) -> tuple[Array, Array]:
    """Two half-moons that reach into each other."""
    y = _halves(n)
    angle = np.pi * dice.uniform(n)
    x1 = np.where(y == 1, 1.0 - np.cos(angle), np.cos(angle))
    x2 = np.where(y == 1, 0.5 - np.sin(angle), np.sin(angle))
    return 1.5 * np.stack([x1 - 0.5, x2 - 0.25], axis=1), y


def plane(n: int, dice: Dice) -> tuple[Array, Array]:
    """Regression: the answer rises evenly to one corner, from -1 to 1."""
    X = 5.0 * dice.uniform(n, 2) - 2.5
    return X, (X[:, 0] + X[:, 1]) / 5.0


def gauss(n: int, dice: Dice) -> tuple[Array, Array]:
    """Regression: two hills (1) and two hollows (-1) in the four quarters."""
    X = 5.0 * dice.uniform(n, 2) - 2.5
    y = np.zeros(n)
    for middle, height in (((1.3, 1.3), 1), ((-1.3, -1.3), 1), ((1.3, -1.3), -1), ((-1.3, 1.3), -1)):
        y += height * np.exp(-((X - middle) ** 2).sum(axis=1))
    return X, y


Maker = Callable[[int, Dice], tuple[Array, Array]]
CLASSES: dict[str, Maker] = {m.__name__: m for m in (circle, xor, gaussians, spiral, moons)}
REGRESSION: dict[str, Maker] = {m.__name__: m for m in (plane, gauss)}
SETS: dict[str, Maker] = CLASSES | REGRESSION


def points(name: str, seed: int = 0, noise: float = 0.0, n: int = N_POINTS) -> tuple[Array, Array]:
    """X (n, 2) in a random order, y (n, 1): 0 or 1 for classes, about -1 to 1 for regression.

    Noise moves the points of classes, and the answers of regression.
    """
    dice = Dice(seed)
    X, y = SETS[name](n, dice)
    if name in CLASSES:
        X = X + noise * dice.normal(n, 2)
    else:
        y = y + noise * dice.normal(n)
    order = dice.order(n)
    return X[order], y[order, None]


def _halves(n: int) -> Array:
    """The first half 0, the second 1."""
    return (np.arange(n) >= n // 2).astype(float)


def _polar(radius: Array, angle: Array) -> Array:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
