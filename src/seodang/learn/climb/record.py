"""What the fits gave: a candidate's folds put together, and which candidates' models are worth their place on disk.

Which are kept depends on each family's own results alone, so that it is the same in every climb.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seodang.learn._resample import Judge
from seodang.learn.candidate import Candidate
from seodang.learn.climb import handover
from seodang.learn.climb.handover import Outline
from seodang.learn.climb.schedule import mean
from seodang.learn.climb.tasks import Fitted, Floats, Keeping
from seodang.learn.families import Family

# Of each family: candidates whose models are kept while the climb goes on, and the bytes that they may take.
MOST_MODELS = 6
MODEL_BYTES = 600 * 2**20
# Out-of-fold predictions of one family.
OOF_BYTES = 48 * 2**20
FEWEST_OOFS = 4


class FoldJudge:
    """The loss of predictions on a fold's validation rows; lower is better, NaN where the metric has no value."""

    def __init__(self, outline: Outline) -> None:
        labels = outline.schema.labels
        self._judges = [Judge.of(outline.metric, outline.y[valid], labels) for _, valid in outline.folds]
        self._whole = Judge.of(outline.metric, outline.y, labels)
        metric = self._whole.metric
        self.sign = 1.0 if metric.greater_is_better else -1.0
        # Losses that start at 0 can be compared as ratios.
        self._top = metric.bounds[1] if metric.greater_is_better and math.isfinite(metric.bounds[1]) else 0.0

    def score(self, fold: int, prediction: Floats) -> float:
        return self._judges[fold].score(prediction)

    def score_of_all(self, oof: Floats) -> float:
        return self._whole.score(oof)

    def loss(self, fold: int, prediction: Floats) -> float:
        return self.loss_of_score(self.score(fold, prediction))

    def loss_of_score(self, score: float) -> float:
        return self._top - self.sign * score if self._top else -self.sign * score


@dataclass
class Record:
    """One candidate: what its folds gave, until all are there."""

    family: str
    index: int
    settings: Mapping[str, Any]
    fitted: dict[int, Fitted] = field(default_factory=dict)
    models: dict[int, Path] = field(default_factory=dict)

    @property
    def model_bytes(self) -> int:
        return sum(fitted.model_bytes for fitted in self.fitted.values())

    def remove_models(self) -> None:
        for path in self.models.values():
            handover.remove(path)
        self.models.clear()


@dataclass
class Entry:
    """A complete candidate. candidate.models is empty until they are kept for good.

    score, loss: the metric on all rows together, and that with lower is better. models: by fold, the fitted
        estimators as laid down; empty where they were let go.
    held: prediction of the rows that are held out, the mean over folds; None where there are none.
    """

    candidate: Candidate
    index: int
    score: float
    loss: float
    models: dict[int, Path]
    model_bytes: int
    held: Floats | None = None


def common_stages(record: Record) -> list[int]:
    """Checkpoints that all folds have, in order; empty where there are none."""
    per_fold = [fitted.stages for fitted in record.fitted.values()]
    if not all(per_fold):
        return []
    shared = set.intersection(*(set(stages) for stages in per_fold))
    return [stage for stage in per_fold[0] if stage in shared]


def fold_loss(fitted: Fitted, judge: FoldJudge, fold: int) -> float:
    """The loss on one fold, of the best checkpoint there."""
    losses = [judge.loss(fold, prediction) for prediction in fitted.predictions]
    known = [loss for loss in losses if not math.isnan(loss)]
    return min(known) if known else math.nan


def put_together(record: Record, outline: Outline, judge: FoldJudge) -> Entry:
    """The candidate of all folds, at the checkpoint that is best over all of them together."""
    folds = range(len(outline.folds))
    stages = common_stages(record)
    stage: int | None = None
    if stages:
        stage = min(stages, key=lambda s: (_or_infinite(_mean_loss(record, judge, s)), stages.index(s)))
    chosen = {fold: _at(record.fitted[fold].predictions, record.fitted[fold].stages, stage) for fold in folds}
    scores = [judge.score(fold, chosen[fold]) for fold in folds]
    seconds = [record.fitted[fold].seconds for fold in folds]
    held = [_at(f.held, f.stages, stage) for f in record.fitted.values() if f.held]
    oof = _oof(chosen, outline)
    score = judge.score_of_all(oof)
    candidate = Candidate(
        family=record.family,
        settings=dict(record.settings),
        oof=oof,
        fold_scores=tuple(scores),
        stage=stage,
        seconds=sum(seconds),
        fold_seconds=tuple(seconds),
        curves=tuple(record.fitted[fold].curve for fold in folds) if record.fitted[0].curve else (),
    )
    return Entry(
        candidate=candidate,
        index=record.index,
        score=score,
        loss=judge.loss_of_score(score),
        models=dict(record.models),
        model_bytes=record.model_bytes,
        held=np.asarray(np.mean(held, axis=0), dtype=np.float32) if held else None,
    )


def _mean_loss(record: Record, judge: FoldJudge, stage: int) -> float:
    return mean(
        judge.loss(fold, _at(fitted.predictions, fitted.stages, stage)) for fold, fitted in record.fitted.items()
    )


def _or_infinite(loss: float) -> float:
    return math.inf if math.isnan(loss) else loss


def _at(predictions: Sequence[Floats], stages: Sequence[int], stage: int | None) -> Floats:
    return predictions[-1] if stage is None else predictions[stages.index(stage)]


def _oof(chosen: Mapping[int, Floats], outline: Outline) -> NDArray[np.float32]:
    """Predictions of all folds in their rows; NaN where no fold validates."""
    oof = np.full((len(outline.y), *chosen[0].shape[1:]), np.nan, dtype=np.float32)
    counts = np.zeros(len(outline.y), dtype=np.int64)
    for fold, (_, valid) in enumerate(outline.folds):
        oof[valid] = np.where(_broadcast(counts[valid] > 0, oof), oof[valid] + chosen[fold], chosen[fold])
        counts[valid] += 1
    repeated = counts > 1
    if repeated.any():
        oof[repeated] /= _broadcast(counts[repeated], oof)
    return oof


def _broadcast(rows: NDArray[Any], oof: NDArray[Any]) -> NDArray[Any]:
    return rows if oof.ndim == 1 else rows[:, None]


class Library:
    """All complete candidates of a climb, by family, and the models of the best of each."""

    def __init__(self) -> None:
        self._entries: dict[str, list[Entry]] = {}
        self.n_complete: dict[str, int] = {}

    def add(self, entry: Entry) -> None:
        family = entry.candidate.family
        entries = self._entries.setdefault(family, [])
        self.n_complete[family] = self.n_complete.get(family, 0) + 1
        entries.append(entry)
        entries.sort(key=lambda entry: (_or_infinite(entry.loss), entry.index))
        size = max(entry.model_bytes for entry in entries)
        n_oofs = max(FEWEST_OOFS, OOF_BYTES // max(1, entry.candidate.oof.nbytes))
        for let_go in entries[max(1, min(MOST_MODELS, n_oofs, MODEL_BYTES // max(1, size))) :]:
            for path in let_go.models.values():
                handover.remove(path)
            let_go.models = {}
            let_go.held = None
        del entries[n_oofs:]

    def best(self, family: str) -> Entry | None:
        entries = self._entries.get(family)
        return entries[0] if entries else None

    def of(self, family: str) -> list[Entry]:
        return list(self._entries.get(family, ()))

    @property
    def families(self) -> list[str]:
        return list(self._entries)

    @property
    def entries(self) -> list[Entry]:
        """All of them: families in the order of their names, the best of each first."""
        return [entry for family in sorted(self._entries) for entry in self._entries[family]]

    @property
    def with_models(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.models]

    def __bool__(self) -> bool:
        return bool(self._entries)


def kept(entry: Entry, models: Sequence[Path]) -> Candidate:
    """The candidate with the folders of its fold models."""
    return replace(entry.candidate, models=tuple(models))


def keepings_of(entry: Entry, family: Family, folder: Path) -> list[Keeping]:
    """What is to be written of a candidate, one for each fold."""
    name = f"{family.name}-{entry.index}"
    return [
        Keeping(family, model, fold, entry.candidate.stage, folder / "models" / f"{name}-{fold}")
        for fold, model in sorted(entry.models.items())
    ]
