"""What a family is: a scikit-learn estimator for each task, good settings, a space to tune in, a way to be stored.

Estimators keep scikit-learn's contract (`check_estimator` passes): the constructor only stores, learnt state ends
in `_`. They are fitted on what `view` says (`seodang.learn.task.View`), on float64 targets or on class codes
0 … n_classes − 1, of which a small fold may lack some.

An estimator that learns in steps may have `staged_predict_proba(X)` or `staged_predict(X)`, which yield the
prediction after each of its checkpoints, `stages_` (their numbers), and `truncate(stage)`. The climb then treats
every checkpoint as a candidate of its own, chosen over all folds together, so that no fold's validation rows decide
when its own training stops.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from seodang.learn.task import Facts, Feature, View

if TYPE_CHECKING:
    from seodang.learn.rungs import Said
    from seodang.registry import Registry

Settings = Mapping[str, Any]


class Family(ABC):
    """One family of models. The docstring of each subclass says in plain words how such a model predicts, what it
    is good and bad at, and its source."""

    name: ClassVar[str]
    title: ClassVar[str]  # msgid
    order: ClassVar[int]  # place on the ladder: 0 baseline, 10 linear, 20 neighbours, 30 tree, 40 forest …
    view: ClassVar[View]
    turn: ClassVar[int | None] = None  # when its first fold is fitted, where not in the ladder's order
    needs_keras: ClassVar[bool] = False  # runs in the worker that has imported Keras
    is_scaled: ClassVar[bool] = False

    def __repr__(self) -> str:
        return f"<Family {self.name}>"

    def why_not(self, facts: Facts) -> Said | None:
        """A reason to skip this family for such data (too many rows for an SVM …), else None."""
        return None

    @abstractmethod
    def estimator(
        self, facts: Facts, features: Sequence[Feature], settings: Settings, *, seed: int, threads: int
    ) -> Any:
        """An estimator that has not been fitted. Unknown settings raise TypeError."""

    @abstractmethod
    def portfolio(self, facts: Facts) -> list[dict[str, Any]]:
        """Good settings, the best bet first; learnt on other tables than it is judged on. Never empty."""

    def suggest(self, trial: Any, facts: Facts) -> dict[str, Any] | None:
        """Settings drawn by an Optuna trial; None where there is nothing to tune."""
        return None

    @abstractmethod
    def save(self, estimator: Any, folder: Path) -> None:
        """Write a fitted estimator into an empty folder, in a format that is safe to load: no pickle."""

    @abstractmethod
    def load(self, folder: Path) -> Any:
        """The fitted estimator that `save` wrote. Never executes what the folder holds."""


F = TypeVar("F", bound=type[Family])


def register_in(registry: Registry[Family]) -> Callable[[F], F]:
    """A class decorator that keeps one instance of the family in `registry` under its name."""

    def keep(family_class: F) -> F:
        registry.register(family_class.name)(family_class())
        return family_class

    return keep
