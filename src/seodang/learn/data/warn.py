"""What a person should know before believing a score: leakage, rows in two folds, a later frame that has drifted.

Warnings look; they change nothing. Each is a sentence with what was found and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.data import _cells
from seodang.learn.data._dice import dice
from seodang.learn.data.encode import best_columns
from seodang.learn.data.folds import Fold
from seodang.learn.data.prepare import Prepared
from seodang.learn.data.schema import Column, Kind, Schema, named
from seodang.learn.rungs import Said
from seodang.learn.task import Task

# --- leakage -------------------------------------------------------------------------------------------------

FEWEST_ROWS = 40
MOST_ROWS = 5_000
MOST_COLUMNS = 500
N_BINS = 64
# The share of the target's entropy or variance that one column explains on rows not looked at.
SUSPICIOUS = 0.95
MOST_SAID = 5


def leakage(prepared: Prepared, seed: int = 0) -> list[Said]:
    """Columns that alone predict the target almost perfectly: probably they were not known before it was.

    Half of the rows (2,500 at most) give a table from the column's bins or levels to the target; the share of
    entropy (classes) or variance (numbers) that it explains in the other half is compared with 0.95.
    """
    n_rows = len(prepared.y)
    if prepared.schema.picture_shape is not None or n_rows < FEWEST_ROWS:
        return []
    rows = dice(seed, "leakage").permutation(n_rows)[:MOST_ROWS]
    fit, check = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    targets = _targets(prepared)
    found = []
    for column in _suspects(prepared):
        explained = _explained(prepared.X[column.name], targets, fit, check, prepared.task)
        if explained >= SUSPICIOUS:
            found.append((explained, column.name))
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    return [_said_leakage(name, explained, prepared) for explained, name in found[:MOST_SAID]]


def _suspects(prepared: Prepared) -> list[Column]:
    """All columns but text; of very many, those of numbers that go best with the target, and the others."""
    columns = [column for column in prepared.schema.columns if column.kind is not Kind.TEXT]
    if len(columns) <= MOST_COLUMNS:
        return columns
    numeric = [column for column in columns if column.kind is not Kind.CATEGORY]
    block = prepared.X[[column.name for column in numeric]].to_numpy(dtype=np.float32)
    best = best_columns(block, prepared.y, prepared.task, MOST_COLUMNS)
    return [numeric[k] for k in best] + [c for c in columns if c.kind is Kind.CATEGORY][:MOST_COLUMNS]


def _said_leakage(name: str, explained: float, prepared: Prepared) -> Said:
    return Said(
        "leakage",
        N_(
            "“%(column)s” alone tells %(percent)s %% of “%(target)s”. If it is only known after the target is, "
            "leave it out: the scores would not hold."
        ),
        {"column": name, "percent": f"{100 * explained:.1f}", "target": prepared.schema.target},
        column=name,
    )


def _targets(prepared: Prepared) -> NDArray[np.float64]:
    """(n, n_classes) of 0 and 1, or ranks (n, 1), which a long tail does not sway."""
    if prepared.task is Task.REGRESSION:
        order = np.unique(prepared.y, return_inverse=True)[1].astype(np.float64)
        return np.asarray(order[:, None])
    return np.asarray(np.eye(len(prepared.schema.labels))[prepared.y], dtype=np.float64)


def _explained(
    column: pd.Series, targets: NDArray[np.float64], fit: NDArray[Any], check: NDArray[Any], task: Task
) -> float:
    bins = _bins(column, fit)
    n_bins = int(bins.max()) + 1
    counts = np.bincount(bins[fit], minlength=n_bins)[:, None]
    sums = np.stack([np.bincount(bins[fit], weights=t[fit], minlength=n_bins) for t in targets.T], axis=1)
    overall = targets[fit].mean(axis=0)
    truth = targets[check]
    if task is Task.REGRESSION:
        means = (sums + 0.5 * overall) / (counts + 0.5)
        spread = float(((truth - truth.mean(axis=0)) ** 2).sum())
        return 1 - float(((truth - means[bins[check]]) ** 2).sum()) / spread if spread > 0 else 0.0
    # Half a row of the overall shares in each bin keeps logarithms finite, and a bin of few rows modest.
    chances = (sums + 0.5 * overall + 1e-9) / (counts + 0.5)
    loss = -float(np.log((chances[bins[check]] * truth).sum(axis=1)).sum())
    ignorant = -float(np.log((np.maximum(overall, 1e-9) * truth).sum(axis=1)).sum())
    return 1 - loss / ignorant if ignorant > 0 else 0.0


def _bins(column: pd.Series, fit: NDArray[Any]) -> NDArray[np.int64]:
    """0 … for each row: the level of a category, the quantile of a number; missing is a bin of its own."""
    if column.dtype == object:
        return np.asarray(pd.factorize(column.to_numpy())[0] + 1)
    values = column.to_numpy(dtype=np.float64)
    known = values[fit]
    known = known[~np.isnan(known)]
    if not len(known):
        return np.zeros(len(values), dtype=np.int64)
    unique = np.unique(known)
    if len(unique) <= N_BINS:
        edges = (unique[1:] + unique[:-1]) / 2
    else:
        edges = np.unique(np.quantile(known, np.linspace(0, 1, N_BINS + 1)[1:-1]))
    return np.asarray(np.where(np.isnan(values), 0, np.searchsorted(edges, values) + 1))


# --- duplicates ----------------------------------------------------------------------------------------------

MANY_DUPLICATES = 0.01


def duplicates(prepared: Prepared, folds: Sequence[Fold]) -> list[Said]:
    """Rows of a validation part that stand, cell for cell, in the training part of the same fold.

    Of columns with so few values that chance alone brings equal rows together, nothing is said.
    """
    marks = _row_marks(prepared)
    if marks is None:
        return []
    n_seen = n_judged = 0
    for train, valid in folds:
        n_judged += len(valid)
        n_seen += int(np.isin(marks[valid], np.unique(marks[train])).sum())
    if n_seen < max(2, MANY_DUPLICATES * n_judged):
        return []
    return [
        Said(
            "duplicates",
            N_(
                "%(count)s of %(rows)s rows repeat, column for column, a row that stands in another fold: scores "
                "may be flattered. Remove copies, or name the column that tells which rows belong together "
                "with --group."
            ),
            {"count": n_seen, "rows": n_judged},
        )
    ]


def _row_marks(prepared: Prepared) -> NDArray[Any] | None:
    if prepared.schema.picture_shape is not None:
        from hashlib import blake2b

        marks = [int.from_bytes(blake2b(p.tobytes(), digest_size=8).digest(), "big") for p in prepared.X.pictures]
        return np.array(marks, dtype=np.uint64)
    n_combinations = np.sum([np.log(max(1, column.n_unique)) for column in prepared.schema.columns])
    if n_combinations < np.log(len(prepared.y)) + np.log(100):
        return None
    return np.asarray(pd.util.hash_pandas_object(prepared.X, index=False).to_numpy())


# --- drift ---------------------------------------------------------------------------------------------------

FEWEST_NEW_ROWS = 30
# The least difference between two distributions that is worth a word, as a share of the rows.
WORTH_A_WORD = 0.1
N_EDGES = 20
MOST_LEVELS = 50


@dataclass(frozen=True)
class Profile:
    """How the training rows were distributed, column by column; plain JSON.

    For each column: "missing" (a share), and "edges" with "shares" below each edge (numbers and times), or "levels"
    with their shares (categories).
    """

    n_rows: int
    columns: Mapping[str, Mapping[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return {"n_rows": self.n_rows, "columns": {name: dict(about) for name, about in self.columns.items()}}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Profile:
        return cls(int(found["n_rows"]), found["columns"])


def profile_of(prepared: Prepared) -> Profile:
    """The profile of the rows that a ladder was fitted on; empty for pictures."""
    columns = {c.name: _profile(prepared.X[c.name], c.kind) for c in prepared.schema.columns}
    return Profile(len(prepared.y), columns)


def _profile(column: pd.Series, kind: Kind) -> dict[str, Any]:
    missing = float(column.isna().mean())
    present = column.dropna()
    if kind is Kind.TEXT or not len(present):
        return {"missing": missing}
    if kind is Kind.CATEGORY:
        shares = present.value_counts(normalize=True)
        return {
            "missing": missing,
            "levels": {str(k): float(v) for k, v in shares.head(MOST_LEVELS).items()},
            "complete": len(shares) <= MOST_LEVELS,
        }
    values = np.sort(present.to_numpy(dtype=np.float64))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, N_EDGES + 1), method="inverted_cdf"))
    shares_below = np.searchsorted(values, edges, side="right") / len(values)
    return {"missing": missing, "edges": edges.tolist(), "shares": shares_below.tolist()}


def drift(schema: Schema, profile: Profile, frame: pd.DataFrame) -> list[Said]:
    """Columns of a later frame that are distributed otherwise than in training, the strongest first.

    Numbers: the largest difference of the cumulative shares (Kolmogorov and Smirnov); categories: half the sum of
    the shares' differences. Said where it is above 0.1 and above what chance gives once in 1,000, counted over all
    columns. Also: unknown levels, cells that cannot be read, columns that became missing.
    """
    if schema.picture_shape is not None or len(frame) < FEWEST_NEW_ROWS:
        return []
    frame = named(frame)
    X = schema.canonical(frame)
    found: list[tuple[float, Said]] = []
    for column in schema.columns:
        about = profile.columns.get(column.name)
        if about is not None:
            found += _drift_of(
                column, about, frame[column.name], X[column.name], profile.n_rows, len(schema.columns)
            )
    found.sort(key=lambda pair: (-pair[0], pair[1].column))
    return [said for _strength, said in found[: 2 * MOST_SAID]]


def _drift_of(
    column: Column, about: Mapping[str, Any], raw: pd.Series, new: pd.Series, n_train: int, n_columns: int
) -> list[tuple[float, Said]]:
    found: list[tuple[float, Said]] = []
    missing = float(new.isna().mean())
    written = len(new) - int(_cells.texts(raw).null_count)
    unread = (written - int(new.notna().sum())) / len(new)
    if unread > WORTH_A_WORD / 2:
        sentence = N_("“%(column)s” is a %(kind)s; %(percent)s %% of its cells cannot be read as such.")
        params = {"column": column.name, "kind": str(column.kind), "percent": f"{100 * unread:.0f}"}
        return [(1 + unread, Said("drift_unread", sentence, params, column=column.name))]
    if abs(missing - float(about["missing"])) > WORTH_A_WORD:
        sentence = N_("“%(column)s” is missing in %(now)s %% of the rows; in training it was in %(before)s %%.")
        params = {
            "column": column.name,
            "now": f"{100 * missing:.0f}",
            "before": f"{100 * float(about['missing']):.0f}",
        }
        strength = abs(missing - float(about["missing"]))
        found.append((strength, Said("drift_missing", sentence, params, column=column.name)))
    present = new.dropna()
    if len(present) < FEWEST_NEW_ROWS:
        return found
    n_before = n_train * (1 - float(about["missing"]))
    chance = np.sqrt(np.log(2 * 1_000 * n_columns) / 2 * (1 / len(present) + 1 / max(1.0, n_before)))
    if "edges" in about:
        values = np.sort(present.to_numpy(dtype=np.float64))
        now = np.searchsorted(values, np.array(about["edges"]), side="right") / len(values)
        distance = float(np.abs(now - np.array(about["shares"])).max(initial=0.0))
        outside = float((values < about["edges"][0]).mean())
        distance = max(distance, outside)
        if distance > max(WORTH_A_WORD, chance):
            found.append((distance, _said_numbers(column, about, values)))
    elif "levels" in about:
        found += _drift_of_levels(column, about, present, float(chance))
    return found


def _said_numbers(column: Column, about: Mapping[str, Any], values: NDArray[np.float64]) -> Said:
    edges, shares = np.array(about["edges"]), np.array(about["shares"])
    before = float(edges[min(int(np.searchsorted(shares, 0.5)), len(edges) - 1)])
    now = float(np.median(values))
    shown = [str(pd.Timestamp(v, unit="s"))[:10] if column.kind is Kind.TIME else f"{v:.4g}" for v in (now, before)]
    return Said(
        "drift",
        N_("“%(column)s” is distributed otherwise than in training: its median is %(now)s, and was %(before)s."),
        {"column": column.name, "now": shown[0], "before": shown[1]},
        column=column.name,
    )


def _drift_of_levels(
    column: Column, about: Mapping[str, Any], present: pd.Series, chance: float
) -> list[tuple[float, Said]]:
    levels: Mapping[str, float] = about["levels"]
    now = present.value_counts(normalize=True)
    unknown = now[[level not in levels for level in now.index]]
    if about.get("complete", True) and float(unknown.sum()) > WORTH_A_WORD / 2:
        sentence = N_(
            "“%(column)s” has values in %(percent)s %% of the rows that training never saw, such as “%(value)s”."
        )
        params = {
            "column": column.name,
            "percent": f"{100 * float(unknown.sum()):.0f}",
            "value": str(unknown.index[0])[:40],
        }
        return [(float(unknown.sum()), Said("drift_levels", sentence, params, column=column.name))]
    rest_before = 1 - sum(levels.values())
    differences = {level: float(now.get(level, 0.0)) - share for level, share in levels.items()}
    distance = 0.5 * (sum(map(abs, differences.values())) + abs(float(unknown.sum()) - rest_before))
    # The sum over k levels differs by chance more than one share does.
    if distance <= max(WORTH_A_WORD, chance * np.sqrt(len(levels) + 1) / 1.5):
        return []
    level = max(differences, key=lambda name: abs(differences[name]))
    sentence = N_(
        "“%(column)s” is distributed otherwise than in training: “%(value)s” is %(now)s %% of the rows, and was "
        "%(before)s %%."
    )
    params = {
        "column": column.name,
        "value": level[:40],
        "now": f"{100 * float(now.get(level, 0.0)):.0f}",
        "before": f"{100 * levels[level]:.0f}",
    }
    return [(distance, Said("drift", sentence, params, column=column.name))]
