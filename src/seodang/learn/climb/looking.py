"""Looks for what makes a ladder's scores untrue, in a worker, beside the climb."""

from __future__ import annotations

from seodang.learn.climb.fitting import Bench
from seodang.learn.rungs import Said


def look(bench: Bench, seed: int) -> tuple[Said, ...]:
    """Warnings about the table: a column that alone tells the target, rows that stand on both sides of a fold."""
    from seodang.learn.data.warn import duplicates, leakage

    prepared = bench.prepared
    return (*_all(leakage(prepared, seed)), *_all(duplicates(prepared, bench.outline.folds)))


def _all(said: Said | list[Said] | tuple[Said, ...] | None) -> tuple[Said, ...]:
    if said is None:
        return ()
    return (said,) if isinstance(said, Said) else tuple(said)
