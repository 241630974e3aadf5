"""What the process that read the table lays down for the others: once, in a private folder, mapped into memory.

Large arrays are files of their own which every process maps, so that the machine holds them once.
"""

from __future__ import annotations

import mmap
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seodang.learn.climb.holdout import holdout_rows
from seodang.learn.rungs import Said
from seodang.learn.task import Facts

if TYPE_CHECKING:
    from seodang.learn.data.prepare import Prepared
    from seodang.learn.data.schema import Schema

Rows = NDArray[np.int64]
Fold = tuple[Rows, Rows]
# What two cores learn all families from in a second of the budget, about; never fewer rows than the second.
CELLS_PER_SECOND = 100_000
FEWEST_DRAWN = 5_000
# A table of more cells for each second of the budget, and of so many rows, is cut into three folds: half the time,
# and enough rows to tell families apart.
CELLS_FOR_FEWER_FOLDS = 15_000
ROWS_FOR_FEWER_FOLDS = 2_000
FEWER_FOLDS = 3
# Smaller buffers stay in the pickle itself.
_OWN_FILE = 1 << 16


@dataclass(frozen=True)
class Outline:
    """All that the climb itself needs of a prepared table; the table's columns stay on disk.

    y: of the rows that are learnt from, (n,). held_y: of the rows that are held out, (m,).
    """

    schema: Schema
    facts: Facts
    metric: str
    y: NDArray[Any]
    folds: tuple[Fold, ...]
    groups: NDArray[np.int64] | None
    times: NDArray[np.float64] | None
    notes: tuple[Said, ...]
    held_y: NDArray[Any]


def dump(thing: Any, path: Path) -> None:
    """Write an object; its large arrays lie beside it."""
    buffers: list[pickle.PickleBuffer] = []

    def is_small(buffer: pickle.PickleBuffer) -> bool:
        if buffer.raw().nbytes < _OWN_FILE:
            return True
        buffers.append(buffer)
        return False

    path.write_bytes(pickle.dumps(thing, protocol=5, buffer_callback=is_small))
    for place, buffer in enumerate(buffers):
        with _beside(path, place).open("wb") as file:
            file.write(buffer.raw())


def load(path: Path) -> Any:
    """What `dump` wrote, large arrays mapped and read-only. Only for files that this climb's processes wrote."""
    buffers: list[mmap.mmap] = []
    while (beside := _beside(path, len(buffers))).exists():
        with beside.open("rb") as file:
            buffers.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return pickle.loads(path.read_bytes(), buffers=buffers)  # noqa: S301 - a private folder


def size_of(path: Path) -> int:
    """The bytes that `dump` took."""
    total, place = path.stat().st_size, 0
    while (beside := _beside(path, place)).exists():
        total, place = total + beside.stat().st_size, place + 1
    return total


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    place = 0
    while (beside := _beside(path, place)).exists():
        beside.unlink(missing_ok=True)
        place += 1


def _beside(path: Path, place: int) -> Path:
    return path.with_name(f"{path.name}.{place}")


FRAME = "frame"
OUTLINE = "outline"
LEARN = "learn"
HELD = "held"


def prepare_into(folder: Path, source: Path | None, options: Mapping[str, Any]) -> Outline:
    """Read, prepare, hold out, cut folds; leaves everything in `folder`.

    Args:
        source: a path, or None: the frame lies in the folder.
        options: target, task, metric, group, time, holdout, n_folds, seed, budget.
    """
    from seodang.learn.data.folds import make_folds

    prepared = _prepared(folder, source, options)
    holdout, seed = float(options["holdout"]), int(options["seed"])
    learn, held = holdout_rows(
        prepared.y, prepared.task, holdout, groups=prepared.groups, times=prepared.times, seed=seed
    )
    kept = prepared.take(learn) if len(held) else prepared
    n_folds = options.get("n_folds") or n_folds_for(len(kept.y), kept.facts.n_columns, float(options["budget"]))
    folds = make_folds(kept.y, kept.task, groups=kept.groups, times=kept.times, n_folds=n_folds, seed=seed)
    kept = replace(kept, facts=replace(kept.facts, n_train=max(len(train) for train, _ in folds)))
    dump(kept, folder / LEARN)
    if len(held):
        dump(prepared.take(held).X, folder / HELD)
    outline = Outline(
        schema=kept.schema,
        facts=kept.facts,
        metric=kept.metric,
        y=kept.y,
        folds=tuple(folds),
        groups=kept.groups,
        times=kept.times,
        notes=kept.notes,
        held_y=prepared.y[held],
    )
    dump(outline, folder / OUTLINE)
    return outline


def _prepared(folder: Path, source: Path | None, options: Mapping[str, Any]) -> Prepared:
    from seodang.learn.data.prepare import prepare
    from seodang.learn.data.read import read_frame

    given = {name: options[name] for name in ("task", "metric", "group", "time", "seed")}
    if source is not None and source.is_dir():
        from seodang.learn.data.images import prepare_images

        return prepare_images(source, target=options["target"], task=given["task"], metric=given["metric"])
    frame = read_frame(load(folder / FRAME) if source is None else source)
    return prepare(frame, options["target"], most_rows=most_rows(options["budget"], frame.shape[1]), **given)


def n_folds_for(n_rows: int, n_columns: int, budget: float) -> int | None:
    """Fewer folds where a large table meets a short budget; None for the usual number."""
    is_short = n_rows * n_columns > CELLS_FOR_FEWER_FOLDS * budget
    return FEWER_FOLDS if is_short and n_rows >= ROWS_FOR_FEWER_FOLDS else None


def most_rows(budget: float, n_columns: int) -> int:
    """Rows of which all families can be fitted in the budget; of a longer table so many are drawn.

    By the budget and the table's width alone, so that a climb of the same seed draws the same rows.
    """
    return max(FEWEST_DRAWN, int(budget * CELLS_PER_SECOND / max(1, n_columns)))
