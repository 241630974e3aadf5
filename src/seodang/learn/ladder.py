"""One call climbs the whole ladder: `fit`, and what it gives back, a `Ladder`.

Owns the call, the private folder that the fitted models lie in, and prediction. How it climbs stands in `climb`.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.candidate import Candidate
from seodang.learn.climb import handover, memory
from seodang.learn.climb.clock import Clock
from seodang.learn.climb.holdout import check_holdout
from seodang.learn.compare import best_rung
from seodang.learn.errors import ChoiceInvalid
from seodang.learn.families import FAMILIES, Family, ladder_order
from seodang.learn.rungs import Progress, Rung, Said
from seodang.learn.task import Facts, Task
from seodang.score.metrics import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from seodang.learn.climb.climb import Climb
    from seodang.learn.climb.finish import Finished, Model
    from seodang.learn.climb.tasks import Keeping
    from seodang.learn.data.prepare import Prepared
    from seodang.learn.data.schema import Schema

OnProgress = Callable[[Progress], bool | None]
Fold = tuple[NDArray[np.int64], NDArray[np.int64]]


def fit(
    table: Any,
    target: str | None = None,
    *,
    budget: float = 60.0,
    metric: str | None = None,
    task: Task | str | None = None,
    group: str | None = None,
    time: str | None = None,
    seed: int = 0,
    holdout: float = 0.0,
    families: Sequence[str | Family] | None = None,
    workers: int | None = None,
    on_progress: OnProgress | None = None,
    most_candidates: int | None = None,
) -> Ladder:
    """Fit every family of models to a table, tune them in the time given, and compare them.

    Two calls with the same table, seed and machine give the same numbers, as long as the clock cuts neither short:
    all that is random is drawn from `seed`, and only how far the climb gets depends on time. It ends before the
    budget does where every family is through with its settings.

    Args:
        table: the path of a CSV, TSV or Parquet file or of a folder of pictures; a pandas frame; a NumPy array.
        target: the column to predict. Not needed for pictures in class folders.
        budget: seconds for the whole call; never more than 5 % and 2 s over.
        metric: a name in `seodang.score.metrics.METRICS`; by default log loss for classes, else RMSE.
        task: "regression", "binary" or "classes"; inferred by default.
        group: a column whose equal values stay on one side of every fold.
        time: a column of times; every fold then learns from the past of what it is judged on.
        holdout: a share of the rows, 0 to 0.5, that nobody looks at before the end.
        families: names, or families themselves; all by default.
        workers: processes that fit; by default as many as this process may use cores.
        on_progress: called about five times a second. Where it returns False, no further model is fitted once a
            rung stands, and the ladder so far is compared and returned; what it raises ends the climb.
        most_candidates: of each family; by default what suits the table.

    Raises:
        ChoiceInvalid, TableUnusable, TargetInvalid, BudgetTooSmall: a sentence says what was found and what to do.
        seodang.score.errors.TableUnreadable: the file is no table.
    """
    clock = Clock.start(budget)
    check_holdout(holdout)
    n_workers = _n_workers(workers)
    if target is None and not _is_folder(table):
        raise _no_target()
    if families is not None and not len(families):
        raise ChoiceInvalid(N_("No family of models was chosen."), hint=N_("Leave the choice out to climb all."))
    folder = Path(tempfile.mkdtemp(prefix="seodang-climb-"))
    remove = weakref.finalize(clock, shutil.rmtree, folder, ignore_errors=True)
    try:
        options = {
            "target": target,
            "task": None if task is None else str(task),
            "metric": metric,
            "group": group,
            "time": time,
            "holdout": holdout,
            "seed": seed,
            "budget": clock.budget,
        }
        for name in ("data", "fitted", "models"):
            (folder / name).mkdir()
        ladder = _climbed(table, options, families, clock, n_workers, folder, seed, on_progress, most_candidates)
    except BaseException:
        remove()
        raise
    remove.detach()
    return ladder


def _climbed(
    table: Any,
    options: dict[str, Any],
    families: Sequence[str | Family] | None,
    clock: Clock,
    n_workers: int,
    folder: Path,
    seed: int,
    on_progress: OnProgress | None,
    most_candidates: int | None,
) -> Ladder:
    from seodang.learn.climb.crew import Crew

    crew = Crew(folder, seed, memory.part_of_worker(n_workers))
    try:
        crew.start(n_workers)
        source = _hand_over(table, folder / "data")
        from seodang.learn.climb.climb import Asked, Climb
        from seodang.learn.climb.finish import finish, remove_fitted

        chosen = _families(families)
        asked = Asked(source, options, chosen, seed, n_workers, most_candidates)
        climb = Climb(asked, clock, crew, folder, on_progress)
        climb.run()
        finished = finish(climb, chosen)
    finally:
        crew.close()
    remove_fitted(folder, finished.unwritten)
    ladder = Ladder(climb, finished, folder)
    climb.tell("done", always=True)
    return ladder


def _n_workers(workers: int | None) -> int:
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers < 1:
        raise ChoiceInvalid(
            N_("At least one worker is needed; received %(received)s."),
            hint=N_("Leave it out to use all cores."),
            received=workers,
        )
    return workers


def _families(wanted: Sequence[str | Family] | None) -> list[Family]:
    if wanted is None:
        return ladder_order()
    found = [FAMILIES.get(family) if isinstance(family, str) else family for family in wanted]
    if not found:
        raise ChoiceInvalid(N_("No family of models was chosen."), hint=N_("Leave the choice out to climb all."))
    return sorted(
        {family.name: family for family in found}.values(), key=lambda family: (family.order, family.name)
    )


def _is_folder(table: Any) -> bool:
    return isinstance(table, str | os.PathLike) and Path(table).is_dir()


def _hand_over(table: Any, folder: Path) -> Path | None:
    """The path of the table; None after an object in memory was laid into the folder."""
    if isinstance(table, str | os.PathLike):
        return Path(table).absolute()
    handover.dump(table, folder / handover.FRAME)
    return None


def _no_target() -> ChoiceInvalid:
    return ChoiceInvalid(
        N_("No target was named, so that it is not known what to predict."),
        hint=N_('Name a column of the table: target="price".'),
    )


class Ladder:
    """Every family of models on one table, tuned and compared.

    Attributes:
        rungs: in the ladder's order, the ensemble last.
        best: the rung of the best score; its model predicts by default.
        metric, task, schema, facts: what was predicted and how it was judged.
        seconds: of the whole call.
        warnings: what may make the scores untrue. notes: what was decided while the table was read.
        candidates: everything that was compared, with out-of-fold predictions.
        folds: (training rows, validation rows) that all candidates share.
        y: of the rows that were learnt from, (n,). oof_rows: those that some fold validates, (n,).
    """

    def __init__(self, climb: Climb, finished: Finished, folder: Path) -> None:
        outline = climb.outline
        self.rungs: list[Rung] = finished.rungs
        self.candidates: list[Candidate] = finished.candidates
        self.metric: str = outline.metric
        self.task: Task = outline.facts.task
        self.schema: Schema = outline.schema
        self.facts: Facts = outline.facts
        self.folds: list[Fold] = list(outline.folds)
        self.y: NDArray[Any] = outline.y
        self.notes: tuple[Said, ...] = outline.notes
        self.warnings: tuple[Said, ...] = climb.looked
        self.seed: int = climb.asked.seed
        self.budget: float = climb.clock.budget
        self.holdout_rows: int = len(outline.held_y)
        self.families: list[Family] = list(climb.asked.families)
        self._models = finished.models
        self._unwritten = finished.unwritten
        self._folder = folder
        self._predictors: dict[str, Any] = {}
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.seconds: float = climb.clock.elapsed

    def __repr__(self) -> str:
        best = self.best
        return f"<Ladder of {len(self.rungs)} rungs, best {best.name}: {self.metric} {best.score:.5g}>"

    def __enter__(self) -> Ladder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the fitted models; scores and tables stay."""
        self._remove()

    # --- what was found --------------------------------------------------------------------------------------

    @property
    def best(self) -> Rung:
        found = best_rung(self.rungs, greater_is_better=METRICS.get(self.metric).greater_is_better)
        assert found is not None  # without a rung, `fit` raises
        return found

    @cached_property
    def prepared(self) -> Prepared:
        """The table as it was learnt from: schema, canonical frame, target."""
        return handover.load(self._folder / "data" / handover.LEARN)  # type: ignore[no-any-return]

    @property
    def oof_rows(self) -> NDArray[np.bool_]:
        rows = np.zeros(len(self.y), dtype=bool)
        for _, valid in self.folds:
            rows[valid] = True
        return rows

    def table(self) -> pd.DataFrame:
        """One row for each rung: name, score, ci_low, ci_high, seconds, tied_with_best, skipped …"""
        import pandas as pd

        rows = [
            {
                **rung.as_json(),
                "holdout_score": rung.holdout_score,
                "n_candidates": rung.n_candidates,
                "optimism": rung.optimism,
            }
            for rung in self.rungs
        ]
        table = pd.DataFrame(rows)
        return table if self.holdout_rows else table.drop(columns="holdout_score")

    def as_json(self) -> dict[str, Any]:
        return {
            "metric": self.metric,
            "task": str(self.task),
            "best": self.best.name,
            "seconds": round(self.seconds, 3),
            "rungs": [_jsonable(rung.as_json()) for rung in self.rungs],
            "warnings": [said.as_json() for said in self.warnings],
            "notes": [said.as_json() for said in self.notes],
        }

    # --- predicting ------------------------------------------------------------------------------------------

    def predict(self, table: Any, rung: str | None = None) -> pd.DataFrame:
        """Predictions of new rows: a column `prediction`, and for classes `p(<label>)` each; the table's order.

        Args:
            table: whatever `fit` takes, with the training table's columns; the target is not needed.
            rung: the name of a rung; the best by default.

        Raises:
            FrameRefused: columns are missing; they are named.
            ChoiceInvalid: no such rung.
        """
        return as_frame(self.predict_rows(self._canonical(table), rung), self.schema)

    def predict_rows(self, X: Any, rung: str | None = None) -> NDArray[np.float64]:
        """(n,) values or (n, n_classes) probabilities of canonical rows (`schema.canonical`, or `Pictures`)."""
        return self._predictor(rung)(X)

    def model_of(self, rung: str | None = None) -> Model:
        """Who predicts as a rung does: candidates with weights and folders of fold models, and a temperature.

        Each folder holds `encoder` (`Encoder.save`) and `estimator` (`Family.save`).
        """
        name = self.best.name if rung is None else rung
        if name not in self._models:
            raise ChoiceInvalid(
                N_("There is no rung “%(name)s” that predicts."),
                hint=N_("Choose one of: %(known)s."),
                name=name,
                known=", ".join(self._models),
            )
        self._write_what_is_unwritten()
        return self._models[name]

    def _canonical(self, table: Any) -> Any:
        if self.schema.picture_shape is not None:
            from seodang.learn.data.images import pictures_for

            return pictures_for(self.schema, table)
        from seodang.learn.data.read import read_frame

        return self.schema.canonical(read_frame(table))

    def _predictor(self, rung: str | None) -> Callable[[Any], NDArray[np.float64]]:
        from seodang.learn.climb.models import Member, Predictor

        name = self.best.name if rung is None else rung
        if name not in self._predictors:
            model = self.model_of(name)
            members = [Member(candidate.family, candidate.models, weight) for candidate, weight in model.members]
            self._predictors[name] = Predictor(
                self.schema,
                members,
                model.temperature,
                METRICS.get(self.metric).prediction_limits,
                {family.name: family for family in self.families},
            )
        return self._predictors[name].predict  # type: ignore[no-any-return]

    def _write_what_is_unwritten(self) -> None:
        """Fold models for whose lasting form the budget had no time."""
        if not self._unwritten:
            return
        from seodang.learn.climb.fitting import Bench

        bench = Bench(self._folder / "data", self.seed)
        left: list[Keeping] = self._unwritten
        while left:
            bench.keep(left[0])
            left.pop(0)

    # --- telling others --------------------------------------------------------------------------------------

    def report(self, path: str | os.PathLike[str], language: str | None = None) -> Path:
        """Write the ladder as one self-contained HTML file; returns its path."""
        from seodang.learn.report import write

        return Path(write(self, os.fspath(path), language=language))

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the models into a folder that `seodang.learn.load` reads; returns it."""
        from seodang.learn.saved import save

        return Path(save(self, folder))


def as_frame(predicted: NDArray[np.float64], schema: Schema) -> pd.DataFrame:
    """A column `prediction`; for classes the likeliest label, and `p(<label>)` of each."""
    import pandas as pd

    if not schema.task.has_classes:
        return pd.DataFrame({"prediction": predicted})
    labels = np.array(schema.labels, dtype=object)
    columns: dict[str, Any] = {"prediction": labels[predicted.argmax(axis=1)]}
    columns |= {f"p({label})": predicted[:, code] for code, label in enumerate(schema.labels)}
    return pd.DataFrame(columns)


def _jsonable(values: dict[str, Any]) -> dict[str, Any]:
    """NaN has no place in JSON."""
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
