"""The parts of an encoder: each turns some columns of the canonical frame into columns of float32.

A part is learnt by `fit_transform(X, y, rng)` and repeated by `transform(X)`. `settings` (plain JSON) and `arrays`
(NumPy, no objects) are all that it knows, so that it can be written without pickle.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seodang.learn.task import Feature, Task

Block = NDArray[np.float32]
CodesOf = NDArray[np.int64]
# Larger numbers would overflow when squared in float32.
LARGEST = 1e18


class Part(ABC):
    name: ClassVar[str]

    def __init__(self, columns: list[str], **settings: Any) -> None:
        self.columns = columns
        self.settings = settings
        self.arrays: dict[str, NDArray[Any]] = {}
        self.features: list[Feature] = []

    @abstractmethod
    def fit_transform(self, X: pd.DataFrame, y: NDArray[Any], rng: np.random.Generator) -> Block:
        """Learn from the training rows and encode them: (n, p)."""

    @abstractmethod
    def transform(self, X: pd.DataFrame) -> Block:
        """Encode other rows: (n, p)."""


PARTS: dict[str, type[Part]] = {}


def part(kind: type[Part]) -> type[Part]:
    PARTS[kind.name] = kind
    return kind


# --- numbers -------------------------------------------------------------------------------------------------


def _block(X: pd.DataFrame, columns: list[str]) -> Block:
    values = X[columns].to_numpy(dtype=np.float64)
    return np.asarray(np.clip(values, -LARGEST, LARGEST), dtype=np.float32)


@part
class Numbers(Part):
    """Numbers as they are, NaN where missing."""

    name = "numbers"

    def fit_transform(self, X: pd.DataFrame, y: NDArray[Any], rng: np.random.Generator) -> Block:
        self.features = [Feature(column, column) for column in self.columns]
        return _block(X, self.columns)

    def transform(self, X: pd.DataFrame) -> Block:
        return _block(X, self.columns)


@part
class FilledNumbers(Part):
    """Numbers with the training median where missing, and a column of 0 and 1 that says where it was so."""

    name = "filled numbers"

    def fit_transform(self, X: pd.DataFrame, y: NDArray[Any], rng: np.random.Generator) -> Block:
        block = _block(X, self.columns)
        absent = np.isnan(block)
        medians = np.zeros(len(self.columns), dtype=np.float32)
        gaps = absent.any(axis=0)
        medians[~gaps] = np.median(block[:, ~gaps], axis=0) if len(block) else 0
        for j in np.flatnonzero(gaps):
            present = block[~absent[:, j], j]
            medians[j] = np.median(present) if len(present) else 0
        # A column missing once or twice says nothing by that.
        said = np.flatnonzero(_told_apart(absent))
        self.arrays = {"medians": medians, "said": said}
        self.features = [Feature(column, column) for column in self.columns]
        self.features += [Feature(f"{self.columns[j]} missing", self.columns[j]) for j in said]
        return self._fill(block, absent)

    def transform(self, X: pd.DataFrame) -> Block:
        block = _block(X, self.columns)
        return self._fill(block, np.isnan(block))

    def _fill(self, block: Block, absent: NDArray[np.bool_]) -> Block:
        rows, places = np.nonzero(absent)
        block[rows, places] = self.arrays["medians"][places]
        said = self.arrays["said"]
        return np.hstack([block, absent[:, said].astype(np.float32)]) if len(said) else block


def _told_apart(absent: NDArray[np.bool_], fewest: int = 3) -> NDArray[np.bool_]:
    """Columns that are missing in some rows, given in some, and not missing in the same rows as an earlier one."""
    counts = absent.sum(axis=0)
    told = (counts >= fewest) & (len(absent) - counts >= fewest)
    seen: set[bytes] = set()
    for j in np.flatnonzero(told):
        mark = np.packbits(absent[:, j]).tobytes()
        told[j] = mark not in seen
        seen.add(mark)
    return np.asarray(told)


# --- categories ----------------------------------------------------------------------------------------------


MISSING, UNKNOWN = -1, -2


class _Levels(Part):
    """Columns whose cells are known by name. settings["levels"]: for each column its levels, in the order of their
    codes."""

    def _learn(self, X: pd.DataFrame, fewest: int = 1, most: int | None = None) -> list[CodesOf]:
        """Codes of each column, 0 the most frequent level; MISSING, and UNKNOWN where a level is too rare."""
        found, levels = [], []
        for column in self.columns:
            codes, names = pd.factorize(X[column].to_numpy(), use_na_sentinel=True)
            counts = np.bincount(codes[codes >= 0], minlength=len(names))
            # Equal counts in the order of their names, so that the order of rows decides nothing.
            order = sorted(range(len(names)), key=lambda i: (-counts[i], str(names[i])))
            order = [i for i in order if counts[i] >= fewest][:most]
            place = np.full(len(names) + 1, UNKNOWN)
            place[order] = np.arange(len(order))
            place[-1] = MISSING
            found.append(place[codes])
            levels.append([_plain(names[i]) for i in order])
        self.settings["levels"] = levels
        return found

    def _codes(self, X: pd.DataFrame) -> list[CodesOf]:
        found = []
        for column, levels in zip(self.columns, self.settings["levels"], strict=True):
            codes, names = pd.factorize(X[column].to_numpy(), use_na_sentinel=True)
            code_of = {level: code for code, level in enumerate(levels)}
            place = np.array([*(code_of.get(_plain(name), UNKNOWN) for name in names), MISSING])
            found.append(place[codes])
        return found


def _plain(name: Any) -> Any:
    return name if isinstance(name, str) else float(name)


@part
class Codes(_Levels):
    """A category as its code; NaN where missing, not seen in training, or beyond the `most` frequent levels.

    Codes follow the levels' mean target (of several classes: the first principal component of their shares,
    Coppersmith, Hong and Hosking 1999), smoothed, so that a tree may cut them like a number; to one that knows them
    as categories the order means nothing.
    """

    name = "codes"
    strength = 10.0

    def fit_transform(self, X: pd.DataFrame, y: NDArray[Any], rng: np.random.Generator) -> Block:
        found = self._learn(X, most=self.settings["most"])
        targets = _targets(y, Task(self.settings["task"]))
        for j, code in enumerate(found):
            levels = self.settings["levels"][j]
            order = _order_by_target(code, targets, len(levels), self.strength)
            self.settings["levels"][j] = [levels[k] for k in order]
            place = np.append(np.argsort(order), (UNKNOWN, MISSING))
            found[j] = place[code]
        self.features = [
            Feature(column, column, max(1, len(levels)))
            for column, levels in zip(self.columns, self.settings["levels"], strict=True)
        ]
        return _with_gaps(found)

    def transform(self, X: pd.DataFrame) -> Block:
        return _with_gaps(self._codes(X))


def _with_gaps(codes: list[CodesOf]) -> Block:
    block = np.column_stack(codes).astype(np.float32)
    block[block < 0] = np.nan
    return block


def _order_by_target(
    code: CodesOf, targets: NDArray[np.float64], n_levels: int, strength: float
) -> NDArray[np.int64]:
    """The levels, the one of the least mean target first."""
    known = code >= 0
    overall = targets.mean(axis=0)
    counts = np.bincount(code[known], minlength=n_levels)
    sums = np.stack([np.bincount(code[known], weights=t[known], minlength=n_levels) for t in targets.T], axis=1)
    means = (sums + strength * overall) / (counts + strength)[:, None] - overall
    if means.shape[1] > 1:
        _values, axes = np.linalg.eigh((means * counts[:, None]).T @ means)
        axis = axes[:, -1]
        means = means @ (axis * np.sign(axis[np.argmax(np.abs(axis))]))[:, None]
    return np.argsort(means[:, 0], kind="stable")


@part
class OneHot(_Levels):
    """A column of 0 and 1 for each level that is common enough, one for all others, one for missing. A level that
    training did not see counts among the others. Of two levels without gaps one column is enough."""

    name = "one-hot"

    def fit_transform(self, X: pd.DataFrame, y: NDArray[Any], rng: np.random.Generator) -> Block:
        found = self._learn(X, fewest=self.settings["fewest"], most=self.settings["most"])
        keep: list[list[int]] = []
        for code, levels in zip(found, self.settings["levels"], strict=True):
            counts = np.bincount(_places(code, len(levels)), minlength=len(levels) + 2)
            kept = [k for k in range(len(levels) + 2) if 0 < counts[k] < len(code)]
            keep.append(kept[1:] if len(kept) == 2 and counts[kept].sum() == len(code) else kept)
        self.settings["keep"] = keep
        self.features = [
            Feature(self._title(j, k), column) for j, column in enumerate(self.columns) for k in keep[j]
        ]
        return self._encode(found)

    def transform(self, X: pd.DataFrame) -> Block:
        return self._encode(self._codes(X))

    def _title(self, j: int, k: int) -> str:
        levels = self.settings["levels"][j]
        name = levels[k] if k < len(levels) else ("other", "missing")[k - len(levels)]
        return f"{self.columns[j]} = {name:g}" if isinstance(name, float) else f"{self.columns[j]} = {name}"

    def _encode(self, found: list[CodesOf]) -> Block:
        levels, keep = self.settings["levels"], self.settings["keep"]
        block = np.zeros((len(found[0]), len(self.features) or sum(map(len, keep))), dtype=np.float32)
        start = 0
        for code, names, kept in zip(found, levels, keep, strict=True):
            # The place of each level's column; −1 where it has none.
            column_of = np.full(len(names) + 2, -1)
            column_of[kept] = np.arange(start, start + len(kept))
            places = column_of[_places(code, len(names))]
            shown = np.flatnonzero(places >= 0)
            block[shown, places[shown]] = 1
            start += len(kept)
        return block


def _places(code: CodesOf, n_levels: int) -> CodesOf:
    """Codes, then UNKNOWN, then MISSING: 0 … n_levels + 1."""
    return np.where(code >= 0, code, np.where(code == UNKNOWN, n_levels, n_levels + 1))


@part
class TargetMeans(_Levels):
    """A category of many levels as the mean target of its rows, drawn towards the mean of all.

    For a level with n rows and mean m: (n·m + s·M) / (n + s), M the mean of all rows and s the ratio of the
    variance within levels to that between them (Micci-Barreca 2001; empirical Bayes). Of classes, one column for
    each of the most frequent, but for the first of two. The training rows are encoded by means of other rows
    (cross-fitting in `n_parts` parts), else a level of one row would tell its own target. Beside it: how often a
    level is seen.
    """

    name = "target means"
    n_parts = 5
    most_classes = 10

    def fit_transform(self, X: pd.DataFrame, y: NDArray[Any], rng: np.random.Generator) -> Block:
        codes = self._learn(X)
        targets = _targets(y, Task(self.settings["task"]), self.most_classes)
        width = targets.shape[1]
        home = rng.integers(0, self.n_parts, size=len(y))
        blocks = []
        for j, code in enumerate(codes):
            n_levels = len(self.settings["levels"][j])
            block = np.empty((len(y), width + 1), dtype=np.float32)
            for k in range(self.n_parts):
                out = home == k
                means, _counts = _smooth_means(code[~out], targets[~out], n_levels)
                block[out, :width] = means[np.maximum(code[out], -1)]
            means, counts = _smooth_means(code, targets, n_levels)
            block[:, width] = counts[np.maximum(code, -1)]
            self.arrays[f"means {j}"], self.arrays[f"counts {j}"] = means, counts
            blocks.append(block)
        self.features = [
            Feature(f"{column} {title}", column)
            for column in self.columns
            for title in [*(f"mean {c}" if width > 1 else "mean" for c in range(width)), "count"]
        ]
        return np.hstack(blocks)

    def transform(self, X: pd.DataFrame) -> Block:
        blocks = []
        for j, code in enumerate(self._codes(X)):
            known = np.maximum(code, -1)
            blocks.append(np.column_stack([self.arrays[f"means {j}"][known], self.arrays[f"counts {j}"][known]]))
        return np.hstack(blocks).astype(np.float32)


def _targets(y: NDArray[Any], task: Task, most_classes: int | None = None) -> NDArray[np.float64]:
    """Numbers (n, 1), whether positive (n, 1), or membership of the most frequent classes (n, n_classes)."""
    if task is Task.REGRESSION:
        return np.asarray(y, dtype=np.float64)[:, None]
    if task is Task.BINARY:
        return np.asarray(np.asarray(y) == 1, dtype=np.float64)[:, None]
    classes = np.argsort(-np.bincount(y), kind="stable")[:most_classes]
    return np.asarray(np.asarray(y)[:, None] == np.sort(classes), dtype=np.float64)


def _smooth_means(
    code: NDArray[np.int64], targets: NDArray[np.float64], n_levels: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Means (n_levels + 1, width) and log counts (n_levels + 1,); the last row, also −1, is what is not known."""
    known = code >= 0
    code, targets = code[known], targets[known]
    counts = np.bincount(code, minlength=n_levels).astype(np.float64)
    means = np.zeros((n_levels + 1, targets.shape[1]))
    for c in range(targets.shape[1]):
        t = targets[:, c]
        overall = float(t.mean()) if len(t) else 0.0
        sums = np.bincount(code, weights=t, minlength=n_levels)
        squares = np.bincount(code, weights=t * t, minlength=n_levels)
        level = sums / np.maximum(counts, 1)
        rows_over = max(1.0, float((counts > 0).sum()))
        within = float((squares - counts * level**2).sum()) / max(1.0, len(t) - rows_over)
        between = float((counts * (level - overall) ** 2).sum()) / max(1.0, len(t)) - within * rows_over / max(
            1, len(t)
        )
        strength = np.clip(within / between if between > 0 else 100.0, 1.0, 100.0)
        means[:-1, c] = (sums + strength * overall) / (counts + strength)
        means[-1, c] = overall
    return means.astype(np.float32), np.log1p(np.append(counts, 0)).astype(np.float32)


# --- times ---------------------------------------------------------------------------------------------------

_DAY = 86_400.0


@part
class Times(Part):
    """A time as year, month, day, weekday, hour and days since the first training row; what does not vary in
    training is left out. NaN where missing, or with `fill` the training median and a column that says so."""

    name = "times"
    titles = ("year", "month", "day", "weekday", "hour", "elapsed")

    def fit_transform(self, X: pd.DataFrame, y: NDArray[Any], rng: np.random.Generator) -> Block:
        firsts = [np.nanmin(X[c].to_numpy()) if X[c].notna().any() else 0.0 for c in self.columns]
        self.arrays["firsts"] = np.array(firsts)
        block = self._all(X)
        with np.errstate(invalid="ignore"):
            spread = np.array([np.ptp(v[~np.isnan(v)]) if (~np.isnan(v)).any() else 0 for v in block.T])
        kept = np.flatnonzero(spread > 0)
        self.arrays["kept"] = kept
        names = [(c, t) for c in self.columns for t in self.titles]
        self.features = [Feature(f"{names[k][0]} {names[k][1]}", names[k][0]) for k in kept]
        block = block[:, kept]
        if self.settings["fill"]:
            medians = [np.median(v[~np.isnan(v)]) for v in block.T]
            self.arrays["medians"] = np.array(medians, dtype=np.float32)
            absent = np.column_stack([X[c].isna().to_numpy() for c in self.columns])
            said = np.flatnonzero(_told_apart(absent))
            self.arrays["said"] = said
            self.features += [Feature(f"{self.columns[j]} missing", self.columns[j]) for j in said]
        return self._finish(block, X)

    def transform(self, X: pd.DataFrame) -> Block:
        return self._finish(self._all(X)[:, self.arrays["kept"]], X)

    def _finish(self, block: Block, X: pd.DataFrame) -> Block:
        if not self.settings["fill"]:
            return block
        rows, places = np.nonzero(np.isnan(block))
        block[rows, places] = self.arrays["medians"][places]
        absent = [X[self.columns[j]].isna().to_numpy() for j in self.arrays["said"]]
        return np.column_stack([block, *absent]).astype(np.float32)

    def _all(self, X: pd.DataFrame) -> Block:
        blocks = []
        for column, first in zip(self.columns, self.arrays["firsts"], strict=True):
            seconds = X[column].to_numpy(dtype=np.float64)
            absent = np.isnan(seconds)
            whole = np.where(absent, 0, np.clip(seconds, -6e10, 2e11)).astype("int64").astype("datetime64[s]")
            days = whole.astype("datetime64[D]")
            months = whole.astype("datetime64[M]")
            block = np.column_stack(
                [
                    whole.astype("datetime64[Y]").astype(int) + 1970,
                    months.astype(int) % 12 + 1,
                    (days - months.astype("datetime64[D]")).astype(int) + 1,
                    (days.astype(int) + 3) % 7,
                    (whole - days.astype("datetime64[s]")).astype(float) / 3600,
                    (seconds - first) / _DAY,
                ]
            ).astype(np.float32)
            block[absent] = np.nan
            blocks.append(block)
        return np.hstack(blocks)
