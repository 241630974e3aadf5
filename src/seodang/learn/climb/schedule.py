"""What to fit next, and when to give up: decisions on plain numbers, with no process and no clock of its own.

The climb goes in rounds. First every family's best bet, in the ladder's order or by its `turn`; its first fold
tells what it costs. Where the other folds are cheap they follow at once; else they wait until every family has
shown its first fold, and then the promising go on first, the cheap next. Then the families' other settings
(portfolio, then Optuna), time going to families by their rank; a family ends when its settings are through or a
long stretch brought nothing.

Which settings a family tries, in which order, and which it breaks off depends on its own results alone, never on
time; the clock decides only how far each gets. So a climb that the clock does not cut short gives the same numbers
again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Of the time left: the rest of a family's folds may follow its first one at once when they take less than this.
AT_ONCE = 0.12
# … and a family that has not shown its cost yet may be heading for this much.
FIRST_SHARE = 0.6
# Networks have a worker of their own, which loses its import of Keras where it is ended.
FIRST_SHARE_OF_NETWORKS = 0.8
# A family's weight in tuning falls so from rank to rank, and with each candidate in a row that brought nothing.
BY_RANK = 0.7
BY_STALE = 0.9
# Later settings may cost more than the first.
MARGIN = 1.25
# … and its other folds more than the first one did.
FOLD_MARGIN = 1.15
# A first fold within this factor of the best one makes a family promising.
PROMISING = 1.05
# A candidate is broken off where its loss on the folds so far is so many times the family's best on the same folds,
# by the number of folds.
BREAK_OFF = {1: 1.12, 2: 1.06, 3: 1.04}
BREAK_OFF_LATER = 1.03
# Fewer validation rows than this say too little for that.
ENOUGH_TO_BREAK_OFF = 100
# Better by less than this share is no better.
BETTER = 5e-4


@dataclass
class Trial:
    """A candidate on its way: settings, and what its folds gave so far.

    losses, seconds: by fold, of those that are done. running: folds that a worker is at.
    """

    family: str
    index: int
    settings: Mapping[str, Any]
    n_folds: int
    losses: dict[int, float] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    running: set[int] = field(default_factory=set)

    @property
    def open_folds(self) -> list[int]:
        return [fold for fold in range(self.n_folds) if fold not in self.losses and fold not in self.running]

    @property
    def is_complete(self) -> bool:
        return len(self.losses) == self.n_folds

    @property
    def prefix(self) -> int:
        """How many folds are done from the first one on without a gap."""
        done = 0
        while done in self.losses:
            done += 1
        return done

    def mean_loss(self, n_folds: int | None = None) -> float:
        folds = range(self.n_folds if n_folds is None else n_folds)
        return mean([self.losses[fold] for fold in folds if fold in self.losses])

    @property
    def mean_seconds(self) -> float:
        return mean(list(self.seconds.values()))


@dataclass
class Track:
    """One family's climb.

    active: the candidate on its way. has_more: whether there are settings left. best_losses: of its best complete
    candidate, by fold. first_loss: of its very first fold. fold_seconds: what a fold cost lately. is_waiting: its
    first fold is done, the others wait. spent: seconds of workers since the first round. stale: candidates in a row
    that brought nothing.
    """

    name: str
    needs_keras: bool = False
    active: Trial | None = None
    has_more: bool = True
    n_started: int = 0
    n_complete: int = 0
    best_losses: tuple[float, ...] = ()
    first_loss: float = math.inf
    fold_seconds: float | None = None
    is_waiting: bool = False
    spent: float = 0.0
    stale: int = 0
    n_failed: int = 0
    is_closed: bool = False

    @property
    def best_loss(self) -> float:
        return mean(self.best_losses) if self.best_losses else math.inf

    @property
    def has_shown(self) -> bool:
        """Whether its cost is known."""
        return self.fold_seconds is not None

    def completed(self, trial: Trial) -> bool:
        """Count a complete candidate; whether it is the family's best."""
        self.n_complete += 1
        losses = tuple(trial.losses[fold] for fold in range(trial.n_folds))
        loss = mean(losses)
        is_best = not self.best_losses or loss < self.best_loss
        clearly = not self.best_losses or loss < self.best_loss - BETTER * abs(self.best_loss)
        self.stale = 0 if clearly else self.stale + 1
        if is_best:
            self.best_losses = losses
        return is_best


@dataclass(frozen=True)
class Start:
    """Begin the family's next candidate with its first fold."""

    family: str


@dataclass(frozen=True)
class Continue:
    """Another fold of the family's active candidate."""

    family: str
    fold: int


@dataclass(frozen=True)
class TooSlow:
    """The rest of a family's first candidate does not fit into the time left."""

    family: str
    fold_seconds: float


Move = Start | Continue | TooSlow


def mean(values: Iterable[float]) -> float:
    found = [value for value in values if not math.isnan(value)]
    return sum(found) / len(found) if found else math.nan


def rounds_of(n_folds: int, n_workers: int) -> int:
    """How often a worker's turn comes while so many folds are spread over so many workers."""
    return -(-n_folds // max(1, n_workers))


@dataclass
class Schedule:
    """
    Args:
        tracks: the families that may climb, in the order in which they begin.
        n_folds: of each candidate.
        n_workers, n_keras: how many workers there are, and how many of them may be given networks.
    """

    tracks: Sequence[Track]
    n_folds: int
    n_workers: int
    n_keras: int

    def __post_init__(self) -> None:
        self._by_name = {track.name: track for track in self.tracks}

    def __getitem__(self, name: str) -> Track:
        return self._by_name[name]

    @property
    def in_first_round(self) -> bool:
        return any(not track.is_closed and not track.n_complete for track in self.tracks)

    def workers_for(self, track: Track) -> int:
        return self.n_keras if track.needs_keras else self.n_workers

    # --- the next move ---------------------------------------------------------------------------------------

    def next_move(
        self, seconds_left: float, *, has_keras: bool, prefers: Iterable[int] = (), busy: Sequence[float] = ()
    ) -> Move | None:
        """What a free worker should do; None where there is nothing for it now.

        Args:
            has_keras: whether the worker may be given networks; it is then kept for them where some are left.
            prefers: folds that this worker has encoded already.
            busy: seconds that each of the other workers will probably be busy for.
        """
        able = [track for track in self.tracks if not track.is_closed and (has_keras or not track.needs_keras)]
        if has_keras:
            able.sort(key=lambda track: not track.needs_keras)  # stable: else in their order
        networks_wait = has_keras and any(track.is_waiting and track.needs_keras for track in able)
        return (
            self._go_on(able, set(prefers))
            # A fold of unknown cost may end its worker, and the import of Keras with it.
            or self._first_folds([track for track in able if track.needs_keras or not networks_wait])
            or self._after_waiting(able, seconds_left, set(prefers), busy)
            or self._first_folds(able)
            or self._tune(able, seconds_left, busy)
        )

    def _go_on(self, able: Sequence[Track], prefers: set[int]) -> Move | None:
        """Finish what was begun: the candidate with the fewest folds to go."""
        begun = [
            track
            for track in able
            if track.active is not None and track.has_shown and not track.is_waiting and track.active.open_folds
        ]
        if not begun:
            return None
        track = min(begun, key=lambda track: len(track.active.open_folds) if track.active else 0)
        return self._fold_of(track, prefers)

    def _fold_of(self, track: Track, prefers: set[int]) -> Move:
        assert track.active is not None
        folds = track.active.open_folds
        return Continue(track.name, next((fold for fold in folds if fold in prefers), folds[0]))

    def _first_folds(self, able: Sequence[Track]) -> Move | None:
        """Also again where a family's first settings failed."""
        for track in able:
            if track.active is None and not track.n_complete and track.has_more:
                return Start(track.name)
        return None

    def _after_waiting(
        self, able: Sequence[Track], seconds_left: float, prefers: set[int], busy: Sequence[float]
    ) -> Move | None:
        """Of the families that wait after their first fold: the promising, then the cheap. One that cannot fit any
        more is given up; one that only others' work keeps from fitting goes on waiting."""
        waiting = [track for track in able if track.is_waiting and track.active is not None]
        for track in waiting:
            if self.rest_of_folds(track) > seconds_left:
                return TooSlow(track.name, track.fold_seconds or 0.0)
        waiting = [track for track in waiting if self.rest_of_folds(track, busy) <= seconds_left]
        if not waiting:
            return None
        track = min(waiting, key=self._promise)
        track.is_waiting = False
        return self._fold_of(track, prefers)

    def _promise(self, track: Track) -> tuple[int, float]:
        """The least goes first. While first folds are still at work, only the cheap ones are sure not to be in the
        way of a better family."""
        at_first = [t for t in self.tracks if t.active is not None and t.fold_seconds is None and not t.is_closed]
        best = min(t.first_loss for t in self.tracks)
        if not at_first and track.first_loss <= best + (PROMISING - 1) * abs(best):
            return 0, track.first_loss
        return 1, self.rest_of_folds(track)

    def _tune(self, able: Sequence[Track], seconds_left: float, busy: Sequence[float]) -> Move | None:
        """The family that has had the least time for its weight, of those whose next candidate fits."""
        ranked = sorted((track for track in self.tracks if track.n_complete), key=lambda track: track.best_loss)
        rank = {track.name: place for place, track in enumerate(ranked)}
        ready = [
            track
            for track in able
            if track.active is None
            and track.has_more
            and track.n_complete
            and self.whole_candidate(track, busy) <= seconds_left
        ]
        if not ready:
            return None
        return Start(min(ready, key=lambda track: track.spent / weight(rank[track.name], track.stale)).name)

    # --- costs -----------------------------------------------------------------------------------------------

    def rest_of_folds(self, track: Track, busy: Sequence[float] = ()) -> float:
        """Seconds until the active candidate's open folds are done, if all workers that may are at it."""
        open_folds = len(track.active.open_folds) if track.active else 0
        return self._until_done(track, open_folds, FOLD_MARGIN, busy)

    def whole_candidate(self, track: Track, busy: Sequence[float] = ()) -> float:
        return self._until_done(track, self.n_folds, MARGIN, busy)

    def _until_done(self, track: Track, n_folds: int, margin: float, busy: Sequence[float]) -> float:
        n_workers = self.workers_for(track)
        others = [*sorted(busy)[: n_workers - 1], *[0.0] * n_workers][: n_workers - 1]
        return makespan(n_folds, (track.fold_seconds or 0.0) * margin, [0.0, *others])

    def has_shown_cost(self, track: Track, seconds: float, seconds_left: float) -> None:
        """A family's very first fold is done: the others follow at once, or wait."""
        track.fold_seconds = seconds
        track.first_loss = _first_loss(track)
        track.is_waiting = self.rest_of_folds(track) > AT_ONCE * seconds_left

    def most_seconds(self, track: Track, seconds_left: float) -> float:
        """How long the fold that is begun now may take; after that it is ended.

        The very first family: all that is left. An unknown cost: as long as all of its folds would fit into a share
        of what is left. A known one: several times that, for settings differ.
        """
        if track is self.tracks[0] and not any(other.n_complete for other in self.tracks):
            return seconds_left  # without it there may be no rung at all
        if track.fold_seconds is None:
            rounds = 1 + rounds_of(self.n_folds - 1, self.workers_for(track))
            others = any(not other.n_started and other is not track for other in self.tracks)
            share = FIRST_SHARE_OF_NETWORKS if track.needs_keras else FIRST_SHARE
            return seconds_left * (share if others else 1.0) / rounds
        return min(seconds_left, max(4 * track.fold_seconds, track.fold_seconds + 2.0))


def makespan(n_folds: int, seconds: float, busy: Sequence[float]) -> float:
    """When so many folds of so many seconds are done by workers that are busy until then, each taking the next."""
    free_at = list(busy)
    done = 0.0
    for _ in range(n_folds):
        soonest = min(range(len(free_at)), key=free_at.__getitem__)
        free_at[soonest] += seconds
        done = max(done, free_at[soonest])
    return done


def weight(rank: int, stale: int) -> float:
    return float(BY_RANK**rank * BY_STALE**stale)


def _first_loss(track: Track) -> float:
    loss = track.active.losses.get(0, math.inf) if track.active else math.inf
    return math.inf if math.isnan(loss) else loss


def broken_off(trial: Trial, track: Track, n_valid: int) -> float | None:
    """Whether a later candidate is so much worse than its family's best that its other folds are not worth it: how
    many times its loss is that of the best on the same folds; else None.

    It depends on the first folds without a gap alone, and is asked once more when all are done, so that the order
    in which workers answer does not matter.

    Args:
        n_valid: validation rows of a fold.
    """
    if not track.best_losses:
        return None
    for n_folds in range(1, min(trial.prefix, trial.n_folds - 1) + 1):
        best = mean(track.best_losses[:n_folds])
        if n_folds * n_valid < ENOUGH_TO_BREAK_OFF or math.isnan(best) or best <= 0:
            continue
        times = trial.mean_loss(n_folds) / best
        if times > BREAK_OFF.get(n_folds, BREAK_OFF_LATER):
            return times
    return None
