"""Tiny families with the manners that a climb must bear: quick, slow, staged, broken, greedy, deadly."""

from __future__ import annotations

import json
import os
import time

import numpy as np

from seodang.learn.families import Family
from seodang.learn.task import View


class Constant:
    """Predicts the training target's mean or class shares, moved by `shift`; staged where `n_stages` is given."""

    def __init__(self, shift=0.0, classes=0, n_stages=0):
        self.shift, self.classes, self.n_stages = shift, classes, n_stages
        self.stages_ = list(range(1, n_stages + 1))
        self.stage_ = n_stages

    def fit(self, X, y):
        if self.classes:
            self.classes_ = np.unique(y)
            self.value_ = np.array([(y == c).mean() for c in self.classes_])
        else:
            self.value_ = float(np.mean(y))
        return self

    def _moved(self, n, stage):
        shift = self.shift + (0.0 if not self.n_stages else 0.1 * abs(stage - 2))
        if not self.classes:
            return np.full(n, self.value_ + shift)
        p = np.tile(self.value_, (n, 1)) + shift
        return p / p.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self._moved(len(X), self.stage_)

    def predict_proba(self, X):
        return self._moved(len(X), self.stage_)

    def staged_predict(self, X):
        return (self._moved(len(X), stage) for stage in self.stages_)

    staged_predict_proba = staged_predict

    def truncate(self, stage):
        self.stage_ = stage
        return self


class StandIn(Family):
    """Name, portfolio and manners are given; what is saved is JSON."""

    view = View.MATRIX

    def __init__(self, name="standin", order=5, portfolio=({"shift": 0.0},), tunes=False, n_stages=0):
        self.name = name
        self.title = name.capitalize()
        self.order = order
        self._portfolio = list(portfolio)
        self._tunes = tunes
        self._n_stages = n_stages

    def estimator(self, facts, features, settings, *, seed, threads):
        return Constant(classes=facts.n_classes, n_stages=self._n_stages, **settings)

    def portfolio(self, facts):
        return [dict(settings) for settings in self._portfolio]

    def suggest(self, trial, facts):
        return {"shift": trial.suggest_float("shift", 0.0, 1.0)} if self._tunes else None

    def save(self, estimator, folder):
        state = {
            "value": np.asarray(estimator.value_).tolist(),
            "shift": estimator.shift,
            "stage": estimator.stage_,
        }
        state |= {"classes": estimator.classes, "n_stages": estimator.n_stages}
        state["present"] = [int(c) for c in getattr(estimator, "classes_", [])]
        (folder / "model.json").write_text(json.dumps(state))

    def load(self, folder):
        state = json.loads((folder / "model.json").read_text())
        made = Constant(state["shift"], state["classes"], state["n_stages"])
        made.value_ = np.asarray(state["value"]) if state["classes"] else state["value"]
        made.stage_, made.classes_ = state["stage"], np.array(state["present"])
        return made


class Slow(StandIn):
    """Each fit takes so many seconds."""

    def __init__(self, seconds, **how):
        super().__init__(**how)
        self._seconds = seconds

    def estimator(self, *arguments, **named):
        time.sleep(self._seconds)
        return super().estimator(*arguments, **named)


class Uneven(Slow):
    """Its first settings are quick, all others never end."""

    def estimator(self, facts, features, settings, *, seed, threads):
        self._seconds = 3_600 if settings["shift"] else 0.0
        return super().estimator(facts, features, settings, seed=seed, threads=threads)


class Stubborn(StandIn):
    """Works for ever, and holds the interpreter while it does."""

    def estimator(self, *arguments, **named):
        while True:
            sum(range(10_000_000))


class Broken(StandIn):
    def estimator(self, *arguments, **named):
        raise ValueError("this estimator was never finished")


class Deadly(StandIn):
    """Ends its process."""

    def estimator(self, *arguments, **named):
        os._exit(7)


class Greedy(StandIn):
    """Takes memory until it is stopped."""

    def estimator(self, *arguments, **named):
        held = []
        while True:
            held.append(np.ones(4_000_000))
            time.sleep(0.01)


class NotANumber(StandIn):
    def estimator(self, facts, features, settings, *, seed, threads):
        return Constant(shift=float("nan"), classes=facts.n_classes)


class Unwanted(StandIn):
    def why_not(self, facts):
        from seodang.learn.rungs import Said

        return Said("too_many_rows", "%(rows)s rows are too many.", {"rows": facts.n_rows})
