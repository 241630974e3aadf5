"""The boards: computed from current scorings, never stored.

    board(competition, *, part) -> Board        part: "public" | "private"
    may_see_private(competition, access)        who may look at private boards and scores now
    team_history(team, *, part) -> list[HistoryPoint]

A board is computed once for each `board_version` and kept in the process, as objects, so that a reader costs a
dictionary lookup. While entries pour in the version changes with every score: a board that is cheap to compute is
computed each time, by one thread for all that wait; one that is not gets a rest as long as `REST` computations, in
which readers are given the last one. `Board.is_behind` says so, and the page then asks again.

Does not hold who may see what, save `may_see_private`.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np
from django.utils import timezone

from seodang.score import leaderboard
from seodang.score.leaderboard import Row, ScoredEntry
from seodang.score.metrics import METRICS
from seodang.site.competitions.models import Competition, Entry, EntryState, Scoring, Team
from seodang.site.web.charts import without_outliers

Part = Literal["public", "private"]
BOARDS_KEPT = 64
REST = 4.0
CHEAP_SECONDS = 0.05
LONGEST_REST_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of a board.

    rank: 1, 2, 2, 4 …; None for a baseline. score, low, high: of the team's best entry (on the private board: the
    best of its final entries); low and high are None until the interval has been measured.
    history: (when, score of that entry) of every scored entry, oldest first; on the private board of the final
    entries alone, so that its best is the score.
    band: 1 for the leader and those who cannot be told from them, then 2 …; 0 for baselines and while unknown.
    moved: public rank − private rank on the private board (+3: three places up), else None.
    entry_ordinal: the entry whose score it is.
    """

    rank: int | None
    team_id: int
    team_name: str
    is_baseline: bool
    score: float
    low: float | None
    high: float | None
    n_entries: int
    last_at: datetime
    history: tuple[tuple[datetime, float], ...]
    in_leading_band: bool
    band: int
    moved: int | None
    entry_ordinal: int


@dataclass(frozen=True, slots=True)
class Board:
    """`rows` best first, baselines among them.

    version: the `board_version` it shows. Where it is less than the competition's, the board is a moment behind
    (see `board`) and the page should ask again shortly: `board.is_behind(competition)`.
    truth_version: under which truth and metric the scores are. is_rescoring: a newer one is being worked on.
    domain: (low, high) of the teams' intervals and scores but for outliers, for drawing; (0.0, 1.0) when empty.
    """

    competition_id: int
    part: Part
    rows: tuple[Standing, ...]
    version: int
    truth_version: int
    metric: str
    greater_is_better: bool
    decimals: int
    domain: tuple[float, float]
    updated_at: datetime
    n_teams: int
    is_rescoring: bool
    places: dict[int, int] = field(default_factory=dict, repr=False, compare=False)

    def is_behind(self, competition: Competition) -> bool:
        return self.version < competition.board_version

    def standing_of(self, team_id: int | None) -> Standing | None:
        place = self.places.get(team_id) if team_id is not None else None
        return None if place is None else self.rows[place]


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    ordinal: int
    at: datetime
    score: float | None
    low: float | None
    high: float | None


def may_see_private(competition: Competition, access: Any) -> bool:
    """Staff at any time; students once the private board was opened, after the close."""
    return access.may_assist or (access.may_see and competition.private_opened_at is not None)


def team_history(team: Team, *, part: Part = "public") -> list[HistoryPoint]:
    """Every standing entry of a team, oldest first; the score is None while it waits."""
    rows = (
        Entry.objects.filter(team=team)
        .standing()
        .with_scores(team.competition)
        .order_by("ordinal")
        .values_list("ordinal", "created_at", f"{part}_score", f"{part}_low", f"{part}_high")
    )
    return [HistoryPoint(*row) for row in rows]


# --- keeping ------------------------------------------------------------------------------------------------


class _Slot:
    """The last board of one competition and part in this process, and the one thread that may make the next."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.board: Board | None = None
        self.made_at = float("-inf")
        self.cost_seconds = 0.0

    @property
    def is_costly(self) -> bool:
        return self.cost_seconds > CHEAP_SECONDS

    def may_rest(self) -> bool:
        rest = min(REST * self.cost_seconds, LONGEST_REST_SECONDS)
        return self.is_costly and time.monotonic() - self.made_at < rest


_slots: OrderedDict[tuple[Any, ...], _Slot] = OrderedDict()
_slots_lock = threading.Lock()


def board(competition: Competition, *, part: Part = "public") -> Board:
    """The board as of the competition's `board_version`, or, while a costly one is resting, the one before."""
    slot = _slot(competition, part)
    held = slot.board
    if held is not None:
        if not held.is_behind(competition) or slot.may_rest():
            return held
        if slot.is_costly and slot.lock.locked():
            return held  # somebody is making the next one
    with slot.lock:
        held = slot.board
        if held is not None and not held.is_behind(competition):
            return held
        began = time.monotonic()
        made = compute(competition, part)
        slot.board, slot.made_at = made, time.monotonic()
        slot.cost_seconds = slot.made_at - began
        return made


def forget() -> None:
    """Keep nothing (tests and benchmarks)."""
    with _slots_lock:
        _slots.clear()


def _slot(competition: Competition, part: Part) -> _Slot:
    # A database may give a number again after its row was deleted; the time of making tells the two apart.
    key = (competition.pk, competition.created_at, part)
    with _slots_lock:
        slot = _slots.setdefault(key, _Slot())
        _slots.move_to_end(key)
        while len(_slots) > BOARDS_KEPT:
            _slots.popitem(last=False)
        return slot


# --- computing ----------------------------------------------------------------------------------------------


def compute(competition: Competition, part: Part) -> Board:
    """A board from the database: five queries, however many teams and entries there are."""
    # Read before the scores, so that what changes meanwhile raises the version above the one noted here.
    current = Competition.objects.get(pk=competition.pk)
    metric_name, _options = current.metric_at(current.shown_version)
    metric = METRICS.get(metric_name)
    better = metric.greater_is_better
    entries = _scored_entries(current)
    if part == "public":
        counted = entries
        best = leaderboard.best_entries(entries, greater_is_better=better)
    else:
        finals = leaderboard.final_entries(entries, picks=current.final_picks, greater_is_better=better)
        counted = [entry for made in finals.values() for entry in made if entry.private_score is not None]
        best = leaderboard.private_bests(finals, greater_is_better=better)
    rows = _standings(current, part, metric, entries, counted, best)
    shown = [row for row in rows if not row.is_baseline] or rows
    values = [v for row in shown for v in (row.score, row.low, row.high) if v is not None and np.isfinite(v)]
    return Board(
        competition_id=current.pk,
        part=part,
        rows=tuple(rows),
        version=current.board_version,
        truth_version=current.shown_version,
        metric=metric_name,
        greater_is_better=better,
        decimals=metric.decimals,
        domain=without_outliers(values),
        updated_at=timezone.now(),
        n_teams=sum(1 for row in rows if not row.is_baseline),
        is_rescoring=current.shown_version != current.truth_version,
        places={row.team_id: place for place, row in enumerate(rows)},
    )


def _scored_entries(competition: Competition) -> list[ScoredEntry]:
    """Every standing entry with its scores; `entry_id` is (scoring, ordinal)."""
    found = (
        Scoring.objects.filter(
            entry__competition=competition,
            truth_version=competition.shown_version,
            entry__withdrawn_at__isnull=True,
        )
        .exclude(entry__state=EntryState.FAILED)
        .order_by("entry__ordinal")
        .values_list(
            *("pk", "entry__ordinal", "entry__team_id", "public_score"),
            *("entry__created_at", "private_score", "entry__is_final_pick"),
        )
    )
    return [
        ScoredEntry((scoring, ordinal), team, public, at, private, picked)
        for scoring, ordinal, team, public, at, private, picked in found.iterator(chunk_size=5000)
    ]


def _standings(
    competition: Competition,
    part: Part,
    metric: Any,
    entries: list[ScoredEntry],
    counted: list[ScoredEntry],
    best: dict[Any, ScoredEntry],
) -> list[Standing]:
    score_of = _public if part == "public" else _private
    history: dict[Any, list[tuple[datetime, float]]] = {team: [] for team in best}
    made: dict[Any, list[datetime]] = {team: [] for team in best}
    for entry in entries:
        if entry.team_id in made:
            made[entry.team_id].append(entry.at)
    for entry in counted:
        if entry.team_id in history:
            history[entry.team_id].append((entry.at, score_of(entry)))
    for past in history.values():
        past.sort(key=lambda point: point[0])  # entries may come in with an earlier moment than their number says
    teams = {pk: (name, base) for pk, name, base in competition.teams.values_list("pk", "name", "is_baseline")}
    measured = _measured(part, [entry.entry_id[0] for entry in best.values()])
    rows = [
        Row(
            team_id=team,
            score=score_of(entry),
            replicates=measured[entry.entry_id[0]][2],
            n_entries=len(made[team]),
            last_at=max(made[team]),
            is_baseline=teams[team][1],
            reached_at=entry.at,
        )
        for team, entry in best.items()
        if team in teams
    ]
    ranked = leaderboard.rank(rows, greater_is_better=metric.greater_is_better, decimals=metric.decimals)
    band_of = {
        team: band.number
        for band in leaderboard.bands(rows, greater_is_better=metric.greater_is_better)
        for team in band.members
    }
    before = _public_ranks(competition) if part == "private" else {}
    return [
        Standing(
            rank=place.rank,
            team_id=place.row.team_id,
            team_name=teams[place.row.team_id][0],
            is_baseline=place.row.is_baseline,
            score=place.row.score,
            low=measured[best[place.row.team_id].entry_id[0]][0],
            high=measured[best[place.row.team_id].entry_id[0]][1],
            n_entries=place.row.n_entries,
            last_at=place.row.last_at,
            history=tuple(history[place.row.team_id]),
            in_leading_band=band_of.get(place.row.team_id) == 1,
            band=band_of.get(place.row.team_id, 0),
            moved=_moved(before.get(place.row.team_id), place.rank),
            entry_ordinal=best[place.row.team_id].entry_id[1],
        )
        for place in ranked
    ]


def _public(entry: ScoredEntry) -> float:
    return entry.score


def _private(entry: ScoredEntry) -> float:
    return float("nan") if entry.private_score is None else entry.private_score


def _measured(part: Part, scorings: Iterable[int]) -> dict[int, tuple[Any, Any, Any]]:
    """(low, high, replicates) of each team's best scoring."""
    wanted = list(scorings)
    found: dict[int, tuple[Any, Any, Any]] = {}
    for begin in range(0, len(wanted), 900):  # SQLite bounds the parameters of one statement
        rows = Scoring.objects.filter(pk__in=wanted[begin : begin + 900])
        for pk, low, high, packed in rows.values_list("pk", f"{part}_low", f"{part}_high", f"{part}_replicates"):
            found[pk] = (low, high, None if packed is None else np.frombuffer(packed, dtype=np.float32))
    # A scoring that was deleted a moment ago leaves an empty place.
    return {pk: found.get(pk, (None, None, None)) for pk in wanted}


def _public_ranks(competition: Competition) -> dict[int, int | None]:
    return {row.team_id: row.rank for row in board(competition, part="public").rows}


def _moved(public: int | None, private: int | None) -> int | None:
    return None if public is None or private is None else public - private
