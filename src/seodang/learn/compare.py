"""Who won, said honestly: scores with intervals, which rungs cannot be told apart, and what choosing flatters.

Pure functions on out-of-fold predictions; `rungs_from` puts them together for the climb. The reasons, and the
simulations behind the choices, stand in docs/explanation/honest-comparison.md.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seodang.i18n import N_
from seodang.learn._resample import Array, Floats, Judge, covered
from seodang.learn.candidate import Candidate
from seodang.learn.rungs import Rung, Said
from seodang.score.uncertainty import interval

ALPHA = 0.05
RESAMPLES = 1_000
BBC_RESAMPLES = 300
ENSEMBLE = "ensemble"


class HasTitle(Protocol):
    """What is asked of a family here."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...


# --- tests of a difference -------------------------------------------------------------------------------------


def corrected_t(differences: ArrayLike, test_over_train: float) -> float:
    """Two-sided p of the corrected resampled t-test.

    t = mean(d) / sqrt((1/k + n_test/n_train) · s²(d)), with k − 1 degrees of freedom. The second summand stands for
    the correlation of folds whose training parts overlap. Source: C. Nadeau, Y. Bengio, Inference for the
    generalization error, Machine Learning 52 (2003) 239-281, section 3.

    Args:
        differences: of two candidates' scores on each of k folds, (k,).
        test_over_train: rows that a fold validates over rows that it trains on; 1/(k − 1) in cross-validation.
    """
    from scipy.stats import t as student

    d = np.asarray(differences, dtype=np.float64)
    d = d[np.isfinite(d)]
    if len(d) < 2:
        return 1.0
    mean, variance = float(d.mean()), float(d.var(ddof=1))
    if variance == 0.0:
        return 1.0 if mean == 0.0 else 0.0
    statistic = mean / math.sqrt((1 / len(d) + test_over_train) * variance)
    return float(2 * student.sf(abs(statistic), len(d) - 1))


def paired_bootstrap(difference: float, resampled: ArrayLike, *, inflation: float = 1.0) -> float:
    """Two-sided p of a difference of two scores, in bootstrap standard errors under a normal tail.

    The tail is normal because Holm asks for p far below what the count of resamples could show. Source: B. Efron,
    R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapter 12.

    Args:
        difference: observed.
        resampled: the difference on each resample, the same resamples for both, (n_resamples,).
        inflation: of the variance, for what resampling rows does not see.
    """
    found = np.asarray(resampled, dtype=np.float64)
    found = found[np.isfinite(found)]
    if len(found) < 2:
        return 1.0
    error = math.sqrt(inflation) * float(found.std(ddof=1))
    if error == 0.0:
        return 1.0 if difference == 0.0 else 0.0
    return math.erfc(abs(difference) / error / math.sqrt(2))


def holm(p: ArrayLike) -> Floats:
    """Adjusted p-values (m,): reject where below α, and the chance of any false rejection is at most α.

    Source: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6
    (1979) 65-70.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(1.0, stepped)
    return adjusted


# --- the winner's optimism -------------------------------------------------------------------------------------


def bbc(
    oofs: Sequence[Array],
    y: Array,
    metric: Any,
    *,
    labels: Sequence[str] = (),
    groups: Array | None = None,
    seed: int = 0,
    n_resamples: int = BBC_RESAMPLES,
    deadline: float | None = None,
) -> float:
    """What choosing the best of these predictions flatters its score by, in the metric's unit; never negative.

    On each resample the best candidate in the bag is scored on the rows out of it. I. Tsamardinos, E. Greasidou,
    G. Borboudakis, Bootstrapping the out-of-sample predictions for efficient and accurate cross-validation, Machine
    Learning 107 (2018) 1895-1922, algorithm 3. Here the overall winner is scored on the same rows, and the mean
    difference is the optimism: the same expectation, without the noise of rows that both share.

    Args:
        oofs: out-of-fold predictions of each candidate, (n,) or (n, n_classes).
        deadline: of `time.monotonic()`; candidates that are not reached, the worst ones, are left out.
    """
    judge = Judge.of(metric, y, labels, groups=groups, seed=seed)
    scores = [judge.score(oof) for oof in oofs]
    return _optimism(judge, oofs, scores, n_resamples, deadline)


def _optimism(
    judge: Judge, oofs: Sequence[Array], scores: Sequence[float], n_resamples: int, deadline: float | None
) -> float:
    signed = judge.sign * np.asarray(scores, dtype=np.float64)
    order = [int(i) for i in np.argsort(-signed, kind="stable") if np.isfinite(signed[i])]
    if len(order) < 2:
        return 0.0
    inside: list[Floats] = []
    outside: list[Floats] = []
    for index in order:
        if inside and _is_past(deadline):
            break
        bag, rest = judge.in_and_out(oofs[index], n_resamples)
        inside.append(judge.sign * bag)
        outside.append(judge.sign * rest)
    chosen = np.argmax(np.where(np.isnan(inside), -np.inf, inside), axis=0)
    there = np.asarray(outside)
    lost = there[0] - there[chosen, np.arange(n_resamples)]
    lost = lost[np.isfinite(lost)]
    return max(0.0, float(lost.mean())) if len(lost) else 0.0


def _is_past(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() > deadline


# --- rungs -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """A family's best candidate."""

    candidate: Candidate
    score: float
    optimism: float = 0.0
    resampled: Floats | None = None


def rungs_from(
    candidates: Sequence[Candidate],
    skipped: Mapping[str, Said],
    families: Sequence[HasTitle],
    y: Array,
    folds: Sequence[tuple[Array, Array]],
    metric: str,
    labels: Sequence[str] = (),
    seed: int = 0,
    provisional: bool = False,
    deadline: float | None = None,
    *,
    groups: Array | None = None,
    seconds: Mapping[str, float] | None = None,
) -> list[Rung]:
    """One rung for each family that has a candidate or a reason to be skipped, in the order of `families`, the
    ensemble last.

    Args:
        candidates: of all families; those of "ensemble" are candidates like others.
        skipped: by family name.
        families: in ladder order.
        y: class codes or numbers, (n,).
        provisional: scores alone, at once: no intervals, no ties, nothing freed of optimism.
        deadline: of `time.monotonic()`; what is not done by then is left out, the least important first.
        groups: rows that belong together, (n,); intervals then resample groups.
        seconds: time spent by family; summed over candidates where not given.
    """
    judge = Judge.of(metric, y, labels, groups=groups, seed=seed)
    found: dict[str, _Found] = {}
    by_family: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_family.setdefault(candidate.family, []).append(candidate)
    for name, own in by_family.items():
        best = _best_of(judge, own, provisional, deadline)
        if best is not None:
            found[name] = best
    titles = {family.name: family.title for family in families}
    titles.setdefault(ENSEMBLE, N_("Ensemble"))
    rungs = []
    for name in [*(n for n in titles if n != ENSEMBLE), ENSEMBLE]:
        own = by_family.get(name, [])
        spent = (seconds or {}).get(name, _seconds(own))
        if name in found:
            rungs.append(_rung(judge, name, titles[name], found[name], len(own), spent, provisional))
        elif name in skipped:
            rungs.append(Rung(name, titles[name], seconds=spent, skipped=skipped[name]))
    return _with_ties(judge, rungs, found, folds, provisional)


def _best_of(
    judge: Judge, candidates: Sequence[Candidate], provisional: bool, deadline: float | None
) -> _Found | None:
    """The best candidate of those that predict the most rows."""
    n_covered = [int(covered(candidate.oof).sum()) for candidate in candidates]
    full = [c for c, n in zip(candidates, n_covered, strict=True) if n == max(n_covered)]
    scores = [judge.score(candidate.oof) for candidate in full]
    signed = [judge.sign * score if math.isfinite(score) else -math.inf for score in scores]
    best = int(np.argmax(signed))
    if not math.isfinite(scores[best]):
        return None
    found = _Found(full[best], scores[best])
    if provisional:
        return found
    resampled = judge.resample(found.candidate.oof, RESAMPLES)
    optimism = _optimism(judge, [c.oof for c in full], scores, BBC_RESAMPLES, deadline)
    return replace(found, optimism=optimism, resampled=resampled)


def _seconds(candidates: Sequence[Candidate]) -> float:
    """Candidates that are checkpoints of one training share its time."""
    longest: dict[str, float] = {}
    for candidate in candidates:
        key = json.dumps(candidate.settings, sort_keys=True, default=str)
        longest[key] = max(longest.get(key, 0.0), candidate.seconds)
    return sum(longest.values())


def _rung(
    judge: Judge, name: str, title: str, found: _Found, n_candidates: int, seconds: float, provisional: bool
) -> Rung:
    score = found.score - judge.sign * found.optimism
    low = high = None
    if found.resampled is not None:
        low, high = interval(score, found.resampled - judge.sign * found.optimism)
    return Rung(
        name,
        title,
        score=score,
        ci_low=low,
        ci_high=high,
        seconds=seconds,
        fold_scores=tuple(found.candidate.fold_scores),
        n_candidates=n_candidates,
        settings=dict(found.candidate.settings),
        optimism=found.optimism,
    )


def best_rung(rungs: Sequence[Rung], *, greater_is_better: bool) -> Rung | None:
    """The rung of the best score; of equal ones the first."""
    climbed = [rung for rung in rungs if rung.score is not None]
    if not climbed:
        return None
    return max(climbed, key=lambda rung: (rung.score or 0.0) * (1 if greater_is_better else -1))


def variance_inflation(folds: Sequence[tuple[Array, Array]]) -> float:
    """By how much a difference varies more than drawing rows anew shows, because folds share training rows.

    (1/k + n_test/n_train) / (1/k), the factor by which Nadeau and Bengio correct the variance of a mean over k
    folds; 9/4 for five folds.
    """
    ratios = [len(valid) / len(train) for train, valid in folds if len(train)]
    return 1.0 + float(sum(ratios))


def _with_ties(
    judge: Judge,
    rungs: list[Rung],
    found: Mapping[str, _Found],
    folds: Sequence[tuple[Array, Array]],
    provisional: bool,
) -> list[Rung]:
    """The rungs, with those marked that cannot be told from the best: paired bootstrap, Holm over all of them."""
    best = best_rung(rungs, greater_is_better=judge.metric.greater_is_better)
    if best is None or best.score is None:
        return rungs
    if provisional:
        return [replace(rung, tied_with_best=rung is best) for rung in rungs]
    others = [rung for rung in rungs if rung.score is not None and rung is not best]
    inflation = variance_inflation(folds)
    p = []
    for rung in others:
        difference, resampled = _difference(judge, found[rung.name], found[best.name])
        p.append(paired_bootstrap(difference, resampled, inflation=inflation))
    tied = {rung.name for rung, adjusted in zip(others, holm(p), strict=True) if adjusted >= ALPHA} | {best.name}
    return [replace(rung, tied_with_best=rung.name in tied) for rung in rungs]


def _difference(judge: Judge, one: _Found, other: _Found) -> tuple[float, Floats]:
    """Their difference, freed of optimism, and on each resample: on the rows that both predict."""
    freed = judge.sign * (other.optimism - one.optimism)
    a, b = one.candidate.oof, other.candidate.oof
    rows: NDArray[np.bool_] = covered(a) & covered(b)
    if one.resampled is not None and other.resampled is not None and np.array_equal(covered(a), covered(b)):
        return one.score - other.score + freed, one.resampled - other.resampled
    resampled = judge.resample(a, RESAMPLES, rows=rows) - judge.resample(b, RESAMPLES, rows=rows)
    return judge.score(a, rows) - judge.score(b, rows) + freed, resampled
