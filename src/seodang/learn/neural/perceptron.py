"""Rosenblatt's perceptron: one unit, two classes, and a rule that moves the line only when it errs.

Source: F. Rosenblatt, The Perceptron, Psychological Review 65 (1958); it stops after finitely many errors if some
line parts the classes (Novikoff, 1962), and never otherwise.
"""

from __future__ import annotations

import numpy as np

from seodang.learn.neural.dice import ORDER, Array, Dice


class Perceptron:
    def __init__(self, n_features: int) -> None:
        self.w = np.zeros(n_features)  # (n_features,)
        self.b = 0.0

    def predict(self, X: Array) -> Array:
        """X (n, n_features) → (n,): 1 on the side that w points to, else 0."""
        return (X @ self.w + self.b > 0).astype(float)

    def learn(self, X: Array, y: Array, epochs: int = 100, seed: int = 0) -> list[int]:
        """y (n,): 0 or 1. How many errors each epoch made; it ends with the first epoch that made none."""
        dice = Dice(seed, ORDER)
        errors_of_epochs = []
        for _epoch in range(epochs):
            errors = 0
            for i in dice.order(len(X)):
                error = y[i] - self.predict(X[i : i + 1])[0]  # 0 right, 1 should fire, -1 should not
                self.w += error * X[i]
                self.b += error
                errors += error != 0
            errors_of_epochs.append(int(errors))
            if errors == 0:
                break
        return errors_of_epochs
