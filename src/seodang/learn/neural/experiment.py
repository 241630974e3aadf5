"""The settings of one trial, from the data's name to the curve: what the playground's address holds, too.

`Experiment.from_link` reads the part of such an address behind `#`, so that what a class saw in the browser can be
run again here, with the same points, the same first weights and the same batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from urllib.parse import parse_qsl

from seodang.i18n import N_
from seodang.learn.errors import ChoiceInvalid
from seodang.learn.neural.activations import ACTIVATIONS
from seodang.learn.neural.data import CLASSES, SETS, points
from seodang.learn.neural.dice import Array
from seodang.learn.neural.features import FEATURES, shown
from seodang.learn.neural.losses import Loss, binary_cross_entropy, squared_error
from seodang.learn.neural.network import Network
from seodang.learn.neural.optimizers import OPTIMIZERS
from seodang.learn.neural.penalties import PENALTIES
from seodang.learn.neural.training import Epoch, train

MOST_LAYERS, MOST_UNITS = 6, 8  # what the playground draws


@dataclass(frozen=True)
class Experiment:
    """Every field has the name of the option and of the part of the address. Noise and train are percentages."""

    data: str = "circle"
    noise: int = 10
    train: int = 50
    features: tuple[str, ...] = ("x1", "x2")
    layers: tuple[int, ...] = (4, 4)
    activation: str = "tanh"
    optimizer: str = "adam"
    rate: float = 0.01
    penalty: str = "none"
    strength: float = 0.0
    batch: int = 10
    seed: int = 3  # with which the plain sets are learnt soon and the spiral in the end

    def __post_init__(self) -> None:
        one_of("data", self.data, SETS)
        one_of("activation", self.activation, ACTIVATIONS)
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        one_of("penalty", self.penalty, PENALTIES)
        if not self.features:
            raise ChoiceInvalid(N_("The network needs at least one feature: %(names)s."), names=", ".join(FEATURES))
        for feature in self.features:
            one_of("features", feature, FEATURES)
        within("noise", self.noise, 0, 50)
        within("train", self.train, 10, 90)
        within("batch", self.batch, 1, 400)
        within("seed", self.seed, 0, 2**32 - 1)
        within("rate", self.rate, 1e-6, 10)
        within("strength", self.strength, 0, 10)
        for units in self.layers:
            within("layers", units, 1, 1000)

    @property
    def has_classes(self) -> bool:
        return self.data in CLASSES

    @property
    def loss(self) -> Loss:
        return binary_cross_entropy if self.has_classes else squared_error

    def network(self) -> Network:
        return Network((len(self.features), *self.layers, 1), self.activation, self.seed)

    def examples(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """Training and test examples: what the network is shown (n, n_features), and the truth (n, 1)."""
        X, y = points(self.data, self.seed, self.noise / 100)
        n_train = len(X) * self.train // 100
        X = shown(X, self.features)
        return (X[:n_train], y[:n_train]), (X[n_train:], y[n_train:])

    def run(self, network: Network, epochs: int) -> Iterator[Epoch]:
        (X, y), test = self.examples()
        return train(
            network,
            X,
            y,
            self.loss,
            OPTIMIZERS[self.optimizer](self.rate),
            epochs=epochs,
            batch_size=self.batch,
            penalty=PENALTIES[self.penalty],
            strength=self.strength,
            test=test,
            seed=self.seed,
        )

    @classmethod
    def from_link(cls, link: str, **texts: str) -> Experiment:
        """Of a playground's address, or of the part behind its #; `texts` go before what it says."""
        said = dict(parse_qsl(link.rpartition("#")[2], keep_blank_values=True))
        return cls.of(said | texts)

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Experiment:
        """Of names and texts, such as {"data": "spiral", "layers": "8,8"}. Other names are left alone."""
        known = {field.name: texts[field.name] for field in fields(cls) if field.name in texts}
        return cls(**{name: read(name, text) for name, text in known.items()})  # type: ignore[arg-type]


def read(name: str, text: str) -> str | int | float | tuple[str, ...] | tuple[int, ...]:
    try:
        if name == "features":
            return tuple(part.strip() for part in text.split(",") if part.strip())
        if name == "layers":
            return tuple(int(part) for part in text.split(",") if part.strip())
        if name in {"noise", "train", "batch", "seed"}:
            return int(text)
        return float(text) if name in {"rate", "strength"} else text
    except ValueError:
        raise ChoiceInvalid(
            N_("%(name)s should be a number, or whole numbers such as 8,8. Received: “%(text)s”."),
            name=name,
            text=text,
        ) from None


def one_of(name: str, received: str, choices: Mapping[str, object]) -> None:
    if received not in choices:
        raise ChoiceInvalid(
            N_("%(name)s should be one of %(choices)s. Received: “%(received)s”."),
            name=name,
            choices=", ".join(choices),
            received=received,
        )


def within(name: str, received: float, low: float, high: float) -> None:
    if not low <= received <= high:  # NaN is not, either
        raise ChoiceInvalid(
            N_("%(name)s should be from %(low)s to %(high)s. Received: %(received)s."),
            name=name,
            low=f"{low:g}",
            high=f"{high:g}",
            received=f"{received:g}",
        )
