"""A fitted network in a folder: `network.keras` (the model, as Keras writes it) and `network.json` (all else).

Loading builds the architecture from our own JSON, checked, and takes nothing but arrays from the Keras file: its
configuration is never read, so nothing it names is ever imported or called.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from seodang.i18n import N_
from seodang.learn.errors import ModelUnreadable
from seodang.learn.networks.program import program_of

FORMAT = 1


def save(estimator: Any, folder: Path) -> None:
    """Write a fitted network estimator into `folder`."""
    program_of(estimator.spec_).fill(estimator.weights_).save(folder / "network.keras")
    stored = {
        "format": FORMAT,
        "estimator": type(estimator).__name__,
        "settings": estimator.get_params(),
        "spec": estimator.spec_,
        "n_features": estimator.n_features_in_,
        "state": estimator.state_as_json(),
    }
    (folder / "network.json").write_text(json.dumps(stored), encoding="utf-8")


def load(folder: Path, *estimator_classes: type) -> Any:
    """The estimator that `save` wrote: of one of `estimator_classes`."""
    try:
        stored = json.loads((folder / "network.json").read_text(encoding="utf-8"))
        kinds = {kind.__name__: kind for kind in estimator_classes}
        estimator = kinds[stored["estimator"]](**stored["settings"])
        program = program_of(stored["spec"])
        program.model.load_weights(folder / "network.keras")
        estimator.restore(stored["state"], stored["spec"], stored["n_features"], program.held())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnreadable(
            N_("The stored network in “%(folder)s” cannot be read: %(reason)s."),
            hint=N_("Save the model again with this version of seodang."),
            folder=str(folder),
            reason=str(error),
        ) from error
    return estimator
