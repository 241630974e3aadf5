"""The family of convolutional networks for pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seodang.i18n import N_
from seodang.learn.families import register
from seodang.learn.families._base import Family, Settings
from seodang.learn.task import Facts, Feature, Task, View

if TYPE_CHECKING:
    from seodang.learn.rungs import Said


@register
class Cnn(Family):
    """Small filters slide over the picture and answer where their pattern stands; the next layer's filters slide
    over the answers, at half the size; at the end the mean answer of each filter over the whole plane is weighed.
    Pictures are turned, zoomed, shifted and relit a little each time they are shown. Good with pictures from some
    hundred on; needs more arithmetic than all other families together.
    Sources: LeCun et al. 1998; He et al. 2016, arXiv 1512.03385 (added layers)."""

    name = "cnn"
    title = N_("Convolutional network")
    order = 90
    view = View.PICTURES
    needs_keras = True

    def why_not(self, facts: Facts) -> Said | None:
        from seodang.learn.networks.reasons import no_pictures

        return no_pictures(facts)

    def estimator(
        self, facts: Facts, features: Sequence[Feature], settings: Settings, *, seed: int, threads: int
    ) -> Any:
        from seodang.learn.networks.backend import prepare_backend
        from seodang.learn.networks.cnn import CnnClassifier, CnnRegressor

        prepare_backend(threads)
        kind = CnnRegressor if facts.task is Task.REGRESSION else CnnClassifier
        return kind(**settings, random_state=seed)

    def portfolio(self, facts: Facts) -> list[dict[str, Any]]:
        from seodang.learn.networks.plan import epochs_for

        first = {"epochs": epochs_for(facts.n_train, 20_000), "side": 24}
        return [first, {"epochs": epochs_for(facts.n_train, 40_000), "side": 32}, {**first, "flip": True}]

    def save(self, estimator: Any, folder: Path) -> None:
        from seodang.learn.networks.store import save

        save(estimator, folder)

    def load(self, folder: Path) -> Any:
        from seodang.learn.networks.cnn import CnnClassifier, CnnRegressor
        from seodang.learn.networks.store import load

        return load(folder, CnnClassifier, CnnRegressor)
