"""Where a family's settings come from: its portfolio, then Optuna.

A study belongs to one family and is told its own results in their order, so that its suggestions are the same in
every climb of the same seed.
"""

from __future__ import annotations

import contextlib
import json
import math
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from seodang.learn.climb.fitting import seed_of
from seodang.learn.families import Family
from seodang.learn.task import Facts

# Candidates that are tuned, beside the portfolio: the more rows, the more differences of settings can be told.
FEWEST_TUNED, MOST_TUNED = 12, 100
ROWS_PER_TUNED = 40
PATIENCE = 18
_STARTUP = 6


def most_tuned(n_rows: int) -> int:
    return max(FEWEST_TUNED, min(MOST_TUNED, n_rows // ROWS_PER_TUNED))


class Tuner:
    """Settings of one family, one after the other; `tell` each one's loss before the next is asked for.

    most: candidates at most, the portfolio included; None for what suits the table.
    """

    def __init__(self, family: Family, facts: Facts, seed: int, most: int | None = None) -> None:
        self.family = family
        self.facts = facts
        self._seed = seed_of(seed, family.name, "tune")
        self._portfolio = family.portfolio(facts)
        self._most = len(self._portfolio) + most_tuned(facts.n_rows) if most is None else most
        self._told: list[tuple[dict[str, Any], float]] = []
        self._seen: set[str] = set()
        self._n_asked = 0
        self._stale = 0
        self._study: Any = None
        self._trial: Any = None

    def has_more(self) -> bool:
        """Whether `ask` has another one: no more where many in a row brought nothing."""
        if self._n_asked >= self._most:
            return False
        if self._n_asked < len(self._portfolio):
            return True
        return self._stale < PATIENCE and self._can_tune

    @property
    def _can_tune(self) -> bool:
        return type(self.family).suggest is not Family.suggest

    def ask(self) -> dict[str, Any] | None:
        """The next settings; None where there are none."""
        if not self.has_more():
            return None
        self._n_asked += 1
        if self._n_asked <= len(self._portfolio):
            settings = self._portfolio[self._n_asked - 1]
        else:
            suggested = self._suggested()
            if suggested is None:
                self._most = 0
                return None
            settings = suggested
        self._seen.add(_key(settings))
        return dict(settings)

    def tell(self, settings: Mapping[str, Any], loss: float) -> None:
        """What it came to; NaN where it failed."""
        best = min((told for _, told in self._told if math.isfinite(told)), default=math.inf)
        in_portfolio = self._trial is None
        self._told.append((dict(settings), loss))
        is_better = math.isfinite(loss) and loss < best - 5e-4 * abs(best) if math.isfinite(best) else True
        self._stale = 0 if is_better or in_portfolio else self._stale + 1
        if self._trial is not None:
            self._tell_study(self._trial, loss)
            self._trial = None

    # --- Optuna ----------------------------------------------------------------------------------------------

    def _suggested(self) -> dict[str, Any] | None:
        with _quiet():
            if self._study is None:
                self._study = self._begin()
            for _ in range(5):
                self._trial = self._study.ask()
                settings = self.family.suggest(self._trial, self.facts)
                if settings is None:
                    return None
                if _key(settings) not in self._seen:
                    return settings
                self._tell_study(self._trial, self._loss_of(settings))  # known already: drawn again
            self._trial = None
            return None  # five in a row were known: a small space has nothing new

    def _begin(self) -> Any:
        """A study that knows the portfolio's results, as far as its settings lie in the space."""
        import optuna

        sampler = optuna.samplers.TPESampler(
            seed=self._seed, n_startup_trials=_STARTUP, multivariate=True, warn_independent_sampling=False
        )
        study = optuna.create_study(sampler=sampler, direction="minimize")
        for settings, loss in self._told:
            study.enqueue_trial(settings, skip_if_exists=True)
            trial = study.ask()
            try:
                same = self.family.suggest(trial, self.facts) == settings
            except Exception:
                same = False
            study.tell(trial, loss if same and math.isfinite(loss) else None, state=_state(same, loss))
        return study

    def _tell_study(self, trial: Any, loss: float) -> None:
        with _quiet():
            self._study.tell(trial, loss if math.isfinite(loss) else None, state=_state(True, loss))

    def _loss_of(self, settings: Mapping[str, Any]) -> float:
        return next((loss for told, loss in self._told if _key(told) == _key(settings)), math.nan)


def _state(is_known: bool, loss: float) -> Any:
    from optuna.trial import TrialState

    return TrialState.COMPLETE if is_known and math.isfinite(loss) else TrialState.FAIL


def _key(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True, default=str)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Optuna tells of every study and trial on the terminal; the ladder has a table of its own."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)
