"""The climb: gives workers what the schedule says, gathers what they answer, and stops in time.

Owns the loop and everything that depends on the clock. What is tried, and what comes of it, is decided elsewhere:
`schedule`, `tuner`, `record`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seodang.i18n import N_, gettext
from seodang.learn.climb import handover, reasons
from seodang.learn.climb.clock import Clock
from seodang.learn.climb.crew import Crew, Done, Event, Lost, Member
from seodang.learn.climb.fitting import seed_of
from seodang.learn.climb.handover import Outline
from seodang.learn.climb.record import FoldJudge, Library, Record, fold_loss, keepings_of, put_together
from seodang.learn.climb.schedule import Continue, Move, Schedule, Start, TooSlow, Track, Trial, broken_off
from seodang.learn.climb.tasks import Fit, Fitted, Keep, Look, Prepare, WakeKeras
from seodang.learn.climb.tuner import Tuner
from seodang.learn.errors import BudgetTooSmall, TableUnusable
from seodang.learn.families import Family
from seodang.learn.rungs import Progress, Rung, Said

OnProgress = Callable[[Progress], bool | None]

_TELL_SECONDS = 0.2
_WAIT_SECONDS = 0.1
# Below this budget, importing Keras would take the time of everything else.
LEAST_FOR_KERAS = 8.0
# From this budget on, the second worker takes networks too, once the others have had their first round.
LEAST_FOR_MORE_KERAS = 30.0
_MOST_FAILURES = 3
# Looking for leakage may take this share of the budget.
_LOOK_SHARE = 0.15


@dataclass(frozen=True)
class Asked:
    """What a caller of `fit` wants climbed. most_candidates: of each family; None for what suits the table."""

    source: Path | None
    options: Mapping[str, Any]
    families: Sequence[Family]
    seed: int
    n_workers: int
    most_candidates: int | None = None


@dataclass
class _AtWork:
    """What a worker is at. most_seconds: when it is ended."""

    track: Track
    trial: Trial
    fold: int
    most_seconds: float


@dataclass
class Climb:
    """One climb. After `run`: `outline`, `library`, `looked` (warnings), `skipped`, `spent` (seconds by family)."""

    asked: Asked
    clock: Clock
    crew: Crew
    folder: Path
    on_progress: OnProgress | None = None
    library: Library = field(default_factory=Library)
    skipped: dict[str, Said] = field(default_factory=dict)
    looked: tuple[Said, ...] = ()
    spent: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outline: Outline
        self._schedule: Schedule
        self._judge: FoldJudge
        self._families: dict[str, Family] = {family.name: family for family in self.asked.families}
        self._tuners: dict[str, Tuner] = {}
        self._records: dict[tuple[str, int], Record] = {}
        self._at_work: dict[int, _AtWork] = {}
        self._told_at = -math.inf
        self._told_stage = ""
        self.was_stopped = False  # by `on_progress`
        self._has_looked = False
        self._to_probe: list[str] = []  # families of which nothing was written yet
        self._save_seconds: dict[str, float] = {}  # of one fold model, by family

    # --- the whole way ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """
        Raises:
            BudgetTooSmall: not one rung was climbed.
            LearnError, ScoreError: whatever is wrong with the table or the choices.
        """
        self._start()
        self._read()
        self._line_up()
        self._climb()
        self._note_what_was_cut()
        if not self.library:
            raise self._too_small()

    def _start(self) -> None:
        if self._wants_keras and self.asked.n_workers > 1:
            self.crew.give(self.crew.members[-1], WakeKeras())

    @property
    def _wants_keras(self) -> bool:
        return self.clock.budget >= LEAST_FOR_KERAS and any(f.needs_keras for f in self.asked.families)

    def _read(self) -> None:
        """
        Raises:
            BudgetTooSmall: the table was not read in time.
        """
        data = self.folder / "data"
        self.crew.give(self.crew.members[0], Prepare(data, self.asked.source, self.asked.options))
        while not hasattr(self, "outline"):
            for event in self.crew.wait(_WAIT_SECONDS):
                self._on_reading(event, data)
            self.tell("reading")
            if time.monotonic() > self.clock.last_moment:
                raise BudgetTooSmall(
                    N_("After %(budget)s s the table was not read yet, so that nothing could be fitted."),
                    hint=N_("Give a larger budget, or a table of fewer rows or columns."),
                    budget=f"{self.clock.budget:g}",
                )

    def _on_reading(self, event: Event, data: Path) -> None:
        if not isinstance(event.task, Prepare):
            self._on(event)
        elif isinstance(event, Lost):
            raise TableUnusable(
                N_("The table could not be read: its process was ended (%(reason)s)."),
                hint=N_("Probably it does not fit into memory. Give fewer rows or columns."),
                reason=event.reason or gettext("memory"),
            )
        elif event.answer.error is not None:
            raise event.answer.error
        elif event.answer.reason:
            raise TableUnusable(N_("The table could not be read: %(reason)s"), reason=event.answer.reason)
        else:
            self.outline = handover.load(data / handover.OUTLINE)

    def _line_up(self) -> None:
        facts = self.outline.facts
        tracks = []
        for family in sorted(self.asked.families, key=_turn):
            reason = family.why_not(facts)
            if reason is None and family.needs_keras and not self._wants_keras:
                reason = reasons.no_time_for_keras(self.clock.budget)
            if reason is not None:
                self.skipped.setdefault(family.name, reason)
            if family.name not in self.skipped:
                tracks.append(Track(family.name, family.needs_keras))
                self._tuners[family.name] = Tuner(family, facts, self.asked.seed, self.asked.most_candidates)
        self._judge = FoldJudge(self.outline)
        n_keras = self.asked.n_workers if self.clock.budget >= LEAST_FOR_MORE_KERAS else 1
        self._schedule = Schedule(tracks, len(self.outline.folds), self.asked.n_workers, n_keras)

    def _climb(self) -> None:
        while True:
            for member in self.crew.free:
                self._set_to_work(member)
            if not self.crew.busy:
                return
            for event in self.crew.wait(self._until_something()):
                self._on(event)
            self._end_what_overruns()
            self.tell("climbing")
            if time.monotonic() >= self._end:
                return

    @property
    def _end(self) -> float:
        """When fits end; a climb that has no rung yet may use the whole promise."""
        if not self.library:
            return self.clock.last_moment
        if self.was_stopped:
            return -math.inf
        saving = sum(self._save_seconds.values()) * self._schedule.n_folds / self.asked.n_workers
        return self.clock.fits_end(self.outline.facts, len(self.library.families), saving)

    @property
    def _seconds_left(self) -> float:
        return self._end - time.monotonic()

    def _until_something(self) -> float:
        return max(0.0, min(_WAIT_SECONDS, self._seconds_left))

    # --- giving work -----------------------------------------------------------------------------------------

    def _set_to_work(self, member: Member) -> None:
        if self._seconds_left <= 0:
            return
        if self._to_probe and (entry := self.library.best(self._to_probe.pop(0))) is not None:
            # Two: the first may have to import what writes it.
            first = keepings_of(entry, self._families[entry.candidate.family], self.folder)[:2]
            self.crew.give(member, Keep(self.folder / "data", tuple(first)))
            return
        if self._should_look:
            self._has_looked = True
            self.crew.give(member, Look(self.folder / "data", self.asked.seed))
            return
        if self._should_wake_keras(member):
            self.crew.give(member, WakeKeras())
            return
        while (move := self._next_move(member)) is not None:
            if isinstance(move, TooSlow):
                self._give_up(move)
            elif self._fit(member, move):
                return

    def _next_move(self, member: Member) -> Move | None:
        left = self._seconds_left
        return self._schedule.next_move(
            left, has_keras=member.has_keras, prefers=self._encoded_by(member), busy=self._busy_for(member)
        )

    def _busy_for(self, member: Member) -> list[float]:
        """How long each of the other workers will probably be busy."""
        now = time.monotonic()
        found = []
        for other in self.crew.members:
            work = self._at_work.get(other.number)
            if other is not member:
                cost = 0.0 if work is None else work.track.fold_seconds or 0.0
                found.append(0.0 if other.is_free else max(0.1 * cost, cost - (now - other.since)))
        return found

    def _encoded_by(self, member: Member) -> Sequence[int]:
        return range(member.number % self.asked.n_workers, self._schedule.n_folds, self.asked.n_workers)

    def _fit(self, member: Member, move: Start | Continue) -> bool:
        """Whether a worker was set to it: a family may have nothing left."""
        track = self._schedule[move.family]
        if isinstance(move, Start):
            settings = self._tuners[track.name].ask()
            if settings is None:
                track.has_more = False
                return False
            track.active = Trial(track.name, track.n_started, settings, self._schedule.n_folds)
            track.n_started += 1
            self._records[track.name, track.active.index] = Record(track.name, track.active.index, settings)
        trial = track.active
        assert trial is not None
        fold = move.fold if isinstance(move, Continue) else 0
        trial.running.add(fold)
        self._at_work[member.number] = _AtWork(
            track, trial, fold, self._schedule.most_seconds(track, self._seconds_left)
        )
        self.crew.give(member, self._fit_task(trial, fold))
        return True

    def _fit_task(self, trial: Trial, fold: int) -> Fit:
        return Fit(
            folder=self.folder / "data",
            family=self._families[trial.family],
            settings=trial.settings,
            fold=fold,
            seed=seed_of(self.asked.seed, trial.family, trial.index, fold),
            model=self.folder / "fitted" / f"{trial.family}-{trial.index}-{fold}",
        )

    @property
    def _should_look(self) -> bool:
        """Early, but after the first rungs stand."""
        if self._has_looked or not self.library:
            return False
        return len(self.library.families) >= 3 or not self._schedule.in_first_round

    def _should_wake_keras(self, member: Member) -> bool:
        """The first worker for networks at once, more when the other families have had their first round."""
        if member.has_keras or not self._wants_keras:
            return False
        if not any(track.needs_keras and not track.is_closed for track in self._schedule.tracks):
            return False
        awake = sum(other.has_keras or _wakes(other) for other in self.crew.members)
        if awake >= self._schedule.n_keras:
            return False
        if awake == 0 and self.asked.n_workers > 1:
            return self._seconds_left > LEAST_FOR_KERAS
        return self._others_have_begun and self._seconds_left > 0.3 * self.clock.budget

    @property
    def _others_have_begun(self) -> bool:
        others = [track for track in self._schedule.tracks if not track.needs_keras and not track.is_closed]
        return all(track.n_complete for track in others)

    # --- answers ---------------------------------------------------------------------------------------------

    def _on(self, event: Event) -> None:
        task = event.task
        if isinstance(task, Fit):
            work = self._at_work.pop(event.member.number)
            work.trial.running.discard(work.fold)
            seconds = time.monotonic() - event.member.since
            self._spend(work.track, seconds)
            if isinstance(event, Done) and isinstance(event.answer.value, Fitted):
                self._on_fitted(work, event.answer.value, seconds)
            else:
                self._on_failure(work, reasons.failure(event, self.crew.part_bytes))
        elif isinstance(task, WakeKeras):
            self._on_keras(event)
        elif isinstance(task, Look) and isinstance(event, Done):
            self.looked = event.answer.value or ()
        elif isinstance(task, Keep) and isinstance(event, Done) and event.answer.value:
            self._save_seconds[task.models[0].family.name] = event.answer.value[-1]
            event.member.has_kept_networks |= task.models[0].family.needs_keras
        if isinstance(event, Lost):
            self._replace(event.member)

    def _on_fitted(self, work: _AtWork, fitted: Fitted, seconds: float) -> None:
        track, trial = work.track, work.trial
        record = self._records.get((trial.family, trial.index))
        if track.active is not trial or record is None:
            return  # broken off meanwhile
        record.fitted[work.fold] = fitted
        record.models[work.fold] = self._fit_task(trial, work.fold).model
        trial.losses[work.fold] = fold_loss(fitted, self._judge, work.fold)
        trial.seconds[work.fold] = seconds
        if track.fold_seconds is None:
            self._schedule.has_shown_cost(track, seconds, self._seconds_left)
        n_valid = len(self.outline.folds[work.fold][1])
        times_worse = broken_off(trial, track, n_valid)
        if times_worse is not None:
            self._end_trial(track, trial, track.best_loss * times_worse)
            track.stale += 1
        elif trial.is_complete:
            self._complete(track, trial, record)

    def _complete(self, track: Track, trial: Trial, record: Record) -> None:
        entry = put_together(record, self.outline, self._judge)
        record.models.clear()
        self.library.add(entry)
        if not track.n_complete:
            self._to_probe.append(track.name)
        trial.losses = {
            fold: self._judge.loss_of_score(score) for fold, score in enumerate(entry.candidate.fold_scores)
        }
        track.completed(trial)
        track.fold_seconds = trial.mean_seconds
        self._end_trial(track, trial, trial.mean_loss())

    def _end_trial(self, track: Track, trial: Trial, loss: float) -> None:
        record = self._records.pop((trial.family, trial.index), None)
        if record is not None:
            record.remove_models()
        tuner = self._tuners[track.name]
        tuner.tell(trial.settings, loss)
        track.active = None
        track.is_waiting = False
        track.has_more = tuner.has_more()
        if not track.has_more:
            track.is_closed = True

    def _on_failure(self, work: _AtWork, reason: Said) -> None:
        track = work.track
        if track.active is not work.trial:
            return
        track.n_failed += 1
        self._end_trial(track, work.trial, math.nan)
        if not track.n_complete:
            self.skipped[track.name] = reason
        if track.n_failed >= _MOST_FAILURES or (not track.n_complete and reason.code != "failed"):
            track.is_closed = True

    def _on_keras(self, event: Event) -> None:
        if isinstance(event, Done) and event.answer.error is None and not event.answer.reason:
            event.member.has_keras = True
            return
        reason = reasons.keras_missing(event)
        for family in self.asked.families:
            if family.needs_keras and family.name not in self.library.families:
                self.skipped[family.name] = reason
        if hasattr(self, "_schedule"):
            for track in self._schedule.tracks:
                track.is_closed = track.is_closed or track.needs_keras

    def _replace(self, member: Member) -> None:
        if member not in self.crew.members and len(self.crew.members) < self.asked.n_workers:
            self.crew.add()

    # --- stopping --------------------------------------------------------------------------------------------

    def _end_what_overruns(self) -> None:
        now = time.monotonic()
        for member in self.crew.busy:
            work = self._at_work.get(member.number)
            task = member.task.task if member.task else None
            elapsed = now - member.since
            if work is not None and elapsed > work.most_seconds and self._seconds_left > 0:
                self._overrun(member, work, elapsed)
            elif isinstance(task, Look) and elapsed > _LOOK_SHARE * self.clock.budget:
                self.crew.dismiss(member)
                self._replace(member)

    def _overrun(self, member: Member, work: _AtWork, elapsed: float) -> None:
        self.crew.dismiss(member)
        self._at_work.pop(member.number)
        work.trial.running.discard(work.fold)
        self._spend(work.track, elapsed)
        if work.track.active is work.trial:
            known = work.track.n_complete > 0
            if not known:
                self.skipped[work.track.name] = reasons.first_fold_too_slow(elapsed, self._schedule.n_folds)
                work.track.is_closed = True
            self._end_trial(work.track, work.trial, math.nan)
        self._replace(member)

    def _give_up(self, move: TooSlow) -> None:
        track = self._schedule[move.family]
        self.skipped[track.name] = reasons.folds_too_slow(
            move.fold_seconds, self._schedule.n_folds, max(0.0, self._seconds_left)
        )
        if track.active is not None:
            self._end_trial(track, track.active, math.nan)
        track.is_closed = True

    def _note_what_was_cut(self) -> None:
        for track in self._schedule.tracks:
            if track.n_complete:
                self.skipped.pop(track.name, None)
            elif track.name not in self.skipped:
                done = len(track.active.losses) if track.active else 0
                reason = (
                    reasons.stopped() if self.was_stopped else reasons.time_was_up(done, self._schedule.n_folds)
                )
                self.skipped[track.name] = reason

    def _too_small(self) -> BudgetTooSmall:
        names = [family.name for family in self.asked.families]
        first = next((self.skipped[name] for name in names if name in self.skipped), None)
        return BudgetTooSmall(
            N_("Not one family could be fitted in %(budget)s s. %(reason)s"),
            hint=N_("Give a larger budget: 10 s for a small table, 60 s for most."),
            budget=f"{self.clock.budget:g}",
            reason=str(first) if first is not None else "",
        )

    # --- telling ---------------------------------------------------------------------------------------------

    def _spend(self, track: Track, seconds: float) -> None:
        self.spent[track.name] = self.spent.get(track.name, 0.0) + seconds
        if track.n_complete:
            track.spent += seconds

    def tell(self, stage: str, *, always: bool = False) -> None:
        """Progress, about five times a second at most, and whenever a stage begins."""
        now = time.monotonic()
        is_due = always or stage != self._told_stage or now - self._told_at >= _TELL_SECONDS
        if self.on_progress is None or not is_due:
            return
        self._told_at, self._told_stage = now, stage
        best = min((self.library.of(name)[0] for name in self.library.families), key=_loss, default=None)
        working = [work.track.name for work in self._at_work.values()]
        answer = self.on_progress(
            Progress(
                stage=stage,
                seconds=self.clock.elapsed,
                budget_seconds=self.clock.budget,
                rungs=tuple(self.provisional_rungs()),
                best=best.candidate.family if best is not None else None,
                now=working[0] if working else "",
            )
        )
        self.was_stopped = self.was_stopped or answer is False

    def provisional_rungs(self) -> list[Rung]:
        rungs = []
        for family in self.asked.families:
            entry = self.library.best(family.name)
            spent = self.spent.get(family.name, 0.0)
            if entry is not None:
                rungs.append(
                    Rung(
                        family.name,
                        family.title,
                        score=entry.score,
                        seconds=spent,
                        fold_scores=entry.candidate.fold_scores,
                        n_candidates=self.library.n_complete[family.name],
                        settings=entry.candidate.settings,
                    )
                )
            elif family.name in self.skipped:
                rungs.append(Rung(family.name, family.title, seconds=spent, skipped=self.skipped[family.name]))
        return rungs


def _loss(entry: Any) -> float:
    return entry.loss if not math.isnan(entry.loss) else math.inf


def _turn(family: Family) -> int:
    return family.order if family.turn is None else family.turn


def _wakes(member: Member) -> bool:
    return member.task is not None and isinstance(member.task.task, WakeKeras)
