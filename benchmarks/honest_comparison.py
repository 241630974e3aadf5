"""Whether the ladder's verdicts are honest: wrong verdicts, missed differences, and the luck of being picked.

    python benchmarks/honest_comparison.py [--trials 200] [--seed 1] [--json]

**Verdicts.** Six families of one learner each see a part of the columns of their own; all parts tell equally much,
so all families are equally good and every "worse than the best" is wrong. The share of tables on which a family is
told from the best is the family-wise error; it should not exceed 5 %. Then the first family's part is made to tell
more, and the share of the five others that are told from it, on tables where it comes first, is the power. Three
ways on the same out-of-fold predictions:

    plain       paired bootstrap of rows, Holm
    ladder      the same with the variance multiplied by Nadeau and Bengio's factor: what `learn.compare` does
    folds       the corrected resampled t-test of Nadeau and Bengio on the scores of five folds, Holm

**Luck.** Guessers of a coin: the accuracy of the best of so many, as it looks and freed of optimism (BBC-CV), and
how often the rung's 95 % interval holds the truth, 0.5.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

from seodang.learn._resample import Judge
from seodang.learn.candidate import Candidate
from seodang.learn.compare import ALPHA, corrected_t, holm, paired_bootstrap, rungs_from, variance_inflation

N_FAMILIES, PART, RESAMPLES = 6, 3, 300
LEARNERS: dict[str, Callable[[], Any]] = {
    "ridge": lambda: Ridge(1.0),
    "tree": lambda: DecisionTreeRegressor(min_samples_leaf=3, random_state=0),
    "neighbours": lambda: KNeighborsRegressor(5),
}
WAYS = ("plain", "ladder", "folds")


@dataclass(frozen=True)
class Table:
    y: np.ndarray
    oofs: list[np.ndarray]
    folds: list[Any]


def make_table(rng: np.random.Generator, n: int, learner: str, handicap: float) -> Table:
    """Out-of-fold predictions of families that see equally good parts, the first a better one by the handicap."""
    X = rng.normal(size=(n, N_FAMILIES, PART))
    told = np.sin(X[:, :, 0]) + X[:, :, 1] * (0.5 + 0.5 * (X[:, :, 2] > 0))
    weights = np.where(np.arange(N_FAMILIES) > 0, 1 - handicap, 1.0)
    y = told @ weights + rng.normal(size=n)
    folds = list(KFold(5, shuffle=True, random_state=int(rng.integers(2**31))).split(X))
    oofs = []
    for family in range(N_FAMILIES):
        oof = np.empty(n)
        for train, valid in folds:
            fitted = LEARNERS[learner]().fit(X[train, family], y[train])
            oof[valid] = fitted.predict(X[valid, family])
        oofs.append(oof)
    return Table(y, oofs, folds)


def told_from_best(table: Table, seed: int) -> tuple[int, dict[str, int]]:
    """Who comes first, and by each way how many are told from it."""
    judge = Judge.of("rmse", table.y, seed=seed)
    scores = np.array([judge.score(oof) for oof in table.oofs])
    drawn = [judge.resample(oof, RESAMPLES) for oof in table.oofs]
    of_folds = np.array(
        [[Judge.of("rmse", table.y[v]).score(oof[v]) for _, v in table.folds] for oof in table.oofs]
    )
    best = int(np.argmin(scores))
    others = [family for family in range(N_FAMILIES) if family != best]
    inflation = variance_inflation(table.folds)
    ratio = 1 / (len(table.folds) - 1)
    p = {
        "plain": [paired_bootstrap(scores[o] - scores[best], drawn[o] - drawn[best]) for o in others],
        "ladder": [
            paired_bootstrap(scores[o] - scores[best], drawn[o] - drawn[best], inflation=inflation) for o in others
        ],
        "folds": [corrected_t(of_folds[o] - of_folds[best], ratio) for o in others],
    }
    return best, {way: int((holm(p[way]) < ALPHA).sum()) for way in WAYS}


def verdicts(learner: str, n: int, handicap: float, trials: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found = dict.fromkeys(WAYS, 0.0)
    for trial in range(trials):
        best, told = told_from_best(make_table(rng, n, learner, handicap), trial)
        for way in WAYS:
            if handicap:
                found[way] += told[way] / (N_FAMILIES - 1) if best == 0 else 0.0
            else:
                found[way] += told[way] > 0
    shares = {way: round(value / trials, 3) for way, value in found.items()}
    return {"learner": learner, "rows": n, "handicap": handicap, **shares}


def luck(n: int, n_candidates: int, trials: int, seed: int) -> dict[str, Any]:
    looks, freed, held = [], [], 0
    family = SimpleNamespace(name="guess", title="Guess")
    y = np.arange(n) % 2
    folds = list(KFold(5).split(y))
    for trial in range(trials):
        rng = np.random.default_rng((seed, trial))
        made = []
        for number in range(n_candidates):
            p = rng.random(n)
            made.append(Candidate("guess", {"i": number}, np.column_stack([1 - p, p]).astype(np.float32), ()))
        (rung,) = rungs_from(made, {}, [family], y, folds, "accuracy", ("0", "1"), trial)
        looks.append(rung.score + rung.optimism)
        freed.append(rung.score)
        held += rung.ci_low <= 0.5 <= rung.ci_high
    found = {"looks": round(float(np.mean(looks)), 3), "freed": round(float(np.mean(freed)), 3)}
    return {"rows": n, "candidates": n_candidates, **found, "interval_holds": round(held / trials, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = {
        "errors": [verdicts(name, n, 0.0, given.trials, given.seed) for name in LEARNERS for n in (150, 600)],
        "power": [verdicts(name, 600, 0.4, given.trials, given.seed) for name in LEARNERS],
        "luck": [luck(n, k, given.trials, given.seed) for n, k in ((100, 100), (400, 10), (400, 100), (3000, 100))],
    }
    if given.json:
        print(json.dumps({"python": platform.python_version(), "trials": given.trials, **rows}))
        return
    for title, found in rows.items():
        print(f"\n{title}")
        print(" | ".join(found[0]))
        for row in found:
            print(" | ".join(str(value) for value in row.values()))


if __name__ == "__main__":
    main()
