"""How long and in which batches a network trains: from the number of rows alone, so that time is predictable."""

from __future__ import annotations

from dataclasses import dataclass

_PARTS = 15  # cosine-log cycles of four end at 1/15, 3/15, 7/15 and 15/15 of the training
_CHUNKS = (4, 16, 64)  # few, since each is compiled on its own


@dataclass(frozen=True)
class Plan:
    """steps: a whole number of chunks, divisible by fifteen chunks. batch: rows in one step."""

    steps: int
    batch: int
    chunk: int


def plan(n_rows: int, *, epochs: float, batch: int) -> Plan:
    """About `epochs` passes over `n_rows` rows. Small tables get smaller batches: at least eight steps an epoch."""
    size = batch
    while size > 8 and n_rows < 8 * size:
        size //= 2
    wanted = max(_PARTS, epochs * n_rows / size)
    chunk = max((chunk for chunk in _CHUNKS if chunk * _PARTS <= wanted), default=_CHUNKS[0])
    repeats = max(1, round(wanted / (chunk * _PARTS)))
    return Plan(steps=repeats * chunk * _PARTS, batch=size, chunk=chunk)


def epochs_for(n_rows: int, rows_shown: int, *, least: float = 8, most: float = 150) -> float:
    """Passes over the table such that about `rows_shown` rows are shown in all, within limits."""
    return round(min(most, max(least, rows_shown / max(n_rows, 1))), 1)
