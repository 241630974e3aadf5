"""A ladder as the report reads it: what the sections share, computed once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seodang.errors import fill
from seodang.i18n import gettext
from seodang.learn._resample import Judge, covered
from seodang.learn.candidate import Candidate
from seodang.learn.rungs import Rung
from seodang.learn.task import Task
from seodang.score.metrics import METRICS
from seodang.score.metrics._base import Metric

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]
SHOWN_RUNGS = 3


@dataclass
class Reading:
    """`deadline`: of `time.monotonic()`; sections that can be shortened end by then."""

    ladder: Any
    deadline: float
    kept: dict[str, Any] = field(default_factory=dict)

    # --- time ------------------------------------------------------------------------------------------------

    def seconds_left(self, share: float = 1.0) -> float:
        return max(0.0, share * (self.deadline - time.monotonic()))

    # --- what was asked --------------------------------------------------------------------------------------

    @property
    def task(self) -> Task:
        return Task(self.ladder.task)

    @cached_property
    def metric(self) -> Metric:
        return METRICS.get(str(self.ladder.metric))

    @cached_property
    def metric_title(self) -> str:
        return gettext(self.metric.title)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.ladder.schema.labels)

    @property
    def target(self) -> str:
        return str(self.ladder.schema.target)

    @property
    def are_images(self) -> bool:
        return getattr(self.ladder.schema, "picture_shape", None) is not None

    @cached_property
    def prepared(self) -> Any:
        """`seodang.learn.data.prepare.Prepared`; a ladder reads it from disk whenever it is asked."""
        return self.ladder.prepared

    @cached_property
    def y(self) -> Array:
        return np.asarray(self.prepared.y)

    @property
    def frame(self) -> pd.DataFrame:
        """The table as models get it, one row for each of `y`."""
        found: pd.DataFrame = self.prepared.X
        return found

    @property
    def seed(self) -> int:
        return int(self.ladder.seed)

    @cached_property
    def fold_of(self) -> NDArray[np.int64]:
        """The fold that holds each row out, (n,); −1 where none does."""
        found = np.full(len(self.y), -1, dtype=np.int64)
        for number, (_, valid) in enumerate(self.ladder.folds):
            found[valid] = number
        return found

    # --- rungs -----------------------------------------------------------------------------------------------

    @property
    def rungs(self) -> list[Rung]:
        return list(self.ladder.rungs)

    @cached_property
    def climbed(self) -> list[Rung]:
        return [rung for rung in self.rungs if rung.score is not None]

    @property
    def best(self) -> Rung:
        found: Rung = self.ladder.best
        return found

    @cached_property
    def by_score(self) -> list[Rung]:
        sign = -1 if self.metric.greater_is_better else 1
        others = [rung for rung in self.climbed if rung.name != self.best.name]
        return [self.best, *sorted(others, key=lambda rung: sign * float(rung.score or 0.0))]

    @cached_property
    def shown(self) -> list[Rung]:
        """The best rung and the next ones, whose predictions are looked at closely; never the baseline."""
        able = [rung for rung in self.by_score if rung.name in self.candidates and rung.name != "baseline"]
        return able[:SHOWN_RUNGS] or [rung for rung in self.by_score if rung.name in self.candidates][:1]

    @cached_property
    def candidates(self) -> dict[str, Candidate]:
        """For each rung the candidate that stands for it: that of its settings, and of those the best."""
        judge = Judge.of(self.metric, self.y, self.labels)
        wanted = {rung.name: dict(rung.settings) for rung in self.climbed}
        found: dict[str, tuple[float, Candidate]] = {}
        for candidate in self.ladder.candidates:
            if candidate.family not in wanted:
                continue
            score = judge.sign * judge.score(candidate.oof)
            fits = dict(candidate.settings) == wanted[candidate.family]
            worth = (score if np.isfinite(score) else -np.inf) + (0.0 if fits else -1e12)
            if candidate.family not in found or worth > found[candidate.family][0]:
                found[candidate.family] = (worth, candidate)
        return {name: candidate for name, (_, candidate) in found.items()}

    def oof(self, rung: Rung) -> tuple[Array, Array]:
        """Row numbers that have an out-of-fold prediction, and those predictions in float64."""
        oof = self.candidates[rung.name].oof
        rows = np.flatnonzero(covered(oof))
        return rows, np.asarray(oof[rows], dtype=np.float64)

    def title(self, rung: Rung) -> str:
        return gettext(rung.title)

    # --- sampling --------------------------------------------------------------------------------------------

    def sample(self, n: int, most: int, stream: int) -> Array:
        """At most `most` of n row numbers, the same in every report of the same ladder."""
        if n <= most:
            return np.arange(n)
        return np.sort(np.random.default_rng((self.seed, stream)).choice(n, most, replace=False))

    def warnings(self) -> list[Any]:
        return list(getattr(self.ladder, "warnings", ()) or ())

    @property
    def notes(self) -> list[Any]:
        return list(getattr(self.ladder, "notes", ()) or ())

    @property
    def direction(self) -> str:
        return gettext("greater is better") if self.metric.greater_is_better else gettext("smaller is better")

    def axis_title(self) -> str:
        return fill("%(metric)s (%(direction)s)", {"metric": self.metric_title, "direction": self.direction})
