"""Proof that the code does what the book says: a line each, for `seodang neural check`."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seodang.i18n import N_
from seodang.i18n import gettext as _
from seodang.learn.neural import parity
from seodang.learn.neural.activations import ACTIVATIONS
from seodang.learn.neural.dice import Dice
from seodang.learn.neural.differences import largest_difference
from seodang.learn.neural.network import Network

DIFFERENCES_WITHIN = 1e-6


@dataclass(frozen=True)
class Proof:
    """`difference`: the largest that was found; None where it could not be looked for."""

    name: str
    template: str
    loss: str
    activation: str
    within: float
    difference: float | None

    @property
    def was_made(self) -> bool:
        return self.difference is not None

    @property
    def holds(self) -> bool:
        return self.difference is not None and self.difference <= self.within

    @property
    def text(self) -> str:
        if self.difference is None:
            return _(self.template)
        places = {"loss": self.loss, "activation": self.activation, "difference": f"{self.difference:.1e}"}
        return _(self.template) % places

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "loss": self.loss,
            "activation": self.activation,
            "difference": self.difference,
            "within": self.within,
            "holds": self.holds if self.was_made else None,
        }


def proofs() -> Iterator[Proof]:
    yield from without_keras()
    yield from with_keras()


def without_keras() -> Iterator[Proof]:
    for loss in parity.LOSSES:
        for activation in ACTIVATIONS:
            yield by_differences(loss, activation)


def with_keras() -> Iterator[Proof]:
    if importlib.util.find_spec("keras") is None:
        text = N_("Keras is not installed, so nothing was compared with it: pip install 'seodang[learn]'.")
        yield Proof("keras", text, "", "", parity.TOLERANCE, None)
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its start-up news would stand between the lines
    for loss in parity.LOSSES:
        for activation in ACTIVATIONS:
            yield by_keras(loss, activation)


def by_differences(loss_name: str, activation: str) -> Proof:
    loss, n_outputs = parity.LOSSES[loss_name]
    dice = Dice(1)
    X, y = dice.normal(16, 3), parity.targets(loss_name, dice.normal(16, n_outputs))
    network = Network((3, 5, 4, n_outputs), activation, 1)
    for b in network.biases:
        b += dice.normal(len(b))  # without them a sum may stand on ReLU's kink, which has two slopes
    found = largest_difference(network, X, y, loss)
    text = N_("finite differences: %(loss)s, %(activation)s: gradients differ by %(difference)s")
    return Proof("differences", text, loss_name, activation, DIFFERENCES_WITHIN, found)


def by_keras(loss_name: str, activation: str) -> Proof:
    found = parity.compare(loss_name, activation).worst
    text = N_("Keras: %(loss)s, %(activation)s: loss, gradients and steps differ by %(difference)s at most")
    return Proof("keras", text, loss_name, activation, parity.TOLERANCE, found)
