"""From scores to standings: ranks, ties, best and final entries, and bands of teams that cannot be told apart.

Owns the arithmetic of a board, as pure functions on plain values; it knows no file, user or database.

*Ranks.* Scores are compared as they are shown, at the metric's precision: two rows that read the same share a
rank (1, 2, 2, 4). Baselines stand where their score puts them and take no rank.

*Bands.* A team is compared with the leader by the paired bootstrap. Replicate *b* of every entry is its score on
the same resample *b* of the test rows, so the spread of the differences is the standard error of the difference
(Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 6 and 8). Observed difference over standard error
is referred to the normal distribution, both tails; Holm's step-down rule (Holm, Scandinavian Journal of Statistics
6, 1979, 65-70) keeps the chance of telling any truly equal team apart below α over all teams of the board.
What it does not cover: the leader is chosen by its score and one test set was met many times, so a band is a
reading aid and no proof that its members are equal.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

ALPHA = 0.05
# A board of many small bands asks for the products with one leader after another; beyond this many leaders all
# products are taken at once, unless the table of them would be large (3,000² doubles are 72 MB).
FEW_LEADERS = 12
MOST_PRODUCTS = 3_000

TeamId = Hashable
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScoredEntry:
    """One entry of a team: its public score, its private one where known, and when it was made."""

    entry_id: Hashable
    team_id: TeamId
    score: float
    at: datetime
    private_score: float | None = None
    is_final_pick: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One team of a board, with the entry that stands for it.

    `replicates` has shape (n_replicates,), paired over all rows of a board; None while they are being computed.
    `last_at` is the time of the last entry, `reached_at` that of the entry that first had this score; it orders
    rows of one rank and falls back to `last_at`.
    """

    team_id: TeamId
    score: float
    replicates: npt.NDArray[np.floating[Any]] | None = None
    n_entries: int = 1
    last_at: datetime | None = None
    is_baseline: bool = False
    reached_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row in its place. `rank` is None for a baseline and for a team without a finite score."""

    rank: int | None
    row: Row
    shown: Decimal | None


@dataclass(frozen=True, slots=True)
class Band:
    """Teams that cannot be told from `leader`, the first of them; bands are numbered 1, 2, … from the top."""

    number: int
    leader: TeamId
    members: tuple[TeamId, ...]


# ---------------------------------------------------------------- ranks


def shown(score: float, decimals: int) -> Decimal | None:
    """The score as the board prints it; None where there is no finite score.

    It is read back from the printed text, so that two scores are equal here exactly when a reader sees them equal.
    """
    if not math.isfinite(score):
        return None
    # Adding zero turns the "-0.000" of a tiny negative score into "0.000".
    return Decimal(f"{score:.{decimals}f}") + 0


def rank(rows: Iterable[Row], *, greater_is_better: bool, decimals: int) -> list[Ranked]:
    """Rows from best to worst, each with its competition rank (1, 2, 2, 4).

    Within one shown score: teams before baselines, then who reached it first. The order of `rows` has no influence.
    """
    placed = [(shown(row.score, decimals), row) for row in rows]
    placed.sort(key=lambda pair: _place(pair[0], pair[1], greater_is_better))
    ranked: list[Ranked] = []
    teams_above, current, last = 0, 0, None
    for value, row in placed:
        if row.is_baseline or value is None:
            ranked.append(Ranked(None, row, value))
            continue
        if teams_above == 0 or value != last:
            current, last = teams_above + 1, value
        teams_above += 1
        ranked.append(Ranked(current, row, value))
    return ranked


def _place(value: Decimal | None, row: Row, greater_is_better: bool) -> tuple[Any, ...]:
    signed = Decimal(0) if value is None else (-value if greater_is_better else value)
    reached = row.reached_at or row.last_at
    moment = reached.timestamp() if reached else math.inf
    return value is None, signed, row.is_baseline, moment, _identity(row.team_id)


def _identity(team_id: TeamId) -> tuple[int, int, str]:
    """A last, total order over teams, so that the order of rows never depends on that of the input."""
    return (0, team_id, "") if isinstance(team_id, int) else (1, 0, str(team_id))


# ---------------------------------------------------------------- entries of a team


def best_entries(entries: Iterable[ScoredEntry], *, greater_is_better: bool) -> dict[TeamId, ScoredEntry]:
    """Each team's entry of the best public score; of equal ones the earliest."""
    best: dict[TeamId, ScoredEntry] = {}
    for entry in entries:
        held = best.get(entry.team_id)
        if held is None or _quality(entry, greater_is_better) < _quality(held, greater_is_better):
            best[entry.team_id] = entry
    return best


def _quality(entry: ScoredEntry, greater_is_better: bool) -> tuple[Any, ...]:
    """Sorts a team's entries from best public score to worst, the earlier first among equals."""
    if not math.isfinite(entry.score):
        return True, 0.0, entry.at, _identity(entry.entry_id)
    return False, -entry.score if greater_is_better else entry.score, entry.at, _identity(entry.entry_id)


def reached_at(entries: Iterable[ScoredEntry], *, greater_is_better: bool, decimals: int) -> dict[TeamId, datetime]:
    """When each team first had the score that the board shows of it."""
    found = list(entries)
    best = best_entries(found, greater_is_better=greater_is_better)
    reads = {team: shown(entry.score, decimals) for team, entry in best.items()}
    first: dict[TeamId, datetime] = {}
    for entry in found:
        if shown(entry.score, decimals) == reads[entry.team_id]:
            first[entry.team_id] = min(first.get(entry.team_id, entry.at), entry.at)
    return first


def final_entries(
    entries: Iterable[ScoredEntry], *, picks: int, greater_is_better: bool
) -> dict[TeamId, tuple[ScoredEntry, ...]]:
    """What counts at the end, for each team: the entries it picked, else its `picks` best public ones.

    A team that picked fewer than it may keeps just those. Were more marked than allowed, the best public ones of
    the marked count.
    """
    by_team: dict[TeamId, list[ScoredEntry]] = {}
    for entry in entries:
        by_team.setdefault(entry.team_id, []).append(entry)
    finals = {}
    for team_id, made in by_team.items():
        made.sort(key=lambda entry: _quality(entry, greater_is_better))
        picked = [entry for entry in made if entry.is_final_pick]
        finals[team_id] = tuple((picked or made)[:picks])
    return finals


def private_bests(
    finals: Mapping[TeamId, Sequence[ScoredEntry]], *, greater_is_better: bool
) -> dict[TeamId, ScoredEntry]:
    """For each team the final entry of the best private score (Kaggle's rule); teams without one are left out."""
    best = {}
    for team_id, entries in finals.items():
        known = [entry for entry in entries if entry.private_score is not None]
        if known:
            best[team_id] = min(known, key=lambda entry: _private_quality(entry, greater_is_better))
    return best


def _private_quality(entry: ScoredEntry, greater_is_better: bool) -> tuple[Any, ...]:
    score = entry.private_score
    assert score is not None
    if not math.isfinite(score):
        return True, 0.0, entry.at
    return False, -score if greater_is_better else score, entry.at


def improvements(entries: Iterable[ScoredEntry], *, greater_is_better: bool) -> tuple[tuple[datetime, float], ...]:
    """One team's score over time, as the corners of a rising (or falling) staircase: when, and the new best."""
    steps: list[tuple[datetime, float]] = []
    for entry in sorted(entries, key=lambda entry: (entry.at, _identity(entry.entry_id))):
        if not math.isfinite(entry.score):
            continue
        if not steps or (entry.score > steps[-1][1] if greater_is_better else entry.score < steps[-1][1]):
            steps.append((entry.at, entry.score))
    return tuple(steps)


# ---------------------------------------------------------------- telling teams apart


def tied_with_leader(
    rows: Iterable[Row], *, greater_is_better: bool, decimals: int | None = None, alpha: float = ALPHA
) -> set[TeamId]:
    """The leader and every team that cannot be told from it; baselines take no part.

    With `decimals` the leader is the first team of `rank`, and teams whose shown scores are equal are never told
    apart. Rows without replicates are neither tested nor tied: nothing is known of them yet.
    """
    teams = _teams_in_order(rows, greater_is_better, decimals)
    if not teams:
        return set()
    paired = _Paired.of(teams, decimals)
    if not paired.usable[0]:
        return {teams[0].team_id}
    candidates = np.flatnonzero(paired.usable)[1:]
    apart = told_apart(paired.z(0, candidates), alpha)
    return {teams[0].team_id} | {teams[index].team_id for index in candidates[~apart]}


def bands(
    rows: Iterable[Row], *, greater_is_better: bool, decimals: int | None = None, alpha: float = ALPHA
) -> list[Band]:
    """The board cut into groups, from the top: all that cannot be told from the leader, then all of the rest that
    cannot be told from the best of the rest, and so on.

    Each group's test is Holm-corrected over the teams still left at that point, so the first band is
    `tied_with_leader`. A team without replicates stands in no band, and there are none while the leader has none.
    """
    teams = _teams_in_order(rows, greater_is_better, decimals)
    if not teams:
        return []
    paired = _Paired.of(teams, decimals)
    if not paired.usable[0]:
        return []
    found: list[Band] = []
    left = np.flatnonzero(paired.usable)
    while len(left):
        leader, candidates = int(left[0]), left[1:]
        apart = told_apart(paired.z(leader, candidates), alpha)
        members = (leader, *candidates[~apart].tolist())
        found.append(Band(len(found) + 1, teams[leader].team_id, tuple(teams[i].team_id for i in members)))
        left = candidates[apart]
    return found


def told_apart(z: Floats, alpha: float = ALPHA) -> npt.NDArray[np.bool_]:
    """Holm's step-down rule on two-sided normal tests.

    Args:
        z: differences in standard errors, shape (n_teams,).

    Returns:
        shape (n_teams,): True where the difference is significant with all tests taken together.
    """
    rejected = np.zeros(len(z), dtype=bool)
    if not len(z):
        return rejected
    size = np.abs(z)
    order = np.argsort(-size, kind="stable")
    # The largest |z| is held against α/m, the next against α/(m-1) …; the first that fails ends it.
    passes = size[order] >= _thresholds(len(z), alpha)
    n_rejected = len(z) if passes.all() else int(np.argmin(passes))
    rejected[order[:n_rejected]] = True
    return rejected


def _thresholds(m: int, alpha: float) -> Floats:
    """|z| beyond which two tails hold α/m, α/(m-1), …, α/1."""
    from scipy.special import ndtri

    return np.asarray(-ndtri(alpha / 2 / np.arange(m, 0, -1)), dtype=np.float64)


def _teams_in_order(rows: Iterable[Row], greater_is_better: bool, decimals: int | None) -> list[Row]:
    """Teams with a finite score from best to worst, in the order of `rank` where `decimals` is given."""

    def place(row: Row) -> tuple[Any, ...]:
        if decimals is not None:
            return _place(shown(row.score, decimals), row, greater_is_better)
        reached = row.reached_at or row.last_at
        moment = reached.timestamp() if reached else math.inf
        return -row.score if greater_is_better else row.score, moment, _identity(row.team_id)

    return sorted((row for row in rows if not row.is_baseline and math.isfinite(row.score)), key=place)


@dataclass(frozen=True)
class _Paired:
    """Scores and replicates of the rows of a board, ready for tests of any two.

    `scores` (n_rows,) are the observed ones and `reads` (n_rows,) what tells two of them apart for a reader;
    `usable` (n_rows,) says which rows can be tested; `spread` (n_rows, n_columns) holds centred replicates.
    """

    scores: Floats
    reads: Floats
    usable: npt.NDArray[np.bool_]
    spread: Floats
    variances: Floats
    asked: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Sequence[Row], decimals: int | None) -> _Paired:
        scores = np.array([row.score for row in rows], dtype=np.float64)
        reads = scores if decimals is None else np.array([float(f"{row.score:.{decimals}f}") for row in rows])
        usable, spread = _centred_replicates(rows)
        variances = np.einsum("ij,ij->i", spread, spread)
        return cls(scores, reads, usable, spread, np.asarray(variances, dtype=np.float64))

    def z(self, leader: int, others: npt.NDArray[np.intp]) -> Floats:
        """Observed differences to the leader in standard errors; shape (len(others),)."""
        difference = self.scores[others] - self.scores[leader]
        error = np.sqrt(self._squares_of_difference(leader, others) / (self.spread.shape[1] - 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            z = difference / error
        # Without any spread, equal scores are equal and unequal ones were unequal on every resample.
        return np.where(self.reads[others] == self.reads[leader], 0.0, z)

    def _squares_of_difference(self, leader: int, others: npt.NDArray[np.intp]) -> Floats:
        """Σ (x - l)² as Σx² + Σl² - 2Σxl, which needs one product with the table and no copy of it."""
        together = self.variances[others] + self.variances[leader]
        squares: Floats = together - 2 * self._products(leader)[others]
        # Nearly equal entries: the subtraction has lost its digits, so take the differences themselves.
        close = np.flatnonzero(squares <= 1e-9 * together)
        near = self.spread[others[close]] - self.spread[leader]
        squares[close] = np.einsum("ij,ij->i", near, near)
        return squares

    def _products(self, leader: int) -> Floats:
        """Σxl for every row x; from one table of all products once there were many leaders."""
        self.asked.append(leader)
        if len(self.asked) <= FEW_LEADERS or len(self.scores) > MOST_PRODUCTS:
            return np.asarray(self.spread @ self.spread[leader], dtype=np.float64)
        return np.asarray(self._all_products[leader], dtype=np.float64)

    @cached_property
    def _all_products(self) -> Floats:
        return np.asarray(self.spread @ self.spread.T, dtype=np.float64)


def _centred_replicates(rows: Sequence[Row]) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Which rows can be tested (n_rows,), and replicates less their mean (n_rows, n_columns)."""
    known = [None if row.replicates is None else np.asarray(row.replicates) for row in rows]
    # Rows of another length than the leader's were drawn otherwise and cannot be paired with it.
    length = 0 if known[0] is None else len(known[0])
    untested = np.zeros(len(rows), dtype=bool), np.zeros((len(rows), 0))
    if length < 2:
        return untested
    table = np.full((len(rows), length), np.nan)
    for index, values in enumerate(known):
        if values is not None and len(values) == length:
            table[index] = values
    # A resample on which the metric is undefined is undefined for nearly every entry: leave it out for all. An
    # entry that is undefined on most resamples is left out itself, so that it cannot spoil them for the others.
    finite = np.isfinite(table)
    usable: npt.NDArray[np.bool_] = finite.mean(axis=1) > 0.5
    columns = finite[usable].all(axis=0)
    if columns.sum() < 2:
        return untested
    if not (usable.all() and columns.all()):
        table = np.where(usable[:, None], table, 0.0)[:, columns]
    return usable, table - table.mean(axis=1, keepdims=True)
