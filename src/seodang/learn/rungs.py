"""What a climb tells while it goes on and when it is done: plain values, no models, ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seodang.errors import fill


@dataclass(frozen=True)
class Said:
    """A sentence for a person: `template` is a msgid, filled in the reader's language."""

    code: str
    template: str
    params: Mapping[str, Any] = field(default_factory=dict)
    column: str = ""

    def __str__(self) -> str:
        return fill(self.template, dict(self.params))

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": str(self), "column": self.column}


@dataclass(frozen=True)
class Rung:
    """One family, tuned: its best candidate by out-of-fold score, or why there is none.

    score, ci_low, ci_high: in the metric's own direction; None where skipped. seconds: all time spent on the
    family, of every worker. optimism: what choosing the best of `n_candidates` flatters the score by, in the
    metric's own unit; the score has been freed of it.
    """

    name: str
    title: str  # msgid
    score: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    seconds: float = 0.0
    tied_with_best: bool = False
    skipped: Said | None = None
    fold_scores: tuple[float, ...] = ()
    n_candidates: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    optimism: float = 0.0
    holdout_score: float | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "score": self.score,
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
            "seconds": round(self.seconds, 3),
            "tied_with_best": self.tied_with_best,
            "skipped": None if self.skipped is None else str(self.skipped),
        }


@dataclass(frozen=True)
class Progress:
    """A moment of a climb. `rungs`: one for each family so far, provisional scores of out-of-fold predictions."""

    stage: str  # "reading" | "climbing" | "comparing" | "saving" | "done"
    seconds: float
    budget_seconds: float
    rungs: Sequence[Rung] = ()
    best: str | None = None
    now: str = ""  # the family that is at work, its name

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.budget_seconds - self.seconds)

    def as_json(self) -> dict[str, Any]:
        return {
            "stage": self.stage,
            "seconds": round(self.seconds, 2),
            "budget_seconds": self.budget_seconds,
            "best": self.best,
            "now": self.now,
            "rungs": [rung.as_json() for rung in self.rungs],
        }
