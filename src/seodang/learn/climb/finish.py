"""After the last fit: the ensemble, the comparison, the models in their lasting form, all before the budget ends.

Workers write models while this process compares.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn._resample import Judge
from seodang.learn.candidate import Candidate
from seodang.learn.climb import handover
from seodang.learn.climb.climb import Climb
from seodang.learn.climb.crew import Done, Lost
from seodang.learn.climb.record import Entry, FoldJudge, keepings_of, kept
from seodang.learn.climb.tasks import Keep, Keeping
from seodang.learn.compare import ENSEMBLE, RESAMPLES, rungs_from
from seodang.learn.ensemble import Blend, Recipe, blend
from seodang.learn.families import Family
from seodang.learn.rungs import Rung, Said

# Of the time that is left: the ensemble may take this share.
_BLEND_SHARE = 0.45
# Kept for what follows the comparison.
_AFTER_SECONDS = 0.15
# An ensemble of less weight than this is left out; the others share it.
_LEAST_WEIGHT = 0.01


@dataclass(frozen=True)
class Model:
    """What predicts as a rung does: members with weights, each the mean of its fold models, then a temperature."""

    members: tuple[tuple[Candidate, float], ...]
    temperature: float = 1.0


@dataclass
class Finished:
    """
    candidates: all that were compared, those of the ensemble's own prediction last. models: by rung's name.
    unwritten: fold models that were not written in their lasting form when the time was up.
    """

    rungs: list[Rung]
    candidates: list[Candidate]
    models: dict[str, Model]
    unwritten: list[Keeping] = field(default_factory=list)


def finish(climb: Climb, families: Sequence[Family]) -> Finished:
    """Everything that is left when `climb.run` has returned; ends with the budget."""
    return _Finish(climb, families).run()


class _Finish:
    def __init__(self, climb: Climb, families: Sequence[Family]) -> None:
        self.climb = climb
        self.families = families
        self.outline = climb.outline
        self.labels = climb.outline.schema.labels
        self.entries = climb.library.entries
        self.skipped = dict(climb.skipped)
        self.blend: Blend | None = None
        self.pool: list[Entry] = []
        self.blend_seconds = 0.0
        self.written: dict[int, Candidate] = {}

    def run(self) -> Finished:
        self._free_a_worker()
        self.climb.tell("comparing", always=True)
        self._blend()
        keepings = self._keepings()
        self._set_to_keep(keepings)
        candidates = [self._with_models(entry) for entry in self.entries]
        mixed = self._mixed()
        rungs = self._rungs([*candidates, *mixed])
        unwritten = self._wait_for(keepings)
        return Finished(
            rungs=[self._with_holdout(rung) for rung in rungs],
            candidates=[*candidates, *mixed],
            models=self._models(),
            unwritten=unwritten,
        )

    # --- the ensemble ----------------------------------------------------------------------------------------

    def _blend(self) -> None:
        self.pool = self.climb.library.with_models
        if len(self.climb.library.families) < 2 or len(self.pool) < 2:
            return
        begun = time.monotonic()
        left = max(0.0, self.climb.clock.deadline - begun)
        self.blend = blend(
            [entry.candidate.oof for entry in self.pool],
            self.outline.y,
            self.outline.folds,
            self.outline.metric,
            self.labels,
            deadline=begun + _BLEND_SHARE * left,
        )
        if self.blend is not None and not self.blend.recipe.is_more_than_a_member:
            self.blend = None
            self.skipped[ENSEMBLE] = Said(
                "alone", N_("No mix of candidates was better than the best of them alone."), {}
            )
        self.blend_seconds = time.monotonic() - begun

    @property
    def _members(self) -> list[Entry]:
        if self.blend is None:
            return []
        return [self.pool[place] for place in sorted(self.blend.recipe.weights)]

    def _mixed(self) -> list[Candidate]:
        if self.blend is None:
            return []
        judge = FoldJudge(self.outline)
        oof = self.blend.oof
        scores = [judge.score(fold, oof[valid]) for fold, (_, valid) in enumerate(self.outline.folds)]
        return [
            Candidate(
                family=ENSEMBLE,
                settings=self._recipe_as_json(self.blend.recipe),
                oof=oof,
                fold_scores=tuple(scores),
                seconds=self.blend_seconds,
            )
        ]

    def _recipe_as_json(self, recipe: Recipe) -> dict[str, Any]:
        members = sorted(recipe.weights.items(), key=lambda pair: (-pair[1], pair[0]))
        return {
            "members": [
                {
                    "family": self.pool[place].candidate.family,
                    "settings": dict(self.pool[place].candidate.settings),
                    "stage": self.pool[place].candidate.stage,
                    "weight": round(weight, 6),
                }
                for place, weight in members
            ],
            "temperature": round(recipe.temperature, 4),
        }

    # --- comparing -------------------------------------------------------------------------------------------

    def _rungs(self, candidates: list[Candidate]) -> list[Rung]:
        clock = self.climb.clock
        return rungs_from(
            candidates,
            self.skipped,
            self.families,
            self.outline.y,
            self.outline.folds,
            self.outline.metric,
            self.labels,
            seed=self.climb.asked.seed,
            provisional=not self._can_compare,
            deadline=clock.deadline - _AFTER_SECONDS,
            groups=self.outline.groups,
            seconds={**self.climb.spent, ENSEMBLE: self.blend_seconds},
        )

    @property
    def _can_compare(self) -> bool:
        """Whether intervals of all families can be had in time: some metrics have no quick way on some tables."""
        left = self.climb.clock.last_moment - 2 * _AFTER_SECONDS - time.monotonic()
        if left <= 0:
            return False
        judge = Judge.of(self.outline.metric, self.outline.y, self.labels, groups=self.outline.groups)
        oof = self.entries[0].candidate.oof
        few, more = (_seconds_of(judge, oof, n) for n in (8, 32))
        one = few + RESAMPLES * max(0.0, more - few) / 24
        return (len(self.climb.library.families) + 2) * one < left

    def _with_holdout(self, rung: Rung) -> Rung:
        if not len(self.outline.held_y) or rung.score is None:
            return rung
        held = self._held_of(rung.name)
        if held is None:
            return rung
        judge = Judge.of(self.outline.metric, self.outline.held_y, self.labels)
        score = judge.score(held)
        return rung if math.isnan(score) else replace(rung, holdout_score=score)

    def _held_of(self, name: str) -> Any:
        if name != ENSEMBLE:
            entry = self.climb.library.best(name)
            return None if entry is None else entry.held
        if self.blend is None:
            return None
        held = {place: self.pool[place].held for place in self.blend.recipe.weights}
        if any(prediction is None for prediction in held.values()):
            return None
        return self.blend.recipe.apply(held)  # type: ignore[arg-type]

    # --- keeping models --------------------------------------------------------------------------------------

    def _free_a_worker(self) -> None:
        """Who still fits is ended; one worker at least is there to write models."""
        crew = self.climb.crew
        for member in crew.busy:
            crew.dismiss(member)
        if not crew.members:
            crew.add()

    def _keepings(self) -> list[Keeping]:
        """The most important first: members of the ensemble, then the best of each family."""
        best = [entry for name in self.climb.library.families if (entry := self.climb.library.best(name))]
        wanted = {id(entry): entry for entry in [*self._members, *sorted(best, key=lambda e: e.loss)]}
        found = []
        for entry in wanted.values():
            candidate = entry.candidate
            family = next(f for f in self.families if f.name == candidate.family)
            own = keepings_of(entry, family, self.climb.folder)
            found += own
            self.written[id(entry)] = kept(entry, [keeping.folder for keeping in own])
        return found

    def _with_models(self, entry: Entry) -> Candidate:
        return self.written.get(id(entry), entry.candidate)

    def _set_to_keep(self, keepings: list[Keeping]) -> None:
        """Networks are written by one worker, so that one alone imports what that needs."""
        crew = self.climb.crew
        free = sorted(crew.free, key=lambda member: (not member.has_kept_networks, not member.has_keras))
        networks = [keeping for keeping in keepings if keeping.family.needs_keras]
        others = [keeping for keeping in keepings if not keeping.family.needs_keras]
        n = len(free)
        for place, member in enumerate(free):
            share = (*(networks if place == 0 else ()), *others[n - 1 - place :: n])
            if share:
                crew.give(member, Keep(self.climb.folder / "data", share))

    def _wait_for(self, keepings: list[Keeping]) -> list[Keeping]:
        """Until all are written or the promise ends; returns those that are not."""
        crew = self.climb.crew
        while crew.busy and time.monotonic() < self.climb.clock.last_moment:
            for event in crew.wait(0.05):
                if isinstance(event, Done | Lost) and isinstance(event.task, Keep):
                    continue
            self.climb.tell("saving")
        return [keeping for keeping in keepings if not keeping.folder.exists()]

    def _models(self) -> dict[str, Model]:
        models = {}
        for name in self.climb.library.families:
            entry = self.climb.library.best(name)
            if entry is not None:
                models[name] = Model(((self._with_models(entry), 1.0),))
        if self.blend is not None:
            recipe = self.blend.recipe
            members = [(self._with_models(self.pool[p]), w) for p, w in sorted(recipe.weights.items())]
            models[ENSEMBLE] = Model(tuple(members), recipe.temperature)
        return models


def _seconds_of(judge: Judge, oof: NDArray[np.float32], n_resamples: int) -> float:
    begun = time.perf_counter()
    judge.resample(oof, n_resamples)
    return time.perf_counter() - begun


def remove_fitted(folder: Path, unwritten: Sequence[Keeping]) -> None:
    """Estimators as they were laid down are not needed any more, save where no lasting form was made yet."""
    needed = {keeping.model for keeping in unwritten}
    for path in (folder / "fitted").glob("*"):
        if path.suffix.lstrip(".").isdigit() and path.with_suffix("") in needed:
            continue
        if path not in needed and path.exists():
            handover.remove(path)
