"""The budget as a promise: when fits must end, when everything must."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from seodang.i18n import N_
from seodang.learn.errors import ChoiceInvalid
from seodang.learn.task import Facts

# The promise is budget × 1.05 + 2 s; this much of it is kept for what cannot be interrupted.
_OVER, _OVER_SECONDS = 1.05, 1.2


@dataclass(frozen=True)
class Clock:
    """started: `time.monotonic()` when `fit` was called. budget: seconds."""

    started: float
    budget: float

    @classmethod
    def start(cls, budget: float) -> Clock:
        """
        Raises:
            ChoiceInvalid: not a number of seconds above 0.
        """
        try:
            seconds = float(budget)
        except (TypeError, ValueError):
            seconds = math.nan
        if not (seconds > 0 and math.isfinite(seconds)):
            raise ChoiceInvalid(
                N_("The budget must be a number of seconds above 0; received “%(received)s”."),
                hint=N_("60 is a good start."),
                received=str(budget),
            )
        return cls(time.monotonic(), seconds)

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    @property
    def deadline(self) -> float:
        """When the budget ends."""
        return self.started + self.budget

    @property
    def last_moment(self) -> float:
        """When nothing may go on any more, of `time.monotonic()`."""
        return self.started + self.budget * _OVER + _OVER_SECONDS

    def fits_end(self, facts: Facts, n_families: int, saving: float = 0.0) -> float:
        """When fits must end, so that comparing and keeping models find their time.

        saving: seconds that writing the best of each family takes; the ensemble's members come on top.
        """
        usual = comparing_seconds(facts, n_families) + 0.2 + 0.01 * self.budget + MEMBERS * saving
        return self.deadline - min(usual, MOST_FOR_FINISHING * self.budget)


MEMBERS = 1.6
MOST_FOR_FINISHING = 0.3


def comparing_seconds(facts: Facts, n_families: int) -> float:
    """What the ensemble and the comparison take, as measured on tables from 150 to 50,000 rows."""
    cells = facts.n_rows * max(1, facts.n_classes)
    return 0.2 + n_families * (0.05 + 4e-7 * cells) + 5e-6 * cells
